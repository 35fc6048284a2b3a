"""Dormancy on several kinds of inputs, as runs with further probes recorded it; in percent."""

import pandas as pd

from figures.curves.recorded import percentage_of_some_logs, recorded_percentage
from figures.reading.data import ExperimentResults

# As `agents.probing` names them in logs, which this module cannot import: it needs JAX.
SECOND = "second_batch"
SOURCES = ("replay", SECOND, "latest", "initial", "start", "other_game")


def share_on(experiment: ExperimentResults, tau: float, source: str) -> pd.DataFrame:
    """Percentage of all hidden neurons that are dormant on a source of inputs.

    Args:
      experiment: the runs.
      tau: one of the thresholds that logs report: 0, 0.025, 0.1.
      source: one of `SOURCES`.
    """
    return recorded_percentage(experiment, f"dormant_fraction_tau_{_as_logged(tau)}_on_{source}")


def also_dormant(experiment: ExperimentResults, tau: float, one: str, other: str) -> pd.DataFrame:
    """Of the neurons dormant on one source, the percentage that is dormant on the other.

    A log has no value where no neuron is dormant on the first.
    """
    return percentage_of_some_logs(
        experiment, f"dormant_on_{one}_also_on_{other}_tau_{_as_logged(tau)}"
    )


def woken(experiment: ExperimentResults, tau: float, one: str, other: str) -> pd.DataFrame:
    """Of the neurons dormant on one source, how many more the other wakes than a second batch.

    Which neurons a batch finds dormant is decided by chance too: percentage active on the other
    source minus the percentage active on a second batch of the replay, at the logs that have both.
    """
    frame = also_dormant(experiment, tau, one, other)
    second = also_dormant(experiment, tau, one, SECOND)
    log = ["run_id", "gradient_step"]
    both = frame.merge(second[[*log, "value"]], on=log, suffixes=("", "_second"))
    return both.assign(value=both.value_second - both.value).drop(columns="value_second")


def _as_logged(tau: float) -> float:
    """Metrics write 0, not 0.0."""
    return int(tau) if tau == int(tau) else tau
