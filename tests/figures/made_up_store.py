"""A store of made-up runs, written column by column as the store's format says."""

from collections.abc import Callable, Mapping, Sequence
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.catalog import EXPERIMENTS
from experiments.conditions import described
from experiments.presets.presets import PRESETS

CLAIMS = {
    "prevalence": [
        {
            "name": "dormant_share_rises",
            "figure": "fig2",
            "statement": "The share of dormant neurons rises after its early minimum.",
            "estimator": "slope_after_minimum",
            "arguments": {"measure": "dormant_share", "tau": 0.0},
            "published": "from 2 % to 25 %",
        }
    ],
    "redo": [
        {
            "name": "redo_removes_dormancy",
            "figure": "fig9",
            "statement": "With ReDo fewer neurons are dormant late in training.",
            "estimator": "difference_of_conditions",
            "arguments": {
                "measure": "dormant_share",
                "tau": 0.025,
                "higher": "DQN",
                "lower": "DQN+ReDo",
            },
            "published": "27 % without and 1.4 % with ReDo",
        },
        {
            "name": "redo_raises_return",
            "figure": "fig9",
            "statement": "With ReDo the evaluation return is higher late in training.",
            "estimator": "difference_of_conditions",
            "arguments": {"measure": "evaluation_return", "higher": "DQN+ReDo", "lower": "DQN"},
            "published": "6,800 with and 3,700 without ReDo",
        },
        {
            "name": "recycled_neurons_relapse",
            "figure": "fig9",
            "statement": "Most recycled neurons are dormant again at the next check.",
            "estimator": "level_above_threshold",
            "arguments": {
                "measure": "redormant_share",
                "threshold": 50.0,
                "condition": "DQN+ReDo",
            },
            "published": "not in the paper",
        },
    ],
    "overlap": [
        {
            "name": "overlap_rises",
            "figure": "fig5",
            "statement": "The overlap of dormant sets rises after its early minimum.",
            "estimator": "slope_after_minimum",
            "arguments": {"measure": "overlap", "tau": 0.0, "definition": "consecutive"},
            "published": "from 26 % to 68 %",
        },
        {
            "name": "overlap_above_chance",
            "figure": "fig5",
            "statement": "Dormant neurons were dormant before, beyond chance.",
            "estimator": "overlap_above_chance",
            "arguments": {"tau": 0.0},
            "published": "68 %, chance not given",
        },
    ],
}
SCALE_DOWN = [
    ["gradient steps per run", "46,000", "6,245,000"],
    ["frame size (pixels)", "42", "84"],
    ["network width", "0.25", "1"],
    ["learning rate", "0.001", "6.25e-05"],
]
# The conditions of experiments, with the columns of the index that they have of their own.
CONDITIONS: dict[str, dict[str, dict[str, Any]]] = {
    "prevalence": {"DQN": {}},
    "overlap": {"DQN": {}},
    "distribution": {"DQN": {}},
    "probe_inputs": {"DQN": {}},
    "revival": {"DQN": {}},
    "redo": {"DQN": {}, "DQN+ReDo": {}},
    "pruning": {"DQN": {}, "DQN+pruning": {}},
    "replay_ratio": {f"RR={ratio:g}": {"replay_ratio": ratio} for ratio in (0.25, 0.5, 1.0, 2.0)},
    "learning_rate": {"DQN": {}, "DQN, lr/4": {}, "DQN+ReDo": {}},
    "width_scaling": {
        f"{method}, width {width}": {
            "width": width / 8,
            "width_multiple": width,
            "redo": method != "DQN",
        }
        for width in (1, 2, 4)
        for method in ("DQN", "DQN+ReDo")
    },
    "regularization": {"DQN": {}, "DQN+ReDo": {}, "DQN+Reset": {}, "DQN+WD": {}},
}
CONDITIONS["control_dormancy"] = {name: {} for name in ("DQN", "DQN+ReDo", "SAC", "SAC+ReDo")}
CONDITIONS["generality"] = CONDITIONS["redo"]
CONDITIONS["capacity"] = {
    **{f"{left} % left": {"left": left / 100} for left in (100, 50, 10)},
    **{f"fit: {start}": {"left": None} for start in ("fresh", "after training")},
}
CONDITIONS["active_neurons"] = CONDITIONS["width_scaling"]


def _as_made(experiment: str) -> dict[str, dict[str, Any]]:
    """Conditions and columns of one game and seed, as the experiment itself has them."""
    runs = EXPERIMENTS[experiment].runs(PRESETS["smoke"], EXPERIMENTS[experiment].games[:1], (0,))
    return {run.condition.name: dict(run.columns) for run in runs}


CONDITIONS |= {
    name: _as_made(name)
    for name in (
        "activation_function",
        "continuous_control",
        "drq",
        "feature_rank",
        "incoming_weights",
        "narrow_control",
        "outgoing_weights",
        "probe_batch",
        "recycling_period",
        "recycling_strategies",
        "recycling_threshold",
        "redo_replay_ratio",
        "replay_ratio_games",
    )
}
# Whose runs have several networks, each with layers of its own.
NETWORKS = {name: ("actor", "critics/0", "critics/1") for name in CONDITIONS if "control" in name}
# The fixture `fill`: writes a store and returns its root.
Fill = Callable[..., Path]

LAYERS = {"Conv_0": 8, "Conv_1": 16, "Conv_2": 16, "Dense_0": 128}


def write_table(path: Path, columns: Mapping[str, Any], key: str, about: Mapping[str, Any]) -> None:
    """A parquet file with JSON under `key` of its schema's metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(dict(columns))
    metadata = {key: json.dumps({"format": 1, **about})}
    pq.write_table(
        table.replace_schema_metadata(metadata), path, compression="zstd", write_page_checksum=True
    )


def write_run(
    preset_folder: Path,
    run_id: str,
    neurons: Mapping[str, np.ndarray],
    steps: Sequence[int],
    total: int | None = None,
    metrics: Mapping[str, np.ndarray] | None = None,
    replay_ratio: float = 2.0,
    further: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    **about: Any,
) -> None:
    """Both tables of one run.

    Args:
      preset_folder: <root>/<preset>.
      run_id: of the run.
      neurons: layer -> (logs, neurons) mean |activation|.
      steps: (logs,) gradient steps.
      total: gradient steps of the finished run; the run is complete if not given.
      metrics: name -> (logs,) values, NaN where a log lacks it; a falling loss if not given.
      replay_ratio: gradient steps an agent step.
      further: other columns of neurons -> layer -> (logs, neurons); NaN is not recorded.
      **about: further metadata.
    """
    steps = np.asarray(steps, np.int64)
    agent_steps = (steps / replay_ratio).astype(np.int64)
    about = {
        "run_id": run_id,
        "complete": total is None,
        "agent_step": int(steps[-1] / replay_ratio),
        "total_gradient_steps": int(total or steps[-1]),
        "total_agent_steps": int((total or steps[-1]) / replay_ratio),
        "layers": list(neurons),
        "git_commit": "0123456789abcdef",
        "spec": spec_of("DQN"),
    } | about
    long = {"gradient_step": [], "layer": [], "neuron": [], "mean_abs_activation": []}
    for layer, values in neurons.items():
        logs, count = values.shape
        long["gradient_step"].append(np.repeat(steps, count))
        long["layer"].append(np.full(values.size, layer))
        long["neuron"].append(np.tile(np.arange(count, dtype=np.int32), logs))
        long["mean_abs_activation"].append(values.astype(np.float32).ravel())
    columns = {name: np.concatenate(parts) for name, parts in long.items()}
    columns["agent_step"] = (columns["gradient_step"] / replay_ratio).astype(np.int64)
    columns["run_id"] = np.full(len(columns["neuron"]), run_id)
    for name, layers in (further or {}).items():
        values = np.concatenate([layers[layer].astype(np.float32).ravel() for layer in neurons])
        columns[name] = pa.array(values, from_pandas=True)
    folder = preset_folder / "runs" / run_id
    write_table(folder / "neurons.parquet", columns, "dormant_run", about)
    values = metrics or {"td_loss": np.linspace(1, 0, len(steps))}
    columns = {
        "gradient_step": np.tile(steps, len(values)),
        "agent_step": np.tile(agent_steps, len(values)),
        "metric": np.repeat(list(values), len(steps)),
        "value": np.concatenate(list(values.values())).astype(float),
    }
    columns = {name: column[np.isfinite(columns["value"])] for name, column in columns.items()}
    columns["run_id"] = [run_id] * len(columns["value"])
    columns["layer"] = [""] * len(columns["value"])
    write_table(folder / "metrics.parquet", columns, "dormant_run", about)


def write_index(
    preset_folder: Path,
    experiment: str,
    runs: Sequence[tuple[str, str, int]],
    conditions: Sequence[str] = (),
    **about: Any,
) -> None:
    """The index of an experiment; runs are (run_id, game, seed), of DQN if nothing is said."""
    run_ids, games, seeds = zip(*runs, strict=True)
    conditions = conditions or ["DQN"] * len(runs)
    known = CONDITIONS[experiment]
    own = sorted({name for columns in known.values() for name in columns})
    columns = {
        "run_id": run_ids,
        "condition": conditions,
        "game": games,
        "seed": np.array(seeds, np.int64),
    } | {name: [known[condition][name] for condition in conditions] for name in own}
    legend = [
        described(condition, as_object(spec_of(condition.name)))
        for condition in EXPERIMENTS[experiment].conditions
        if condition.name in conditions
    ]
    about = {
        "conditions": legend,
        "experiment": experiment,
        "preset": preset_folder.name,
        "title": "Made-up runs",
        "figures": [],
        "scale_down": SCALE_DOWN if preset_folder.name != "paper" else [],
        "claims": CLAIMS.get(experiment, []),
    } | about
    path = preset_folder / f"{experiment}.parquet"
    write_table(path, columns, "dormant_experiment", about)


def spec_of(condition: str) -> dict[str, Any]:
    """What is told of a run's specification that captions read."""
    treatment = condition.split(",")[0].partition("+")[2]
    kind = {"ReDo": "redo", "Reset": "reset", "pruning": "prune"}.get(treatment, "none")
    periodic = {"tau": 0.025, "share": 0.1, "period_gradient_steps": 1000}
    return {
        "kind": "online",
        "agent": {"weight_decay": 1e-5 if treatment == "WD" else 0.0},
        "intervention": {"kind": kind, "what_is_reset": "the penultimate layer", **periodic},
    }


def as_object(values: Any) -> Any:
    """Nested dictionaries as objects with attributes."""
    if not isinstance(values, dict):
        return values
    return SimpleNamespace(**{name: as_object(value) for name, value in values.items()})


def dip_and_rise(
    steps: np.ndarray, seed: int, layers: Mapping[str, int] = LAYERS
) -> dict[str, np.ndarray]:
    """Neurons whose dormant share falls, then rises, and which stay dormant more and more.

    Each neuron keeps its state from one log to the next with a probability that grows, and
    otherwise draws it anew.
    """
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, len(steps))
    share = 0.24 * np.exp(-time / 0.06) + 0.03 + 0.22 * time**1.2
    keep = np.clip(0.45 * np.exp(-time / 0.08) + 0.15 + 0.65 * time, 0, 1)
    neurons = {}
    for layer, count in layers.items():
        alive = rng.lognormal(sigma=0.6, size=(len(steps), count))
        scale = 1.3 if layer.startswith("Dense") else 0.15
        dormant = np.zeros((len(steps), count), bool)
        dormant[0] = rng.random(count) < scale * share[0]
        for t in range(1, len(steps)):
            again = rng.random(count) < scale * share[t]
            kept = rng.random(count) < keep[t]
            dormant[t] = np.where(kept, dormant[t - 1], again)
        neurons[layer] = np.where(dormant, 0.0, alive)
    return neurons


def learning(
    steps: np.ndarray, seed: int, recycling: bool, scale: float = 1.0
) -> dict[str, np.ndarray]:
    """Metrics of a run that learns, better with recycling; some logs lack them."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, len(steps))
    gains = (3000 if recycling else 1500) * time + rng.normal(scale=150, size=len(steps))
    returns = 150 + scale * gains
    metrics = {
        "td_loss": 1 - time,
        "distillation_loss": np.exp(-time),
        "srank": (90 if recycling else 70) - 10 * time,
        "effective_rank": (60 if recycling else 40) - 10 * time,
        "eval_return_mean": np.where(np.arange(len(steps)) % 3 == 2, returns, np.nan),
    }
    if recycling:
        relapses = rng.uniform(0.6, 0.8, size=len(steps))
        metrics["redormant_fraction"] = np.where(steps > steps[0], relapses, np.nan)
    return metrics
