"""The made-up store as a fixture."""

from collections.abc import Mapping, Sequence
import itertools
from pathlib import Path

from made_up_store import LAYERS, Fill, dip_and_rise, learning, write_index, write_run
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
        redo: bool = False,
    ) -> Path:
        root = tmp_path / "store"
        steps = np.arange(period, total + 1, period)
        runs, conditions = [], ["DQN", "DQN+ReDo"] if redo else ["DQN"]
        pairs = [(game, seed) for seed in range(seeds) for game in games]
        for number, (condition, (game, seed)) in enumerate(itertools.product(conditions, pairs)):
            run_id = f"{number:012x}"
            runs.append((run_id, game, seed))
            if (game, seed) in absent:
                continue
            neurons = dip_and_rise(steps, seed=number, layers=layers)
            if condition == "DQN+ReDo":
                neurons = {layer: np.maximum(values, 0.03) for layer, values in neurons.items()}
            kept = len(steps) * 6 // 10 if (game, seed) in unfinished else len(steps)
            metrics = learning(steps, number, recycling=condition == "DQN+ReDo")
            write_run(
                root / preset,
                run_id,
                {layer: values[:kept] for layer, values in neurons.items()},
                steps[:kept],
                total=total if kept < len(steps) else None,
                metrics={name: values[:kept] for name, values in metrics.items()},
            )
        for experiment in ("prevalence", "overlap"):
            write_index(root / preset, experiment, runs[: len(pairs)])
        if redo:
            told = np.repeat(conditions, len(pairs)).tolist()
            write_index(root / preset, "redo", runs, told)
        return root

    return write
