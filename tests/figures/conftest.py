"""The made-up store as a fixture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from made_up_store import LAYERS, Fill, dip_and_rise, write_index, write_run
import numpy as np
import pytest


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Writes a store of dip-and-rise runs and returns its root."""

    def write(
        preset: str = "laptop",
        games: Sequence[str] = ("DemonAttack", "Asterix"),
        seeds: int = 3,
        total: int = 46_000,
        period: int = 1_000,
        unfinished: Sequence[tuple[str, int]] = (),
        absent: Sequence[tuple[str, int]] = (),
        layers: Mapping[str, int] = LAYERS,
    ) -> Path:
        root = tmp_path / "store"
        steps = np.arange(period, total + 1, period)
        runs = []
        for number, (game, seed) in enumerate((g, s) for s in range(seeds) for g in games):
            run_id = f"{number:012x}"
            runs.append((run_id, game, seed))
            if (game, seed) in absent:
                continue
            neurons = dip_and_rise(steps, seed=number, layers=layers)
            kept = len(steps) * 6 // 10 if (game, seed) in unfinished else len(steps)
            write_run(
                root / preset,
                run_id,
                {layer: values[:kept] for layer, values in neurons.items()},
                steps[:kept],
                total=total if kept < len(steps) else None,
            )
        for experiment in ("prevalence", "overlap"):
            write_index(root / preset, experiment, runs)
        return root

    return write
