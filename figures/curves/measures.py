"""From recorded activations to curves: what is plotted and judged, as one tidy frame.

Every function returns one row a run and log with the columns run_id, condition, game, seed,
gradient_step, agent_step and value (in percent; returns in points of the game or as shares of
a human's), for any threshold and any layer, without training again.
"""

from collections.abc import Callable
import inspect

import numpy as np
import pandas as pd

from dormancy.overlap import DEFAULT_OVERLAP, OVERLAPS, chance_overlap
from dormancy.scores import dormant_mask, neuron_scores
from dormancy.shares import pooled_share
from figures.curves import loss_measures
from figures.curves.frames import every_run
from figures.errors import FigureError
from figures.reading.data import Experiment
from figures.reading.published import human_return, random_return
from figures.reading.runs import Records, Run
from figures.statistics.intervals import smoothed


def dormant_share(
    experiment: Experiment, tau: float = 0.0, layer: str | None = None
) -> pd.DataFrame:
    """Percentage of tau-dormant neurons.

    Args:
      experiment: the runs.
      tau: a neuron is dormant if its score is at most this.
      layer: one layer, or None for all hidden neurons pooled (the paper's percentage).
    """
    _check_tau(tau)

    def of_run(run: Run) -> pd.DataFrame:
        layers = run.layers if layer is None else [layer]
        records = run.records_of(layers)
        share = pooled_share({name: _dormant(r, tau) for name, r in records.items()})
        return _frame(records[layers[-1]], value=100 * share)

    return every_run(experiment, of_run)


def overlap(
    experiment: Experiment,
    tau: float = 0.0,
    definition: str = DEFAULT_OVERLAP,
    layer: str | None = None,
) -> pd.DataFrame:
    """Overlap of the dormant neurons of now with those of before, in percent.

    Args:
      experiment: the runs.
      tau: a neuron is dormant if its score is at most this.
      definition: a key of `dormancy.overlap.OVERLAPS`.
      layer: one layer, or None for the penultimate one (the paper's choice).

    Returns:
      The columns above and `chance`, the expected value for random sets as large as the
      observed ones (NaN where the definition has none).
    """
    _check_tau(tau)
    if definition not in OVERLAPS:
        raise FigureError(
            f"There is no overlap called {definition!r}; choose one of {', '.join(OVERLAPS)}."
        )

    def of_run(run: Run) -> pd.DataFrame:
        records = run.records(layer or run.layers[-1])
        history = _dormant(records, tau)
        value, chance = OVERLAPS[definition](history), _chance(definition, history)
        return _frame(records, value=100 * value, chance=100 * chance)

    return every_run(experiment, of_run)


def evaluation_return(experiment: Experiment) -> pd.DataFrame:
    """Mean return of the episodes of every evaluation phase, unclipped.

    Args:
      experiment: the runs.

    Returns:
      The columns above and `chance`, the return of a random policy (NaN where unknown).
    """

    def of_run(run: Run) -> pd.DataFrame:
        return run.metric("eval_return_mean").assign(chance=random_return(run.game))

    return every_run(experiment, of_run)


def human_normalised_return(experiment: Experiment) -> pd.DataFrame:
    """Evaluation return on a scale on which random play is 0 and a human tester is 1.

    Raises:
      FigureError: nobody has published what a human scores in one of the games.
    """

    def of_run(run: Run) -> pd.DataFrame:
        frame = run.metric("eval_return_mean")
        return frame.assign(value=human_normalised(frame.value, run.game))

    return every_run(experiment, of_run)


def human_normalised(returns, game: str):
    """(return - random) / (human - random), for one return or many.

    Raises:
      FigureError: nobody has published what a human scores in this game.
    """
    random, human = random_return(game), human_return(game)
    if np.isnan(random + human):
        raise FigureError(
            f"What a human scores in {game!r} is not known, so that returns cannot be normalised; "
            "leave this game out."
        )
    return (returns - random) / (human - random)


def recorded_metric(experiment: Experiment, metric: str, layer: str = "") -> pd.DataFrame:
    """A metric as it was recorded, for instance "td_loss"; no rows where it was not.

    Args:
      experiment: the runs.
      metric: a name in the runs' table of metrics.
      layer: "" is the whole network.
    """
    return every_run(experiment, lambda run: run.metric(metric, layer))


def redormant_share(experiment: Experiment) -> pd.DataFrame:
    """Percentage of the neurons recycled at one check that are dormant at the next.

    A log pools the checks since the log before. There is no row where nothing was recycled.
    """

    def of_run(run: Run) -> pd.DataFrame:
        frame = run.metric("redormant_fraction")
        return frame.assign(value=100 * frame.value)

    return every_run(experiment, of_run)


def smooth(frame: pd.DataFrame, logs: int) -> pd.DataFrame:
    """The same curves as centred moving means over an odd number of logs; 1 changes nothing."""
    if logs < 1 or logs % 2 == 0:
        raise FigureError(f"Smoothing over {logs} logs is not possible; give an odd number.")
    columns = [name for name in ("value", "chance") if name in frame]
    curves = frame.groupby("run_id", sort=False)[columns].transform(
        lambda column: smoothed(column.to_numpy(), logs)
    )
    return frame.assign(**curves)


MEASURES: dict[str, Callable[..., pd.DataFrame]] = {
    "dormant_share": dormant_share,
    "overlap": overlap,
    "evaluation_return": evaluation_return,
    "human_normalised_return": human_normalised_return,
    "recorded_metric": recorded_metric,
    "redormant_share": redormant_share,
    "distillation_loss": loss_measures.distillation_loss,
    "log_distillation_loss": loss_measures.log_distillation_loss,
    "distillation_loss_growth": loss_measures.distillation_loss_growth,
    "greedy_agreement": loss_measures.greedy_agreement,
}
# Of differences between two values of a measure.
UNITS = dict.fromkeys(MEASURES, "percentage points") | {
    "evaluation_return": "points of the game",
    "human_normalised_return": "human-normalised score",
    "recorded_metric": "as recorded",
    "distillation_loss": "of the loss",
    "log_distillation_loss": "powers of ten",
    "distillation_loss_growth": "powers of ten",
}


def measure(name: str, experiment: Experiment, **arguments) -> pd.DataFrame:
    """One of `MEASURES`, with name and arguments that come from a file.

    Raises:
      FigureError: there is no such measure, or it has no such argument.
    """
    if name not in MEASURES:
        raise FigureError(f"There is no measure {name!r}; there are {', '.join(MEASURES)}.")
    try:
        inspect.signature(MEASURES[name]).bind(experiment, **arguments)
    except TypeError as error:
        raise FigureError(f"The measure {name!r} got wrong arguments: {error}.") from error
    return MEASURES[name](experiment, **arguments)


def _dormant(records: Records, tau: float) -> np.ndarray:
    return dormant_mask(neuron_scores(records.mean_abs), tau)


def _chance(definition: str, history: np.ndarray) -> np.ndarray:
    """(logs,) expected overlap if each log's dormant set were drawn anew at random."""
    chance = np.full(len(history), np.nan)
    now, before = history[1:], history[:-1]
    if definition == "consecutive":
        chance[1:] = chance_overlap(now, before)
    elif definition == "union":
        chance[1:] = chance_overlap(now, np.logical_or.accumulate(history)[:-1])
    elif definition == "official":
        # |now & before| / |before|: each of the earlier neurons is hit with this probability.
        chance[1:] = np.where(before.any(-1), now.mean(-1), np.nan)
    return chance


def _frame(records: Records, **columns: np.ndarray) -> pd.DataFrame:
    steps = {"gradient_step": records.gradient_step, "agent_step": records.agent_step}
    return pd.DataFrame(steps | columns)


def _check_tau(tau: float) -> None:
    if not 0 <= tau < np.inf:
        raise FigureError(f"The threshold tau must be 0 or more, not {tau}.")
