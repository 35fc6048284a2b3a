"""The estimators of claims about who wakes up, and why."""

from collections.abc import Callable, Sequence

from figures.claims.estimate import Estimate, mean_estimate
from figures.curves.waking import awakenings, hazard, share_of, waking
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


def share_of_awakenings(
    experiment: ExperimentResults,
    more: Sequence[str],
    less: Sequence[str] = (),
    threshold: float = 0.0,
    tau: float = 0.0,
    layer: str | None = None,
) -> Estimate:
    """Do some causes wake more neurons than others, or more than a fixed share?

    Args:
      experiment: the runs.
      more, less: causes, of `figures.curves.waking.CAUSES`.
      threshold: percent of the awakenings.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, or None for all hidden neurons together.

    Returns:
      Percent of all awakenings of a run that are due to `more`, minus those due to `less`, above
      the threshold.

    Raises:
      UndecidableError: a run recorded no crossed probes, or nobody woke in it.
    """
    values: dict[str, dict[int, float]] = {}
    for run in experiment.started:
        counts = awakenings(run, tau, layer)
        difference = share_of(counts, more) - share_of(counts, less)
        values.setdefault(run.game, {})[run.seed] = difference - threshold
    unit = "percent of the awakenings" + (f" above {threshold:g}" if threshold else "")
    return mean_estimate(values, unit, "awakenings whose cause was recorded")


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    function.__name__: function for function in (hazard_falls, share_of_awakenings)
}
