"""Sentences with numbers in them: the caption below a picture and what is said beside it."""

from collections.abc import Sequence
import math

import numpy as np
import pandas as pd

from experiments.storing.schema import SCORE_BORDER
from experiments.wording import count_of
from figures.curves.divergence import diverged
from figures.curves.frames import curves_of
from figures.curves.levels import LAST_QUARTER, late_intervals, late_means
from figures.curves.scores import Scores
from figures.reading.data import ExperimentResults, RunResults
from figures.statistics.grids import common_grid, mean_of_present
from figures.statistics.interquartile import COVERAGE_OF_LEVELS
from figures.statistics.ranges import band_in_words, seeds_cut
from figures.statistics.student import mean_of_games


def definition(tau: float, smoothing_logs: int, experiment: ExperimentResults) -> str:
    """What counts as dormant, how exactly the tables tell it, and whether curves are smoothed."""
    text = f"Dormant: mean |activation| at most {tau:g} times the layer's average."
    if tau == 0:
        text = "Dormant: silent on the whole probe batch."
    text += _rounded(tau, experiment)
    if smoothing_logs > 1:
        text += f" Curves: moving mean over {smoothing_logs} logs."
    return text


def _rounded(tau: float, experiment: ExperimentResults) -> str:
    """Between which scores these tables do not tell neurons apart, where tau lies between."""
    # Whole octaves from a border there is one whatever the steps are.
    if tau <= 0 or _is_whole(math.log2(tau / SCORE_BORDER)):
        return ""
    found = {run.score_steps for run in experiment.started} - {None}
    if not found:
        return ""
    steps = math.gcd(*found)
    place = steps * math.log2(tau / SCORE_BORDER)
    if _is_whole(place):
        return ""
    low, high = (
        SCORE_BORDER * 2 ** (side / steps) for side in (math.floor(place), math.ceil(place))
    )
    return (
        f" The scores of these tables are rounded to {steps} steps an octave: which neurons "
        f"between {low:.3g} and {high:.3g} times the average count, they do not tell."
    )


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def setting(tau: float, layer: str | None, otherwise: str = "all hidden layers") -> str:
    """What a heading says in brackets, `otherwise` without a layer; it is not broken over lines."""
    where = f"layer {layer}" if layer else otherwise
    return f"(τ = {tau:g}, {where})".replace(" ", "\u00a0")


def treatments(experiment: ExperimentResults) -> str:
    """What is done to the networks of these runs besides training; "" if nothing is."""
    begun = {run.condition for run in experiment.started}
    told = {
        experiment.condition(name).treatment: None for name in experiment.ordered if name in begun
    }
    # What a variant of it begins with is not told twice.
    whole = [each for each in told if not any(o != each and o.startswith(each) for o in told)]
    return " ".join(filter(None, whole))


def reading_curves(experiment: ExperimentResults, banded: Sequence[str] = ()) -> str:
    """What lines and bands of curves are, and which conditions have one where not all do."""
    _, most = _seeds(experiment)
    if most < 2:
        return "Lines: single runs, one seed."
    which = f"Bands ({', '.join(banded)})" if banded else "Band"
    return f"Line: mean over seeds. {which}: {_bands(experiment)}."


def reading_scores(scores: Scores) -> str:
    """What is averaged over what, and how far the intervals can be trusted."""
    if scores.seeds < 2:
        return "IQM: mean of the middle half of all runs; one seed, no interval."
    return f"IQM: mean of the middle half of all runs; {_interval_of_scores(scores)}."


def reading_both(scores: Scores) -> str:
    """`reading_scores` for the left and `reading_curves` for the right of a picture."""
    _, most = _seeds(scores.experiment)
    if most < 2:
        return "IQM: mean of the middle half of all runs. One seed: no interval, no band."
    return f"Left: IQM, {_interval_of_scores(scores)}. Right: {_bands(scores.experiment)}."


def _bands(experiment: ExperimentResults) -> str:
    """What bands are: of unequal numbers of seeds, what is true of all of them."""
    fewest, most = _seeds(experiment)
    if fewest == most:
        return band_in_words(fewest)
    told = "range of the seeds"
    return f"{told}, of nine or more without the outermost" if seeds_cut(most) else told


def _interval_of_scores(scores: Scores) -> str:
    """The nominal coverage of a score, and that in simulations no larger, if there are."""
    games, seeds = len(scores.games), scores.seeds
    sizes = [size for size in COVERAGE_OF_LEVELS if size[0] <= games and size[1] <= seeds]
    if not sizes:
        return "95\u00a0% interval"
    covers = f"{100 * COVERAGE_OF_LEVELS[max(sizes)]:.0f}\u00a0%"
    return f"95\u00a0% interval (held in {covers} of simulations)"


def left_out(scores: Scores) -> str:
    """Which games do not count for the scores, and why; "" if all do."""
    reasons = {
        "Without a published human score": scores.games_without_human,
        "Not evaluated under all conditions": scores.games_not_in_all,
    }
    return " ".join(
        f"{why} and left out: {', '.join(games)}." for why, games in reasons.items() if games
    )


def chosen_scores(scores: Scores) -> str:
    """Of when and of which games single scores are, where not of all and of the end; else ""."""
    part = f"Scores are means over the last {100 * scores.last_part:g} % of the steps."
    return " ".join(filter(None, [part if scores.last_part else "", left_out(scores)]))


def footer(experiment: ExperimentResults, reading: str, sidecar: str) -> list[str]:
    """The caption in a picture: how to read it, and where the rest is told.

    Args:
      experiment: the runs.
      reading: what lines, bands and points are.
      sidecar: name of the file beside the picture that has settings, definitions and levels.
    """
    scaled = ", scaled down" if experiment.scale_down else ""
    paragraphs = [
        reading,
        f"Preset {experiment.preset}{scaled}; {seeds_in_words(experiment)}; "
        f"runs of {experiment.store}. More: {sidecar}",
    ]
    return [*paragraphs, *changes(experiment), *warnings(experiment)]


def changes(experiment: ExperimentResults) -> list[str]:
    """What a user has set otherwise than the preset that these runs are based on."""
    told = "; ".join(f"{name} {ours}\u00a0({was})" for name, ours, was in experiment.changes)
    return [f"Changed from {experiment.based_on}, its value in brackets: {told}."] if told else []


def warnings(experiment: ExperimentResults) -> list[str]:
    """What is wrong with these runs: unfinished, or not finite any more."""
    found = []
    unfinished = len(experiment.runs) - sum(run.complete for run in experiment.runs)
    if unfinished:
        found.append(f"Unfinished (dashed): {unfinished} of {len(experiment.runs)} runs.")
    for run, step in diverged(experiment).items():
        found.append(f"Diverged after {step:,} gradient steps and left out from there: {run}.")
    return found


def provenance(experiment: ExperimentResults) -> str:
    """Where the runs come from."""
    commits = sorted({_short_commit(run) for run in experiment.started})
    return (
        f"Preset {experiment.preset}, {seeds_in_words(experiment)}, read from "
        f"{experiment.store}, trained at commit {', '.join(commits)}."
    )


def _seeds(experiment: ExperimentResults) -> tuple[int, int]:
    """Of the game and condition with the fewest, and with the most."""
    pairs = {(run.game, run.condition) for run in experiment.runs}
    counts = [
        len({run.seed for run in experiment.select(game=game, condition=condition).runs})
        for game, condition in pairs
    ]
    return min(counts), max(counts)


def seeds_in_words(experiment: ExperimentResults) -> str:
    """How many there are; of games and conditions that have unequal numbers, the range."""
    fewest, most = _seeds(experiment)
    seeds = count_of(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    return seeds if len(experiment.games) == 1 else f"{seeds} a game"


def trends(frame: pd.DataFrame, what: str, conditions: Sequence[str]) -> list[str]:
    """For each game and condition, where the mean curve starts, is lowest after that and ends.

    Args:
      frame: a tidy frame in percent, as it is drawn.
      what: the name of the quantity.
      conditions: named in the sentence where there are several.

    Returns:
      One sentence a curve. First and lowest value are single points of the mean curve; the last
      is the mean over the last tenth of the steps, with its 95 % Student-t interval over seeds.
    """
    sentences = []
    for (game, condition), part in frame.groupby(["game", "condition"], sort=False):
        curves = curves_of(part)
        steps, values = common_grid(curves)
        mean = mean_of_present(values)
        if not np.isfinite(mean).any():
            sentences.append(f"{game}: no {what} to show yet.")
            continue
        name = f"{game}, {condition}" if len(conditions) > 1 else game
        sentences.append(
            f"{name}: {count_of(len(curves), 'seed')}, {what} {start_and_lowest(steps, mean)} and "
            f"is {_level(curves, 0.1)} over the last tenth of the steps."
        )
    return sentences


def start_and_lowest(steps: np.ndarray, mean: np.ndarray) -> str:
    """The first value of a curve in percent and the lowest after it, and whether it fell at all.

    Args:
      steps, mean: (points,); NaN values are left out, and there is a finite one.
    """
    points = np.flatnonzero(np.isfinite(mean))
    first, later = points[0], points[1:]
    start = f"starts at {mean[first]:.0f} %"
    if not len(later):
        return start
    lowest = later[np.argmin(mean[later])]
    place = f"{mean[lowest]:.0f} % at {short_steps(steps[lowest])} gradient steps"
    if mean[lowest] < mean[first]:
        return f"{start}, is lowest with {place}"
    return f"{start}, is never below that (lowest later on: {place})"


def late_levels(
    frame: pd.DataFrame,
    what: str,
    unit: str = "",
    last_part: float = LAST_QUARTER,
    digits: int = 0,
) -> list[str]:
    """What a quantity is late in training, in one sentence a game that compares conditions.

    Args:
      frame: a tidy frame.
      what: the name of the quantity.
      unit: of the values, for instance "%".
      last_part: share of the agent steps, counted from the end; 0 is the last value.
      digits: behind the decimal point.
    """
    sentences = []
    for game, part in frame.groupby("game", sort=False):
        levels = []
        for condition, runs in part.groupby("condition", sort=False):
            level = _level(curves_of(runs, steps="agent_step"), last_part, unit, digits)
            levels.append(f"{condition} {level}")
        sentences.append(f"{game}, {what}: {', '.join(levels)}.")
    return sentences


def late_losses(frame: pd.DataFrame, what: str, last_part: float = LAST_QUARTER) -> list[str]:
    """What a loss is late in training, in one sentence a game that compares conditions.

    Losses are positive and span powers of ten: means over logs and seeds are geometric, and
    intervals are Student's of the logarithm, so that no bound is negative.

    Args:
      frame: a tidy frame of losses; one of 0 is left out.
      what: the name of the loss.
      last_part: share of each run's gradient steps, counted from the end.
    """
    logarithms = frame.assign(value=np.log10(frame.value.where(frame.value > 0)))
    sentences = []
    for game, part in logarithms.groupby("game", sort=False):
        intervals = late_intervals(part, last_part)
        levels = [f"{name} {_geometric(*interval)}" for name, interval in intervals.items()]
        sentences.append(f"{game}, {what} (geometric mean): {', '.join(levels) or 'no value'}.")
    return sentences


def _geometric(value: float, low: float, high: float) -> str:
    """A number and its interval, of which these are the powers of ten."""
    bounds = "" if np.isnan(low) else f" [{10**low:.2g}, {10**high:.2g}]"
    return f"{10**value:.2g}{bounds}"


def score_levels(scores: Scores) -> list[str]:
    """The IQM of every condition, with its interval."""
    if not scores.levels:
        return ["No score to show yet."]
    levels = []
    for name, (value, low, high) in scores.levels.items():
        bounds = "" if np.isnan(low) else f" [{low:.3f}, {high:.3f}]"
        levels.append(f"{name} {value:.3f}{bounds}")
    when = "at the last evaluation"
    if scores.last_part:
        when = f"in the last {100 * scores.last_part:g} % of the steps"
    few = f" ({', '.join(scores.games)})" if len(scores.games) <= 4 else ""
    return [f"{count_of(len(scores.games), 'game')}{few}, IQM {when}: {', '.join(levels)}."]


def short_steps(steps: float) -> str:
    """9,000 as "9k" and 1,750,000 as "1.75M"."""
    scale, unit = (1e6, "M") if steps >= 1e6 else (1e3, "k") if steps >= 1e3 else (1, "")
    return f"{steps / scale:.3g}{unit}"


def _short_commit(run: RunResults) -> str:
    source = str(run.info.get("git_commit") or "unknown")
    commit, dirty, _ = source.partition("-dirty")
    # Installed without a repository, it is a version.
    return source if set(commit) - set("0123456789abcdef") else commit[:7] + dirty


def _level(
    curves: list[tuple[np.ndarray, np.ndarray]],
    last_part: float,
    unit: str = "%",
    digits: int = 0,
) -> str:
    late = [late_means([curve], last_part)[0] for curve in curves]
    late = [level for level in late if np.isfinite(level)]
    if not late:
        return "no value"
    value, low, high = mean_of_games([late]).interval()
    if unit == "%":
        # A percentage outside 0 to 100 is impossible, whatever the t distribution says.
        low, high = np.clip([low, high], 0, 100)
    shown = f"{value:,.{digits}f}{unit and ' ' + unit}"
    if len(late) > 1 and min(late) == max(late):
        return f"all {shown}"
    bounds = "" if np.isnan(low) else f" [{low:,.{digits}f}, {high:,.{digits}f}]"
    return f"{shown}{bounds}"
