"""All curves that claims can name, with the units of their differences."""

from collections.abc import Callable
import inspect

import numpy as np
import pandas as pd

from figures.curves import distribution, neurons, probes, recorded, returns
from figures.errors import FigureError
from figures.reading.data import ExperimentResults

_PERCENT = "percentage points"
# Name -> function of an experiment and arguments, unit of differences between its values.
MEASURES: dict[str, tuple[Callable[..., pd.DataFrame], str]] = {
    "dormant_share": (neurons.dormant_share, _PERCENT),
    "gradient_dormant_share": (neurons.gradient_dormant_share, _PERCENT),
    "active_neurons": (neurons.active_neurons, "neurons"),
    "overlap": (neurons.overlap, _PERCENT),
    "share_beyond_dominance": (distribution.share_beyond_dominance, _PERCENT),
    "share_by_dominance": (distribution.share_by_dominance, _PERCENT),
    "dominance_over_silence": (distribution.dominance_over_silence, _PERCENT),
    "top_share": (distribution.top_share, _PERCENT),
    "gini": (distribution.gini, _PERCENT),
    "share_on": (probes.share_on, _PERCENT),
    "also_dormant": (probes.also_dormant, _PERCENT),
    "woken": (probes.woken, _PERCENT),
    "evaluation_return": (returns.evaluation_return, "points of the game"),
    "human_normalised_return": (returns.human_normalised_return, "human-normalised score"),
    "recorded_metric": (recorded.recorded_metric, "as recorded"),
    "distinct_frames": (recorded.distinct_frames, _PERCENT),
    "target_sharpness": (recorded.target_sharpness, _PERCENT),
    "recycled_so_far": (recorded.recycled_so_far, "percent of the neurons"),
    "recycled_per_check": (recorded.recycled_per_check, _PERCENT),
    "redormant_share": (recorded.redormant_share, _PERCENT),
    "distillation_loss": (recorded.distillation_loss, "of the loss"),
    "log_distillation_loss": (recorded.log_distillation_loss, "powers of ten"),
    "distillation_loss_growth": (recorded.distillation_loss_growth, "powers of ten"),
    "greedy_agreement": (recorded.greedy_agreement, _PERCENT),
}


def doublings(experiment: ExperimentResults, of: str, **arguments) -> pd.DataFrame:
    """Logarithm to base 2 of another measure, so that differences are factors.

    Args:
      experiment: the runs.
      of: name of the other measure; where it is 0 or less there is no value.
      **arguments: of the other measure.
    """
    frame = measure(of, experiment, **arguments)
    positive = frame.value.where(frame.value > 0)
    return frame.assign(value=np.log2(positive))


MEASURES["doublings"] = (doublings, "doublings")


def measure(name: str, experiment: ExperimentResults, **arguments) -> pd.DataFrame:
    """A curve with name and arguments that come from a file.

    Raises:
      FigureError: there is no such measure, or it has no such argument.
    """
    function, _ = _known(name)
    try:
        inspect.signature(function).bind(experiment, **arguments)
    except TypeError as error:
        raise FigureError(f"The measure {name!r} got wrong arguments: {error}.") from error
    return function(experiment, **arguments)


def unit_of(name: str) -> str:
    """In which differences between two values of a measure are counted."""
    return _known(name)[1]


def _known(name: str) -> tuple[Callable[..., pd.DataFrame], str]:
    if name not in MEASURES:
        raise FigureError(f"There is no measure {name!r}; there are {', '.join(MEASURES)}.")
    return MEASURES[name]
