"""The made-up store as a fixture."""

from collections.abc import Mapping, Sequence
import itertools
from pathlib import Path

from made_up_store import (
    CONDITIONS,
    LAYERS,
    NETWORKS,
    Fill,
    dip_and_rise,
    learning,
    spec_of,
    write_index,
    write_run,
)
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
        experiment: str = "prevalence",
        returns: float = 1.0,
        first_run: int = 0,
    ) -> Path:
        root = tmp_path / "store"
        logged = np.arange(period, total + 1, period)
        conditions = CONDITIONS[experiment]
        pairs = [(game, seed) for seed in range(seeds) for game in games]
        runs = []
        layers = {
            f"{network}/{layer}".lstrip("/"): count
            for network in NETWORKS.get(experiment, [""])
            for layer, count in layers.items()
        }
        roles = itertools.product(conditions, pairs)
        for number, (condition, (game, seed)) in enumerate(roles, start=first_run):
            run_id = f"{number:012x}"
            runs.append((run_id, game, seed))
            if (game, seed) in absent:
                continue
            ratio = conditions[condition].get("replay_ratio", 2.0)
            steps = (logged * ratio / 2).astype(int)
            recycling = "ReDo" in condition
            neurons = dip_and_rise(logged, seed=number, layers=layers)
            if recycling:
                neurons = {layer: np.maximum(values, 0.03) for layer, values in neurons.items()}
            kept = len(steps) * 6 // 10 if (game, seed) in unfinished else len(steps)
            metrics = learning(logged, number, recycling, returns)
            write_run(
                root / preset,
                run_id,
                {layer: values[:kept] for layer, values in neurons.items()},
                steps[:kept],
                total=int(steps[-1]) if kept < len(steps) else None,
                metrics={name: values[:kept] for name, values in metrics.items()},
                replay_ratio=ratio,
                spec=spec_of(condition),
            )
        names = [name for name in conditions for _ in pairs]
        write_index(root / preset, experiment, runs, names)
        if "DQN" in conditions:
            for name in {"prevalence", "overlap"} - {experiment}:
                write_index(root / preset, name, runs[: len(pairs)])
        return root

    return write
