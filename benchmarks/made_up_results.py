"""Results of the size of the paper's, without training: made-up numbers in the real format."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from agents.spec import RunSpec
from experiments.experiment import Run
from experiments.storing.schema import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    RUN_KEY,
    Store,
)
from experiments.storing.store import write_table

# Hidden layers of the paper's network, with their neurons.
LAYERS = {"Conv_0": 32, "Conv_1": 64, "Conv_2": 64, "Dense_0": 512}
# What a run says about itself at every log, and what after every evaluation.
_LOGGED = [
    *((name, "") for name in ("td_loss", "q_mean", "gradient_norm", "epsilon")),
    *((name, "") for name in ("train_return_mean", "train_episodes")),
    *((f"dormant_fraction_tau_{tau}", layer) for tau in (0, 0.025, 0.1) for layer in ["", *LAYERS]),
]
_EVALUATED = [("eval_return_mean", ""), ("eval_episodes", "")]


def write_results(store: Store, runs: Sequence[Run], logs: int) -> None:
    """Both tables of every run, as if it were finished.

    Args:
      store: where.
      runs: online runs of the paper's network.
      logs: of each run, evenly over its length; it has an evaluation an iteration besides.
    """
    for run in runs:
        _write_run(store, run.spec, logs)


def _write_run(store: Store, spec: RunSpec, logs: int) -> None:
    rng = np.random.default_rng(int(spec.run_id, 16))
    times = _times(spec, logs)
    evaluations = _times(spec, spec.schedule.iterations)
    metrics = pd.concat([_metrics(rng, times, _LOGGED), _metrics(rng, evaluations, _EVALUATED)])
    # As a run writes them: log by log.
    metrics = metrics.sort_values("agent_step", kind="stable")
    about = {
        "run_id": spec.run_id,
        "spec": spec.to_dict(),
        "complete": True,
        "gradient_step": spec.total_gradient_steps,
        "agent_step": spec.total_agent_steps,
        "total_gradient_steps": spec.total_gradient_steps,
        "total_agent_steps": spec.total_agent_steps,
        "layers": list(LAYERS),
        "git_commit": "made up",
    }
    folder = store.run_folder(spec)
    folder.mkdir(parents=True)
    for name, frame, schema in (
        (METRICS, metrics, METRICS_SCHEMA),
        (NEURONS, _neurons(rng, times), NEURONS_SCHEMA),
    ):
        table = pa.Table.from_pandas(frame.assign(run_id=spec.run_id), schema, preserve_index=False)
        write_table(folder / name, table, RUN_KEY, about)


def _times(spec: RunSpec, count: int) -> pd.DataFrame:
    """Steps of that many moments, the last of them the end of the run."""
    part = np.arange(1, count + 1) / count
    return pd.DataFrame(
        {
            "gradient_step": (part * spec.total_gradient_steps).astype(int),
            "agent_step": (part * spec.total_agent_steps).astype(int),
        }
    )


def _metrics(
    rng: np.random.Generator, times: pd.DataFrame, names: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    frame = times.merge(pd.DataFrame(names, columns=["metric", "layer"]), how="cross")
    return frame.assign(value=rng.lognormal(sigma=2.0, size=len(frame)))


def _neurons(rng: np.random.Generator, times: pd.DataFrame) -> pd.DataFrame:
    layer = np.repeat(list(LAYERS), list(LAYERS.values()))
    number = np.concatenate([np.arange(count) for count in LAYERS.values()])
    frame = times.merge(pd.DataFrame({"layer": layer, "neuron": number}), how="cross")
    activation = rng.lognormal(size=len(frame))
    dormant = rng.random(len(frame)) < 0.2
    return frame.assign(mean_abs_activation=np.where(dormant, 0.0, activation))
