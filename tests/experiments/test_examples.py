"""What docs/your-own-sweep.md shows runs as it stands."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "learning_rate_sweep.py"


@pytest.mark.slow
def test_a_sweep_of_ones_own(tmp_path):
    """Six smoke runs, and what is left to do when it is started again: nothing."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, EXAMPLE], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        shares = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines()[-3:])
        assert list(shares) == ["learning rate 0.0001", "learning rate 0.001", "learning rate 0.01"]
        assert all(0 <= float(share) <= 100 for share in shares.values())
    assert len(list(tmp_path.glob("local_results/smoke/runs/*/neurons.parquet"))) == 6
