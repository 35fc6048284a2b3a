"""Results of every experiment, with the real specifications and claims and made-up numbers."""

from pathlib import Path

import numpy as np

from agents.crossing import OF_OLD_WEIGHTS, ON_OLD_INPUTS
from agents.events import Log
from agents.identity import Spec
from agents.measuring import ACTIVATION, GRADIENT
from experiments.catalog import EXPERIMENTS
from experiments.presets.presets import SMOKE
from experiments.storing.index import write_index
from experiments.storing.recording import Recording
from experiments.storing.schema import Store

LOGS = 12
LAYERS = {"Conv_0": 8, "Conv_1": 16, "Dense_0": 64}
# Of the kinds of runs with several networks.
SEVERAL = {"continuous_control": {f"{net}/Dense_0": 16 for net in ("actor", "critics/0")}}
COLUMNS = (ACTIVATION, GRADIENT, ON_OLD_INPUTS, OF_OLD_WEIGHTS)
METRICS = (
    "distillation_loss",
    "distinct_frames",
    "effective_rank",
    "eval_return_mean",
    "gradient_norm",
    "greedy_agreement",
    "q_mean",
    "recycled_neurons",
    "redormant_fraction",
    "target_change_far",
    "target_change_near",
    "srank",
    "td_loss",
    "train_accuracy",
    "train_r2",
    "unfinished_share",
)
_SOURCES = ("replay", "latest", "initial", "start", "other_game")
PROBES = (
    *(f"dormant_fraction_tau_0.1_on_{source}" for source in _SOURCES),
    *(f"dormant_on_{a}_also_on_{b}_tau_0.1" for a in _SOURCES for b in _SOURCES if a != b),
)


def write_results(root: Path, seeds: tuple[int, ...]) -> Store:
    """A store of preset smoke in which all runs of all experiments are finished."""
    store = Store(root, SMOKE.name)
    store.folder.mkdir(parents=True)
    for experiment in EXPERIMENTS.values():
        runs = experiment.runs(SMOKE, experiment.games_of(SMOKE), seeds)
        write_index(store, experiment, SMOKE, runs)
        for run in runs:
            folder = store.run_folder(run.spec)
            if not folder.exists():
                folder.mkdir(parents=True)
                _write_run(run.spec, folder)
    return store


def _write_run(spec: Spec, folder: Path) -> None:
    """Neurons that are silent or not at random, and random metrics between 0 and 1."""
    random = np.random.default_rng(int(spec.run_id, 16))
    recording = Recording(spec, folder)
    end, agent_end = spec.total_gradient_steps, spec.total_agent_steps
    for step in range(0, end + 1, max(end // LOGS, 1)):
        layers = SEVERAL.get(spec.kind, LAYERS)
        neurons = {
            layer: {column: _activity(random, n) for column in COLUMNS}
            for layer, n in layers.items()
        }
        metrics = {name: float(random.random()) for name in (*METRICS, *PROBES)}
        recording.add(Log(step * agent_end // end, step, metrics, neurons))
    recording.write(agent_end, end, complete=True, wall_time_s=0.0, provenance={})


def _activity(random: np.random.Generator, count: int) -> np.ndarray:
    drawn = random.random(count)
    return np.where(random.random(count) < 0.3, 0, drawn).astype(np.float32)
