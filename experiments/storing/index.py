"""The table that says which runs an experiment consists of."""

from collections.abc import Mapping, Sequence
import dataclasses

import pyarrow as pa

from experiments.experiment import Experiment, Run
from experiments.presets.preset import Preset
from experiments.presets.presets import PAPER
from experiments.presets.scale_down import scale_down
from experiments.storing.store import EXPERIMENT_KEY, Store, write_table


def write_index(
    store: Store,
    experiment: Experiment,
    preset: Preset,
    runs: Sequence[Run],
    options: Mapping[str, str] | None = None,
) -> None:
    """Replaces the experiment's index: from now on it consists of `runs`.

    Args:
      store: where.
      experiment, preset, runs: of which.
      options: what was chosen where the experiment leaves a choice.

    Raises:
      UserError: the disk is full or the folder cannot be written; the old index is intact.
    """
    rows = [
        {
            "run_id": run.spec.run_id,
            "condition": run.condition.name,
            "game": run.spec.game,
            "seed": run.spec.seed,
            **run.columns,
        }
        for run in runs
    ]
    metadata = {
        "experiment": experiment.name,
        "figures": experiment.figures,
        "preset": preset.name,
        "title": experiment.title,
        "options": dict(options or {}),
        "scale_down": scale_down(experiment.typical(preset), experiment.typical(PAPER)),
        "conditions": _conditions(experiment, runs),
        "claims": [dataclasses.asdict(claim) for claim in experiment.claims],
    }
    write_table(store.index(experiment.name), pa.Table.from_pylist(rows), EXPERIMENT_KEY, metadata)


def _conditions(experiment: Experiment, runs: Sequence[Run]) -> list[dict[str, str]]:
    """Those of the runs, in the order of legends."""
    specs = {run.condition: run.spec for run in reversed(runs)}
    return [c.describe(specs[c]) for c in experiment.conditions if c in specs]
