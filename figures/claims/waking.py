"""The estimator of claims about who wakes up."""

from collections.abc import Callable

from figures.claims.estimate import Estimate, mean_estimate
from figures.curves.waking import hazard, waking
from figures.reading.data import ExperimentResults


def hazard_falls(
    experiment: ExperimentResults,
    tau: float = 0.0,
    layer: str | None = None,
    short_logs: int = 1,
    long_logs: int = 5,
) -> Estimate:
    """Are neurons that have slept for long less likely to wake than those that just fell asleep?

    Args:
      experiment: the runs.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, or None for all hidden neurons together.
      short_logs: a sleep of at most this many logs is short.
      long_logs: one of at least this many is long.

    Returns:
      Percentage that wakes by the next log after a short sleep minus that after a long one.

    Raises:
      UndecidableError: a run has no short or no long sleep.
    """
    values: dict[str, dict[int, float]] = {}
    for run in experiment.started:
        counts = waking(run, tau, layer)
        short = hazard(*counts, 1, short_logs)
        long = hazard(*counts, long_logs, len(counts[0]))
        values.setdefault(run.game, {})[run.seed] = short - long
    return mean_estimate(values, "percentage points", "short and long sleeps")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {"hazard_falls": hazard_falls}
