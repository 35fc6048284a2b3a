"""Sentences with numbers in them: the caption below a picture and the summary printed with it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from figures.reading.data import Experiment, Run
from figures.statistics.intervals import common_grid, mean_of_present, smoothed, student_interval

READING_BANDS = "Thick: mean over seeds. Band: its 95 % bootstrap interval."
READING = f"{READING_BANDS} Thin: single seeds."


def definition(tau: float, smoothing_logs: int) -> str:
    """What counts as dormant, and whether the curves are smoothed."""
    text = f"Dormant: mean |activation| at most {tau:g} times the layer's average."
    if tau == 0:
        text = "Dormant: silent on the whole probe batch."
    if smoothing_logs > 1:
        text += f" Curves: moving mean over {smoothing_logs} logs."
    return text


def setting(tau: float, layer: str | None, otherwise: str = "all hidden layers") -> str:
    """What a heading says in brackets, `otherwise` without a layer; it is not broken over lines."""
    where = f"layer {layer}" if layer else otherwise
    return f"(τ = {tau:g}, {where})".replace(" ", "\u00a0")


def treatments(experiment: Experiment) -> str:
    """What is done to the networks of these runs besides training; "" if nothing is."""
    begun = {run.condition for run in experiment.started}
    sentences = [
        experiment.condition(name).treatment for name in experiment.ordered if name in begun
    ]
    return " ".join(filter(None, dict.fromkeys(sentences)))


def provenance(experiment: Experiment) -> list[str]:
    """Paragraphs that every picture carries: preset, seeds, store, commit and scale-down."""
    per_game = experiment.table.groupby(["game", "condition"]).seed.nunique()
    fewest, most = per_game.min(), per_game.max()
    seeds = count_of(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    commits = sorted({_short_commit(run) for run in experiment.started})
    paragraphs = [
        f"Preset {experiment.preset}, {seeds} a game, read from {experiment.store}, "
        f"trained at commit {', '.join(commits)}."
    ]
    unfinished = len(experiment.runs) - sum(run.complete for run in experiment.runs)
    if unfinished:
        paragraphs[0] += f" Unfinished (dashed): {unfinished} of {len(experiment.runs)} runs."
    if experiment.scale_down:
        changes = "; ".join(
            f"{name} {ours}\u00a0({published})" for name, ours, published in experiment.scale_down
        )
        paragraphs.append(f"Scaled down, published value in brackets: {changes}.")
    return paragraphs


def trends(frame: pd.DataFrame, what: str, conditions: Sequence[str]) -> list[str]:
    """For each game and condition, where the mean curve starts, is lowest and ends.

    Args:
      frame: a tidy frame of `figures.curves.measures` in percent.
      what: the name of the quantity.
      conditions: named in the sentence where there are several.

    Returns:
      One sentence a curve. The last value is the mean over the last tenth of the steps, with
      its 95 % Student-t interval over seeds.
    """
    sentences = []
    for (game, condition), part in frame.groupby(["game", "condition"], sort=False):
        curves = curves_of(part)
        steps, values = common_grid(curves)
        mean = smoothed(mean_of_present(values), 5)
        if not np.isfinite(mean).any():
            sentences.append(f"{game}: no {what} to show yet.")
            continue
        first, lowest = np.flatnonzero(np.isfinite(mean))[0], np.nanargmin(mean)
        name = f"{game}, {condition}" if len(conditions) > 1 else game
        sentences.append(
            f"{name}: {count_of(len(curves), 'seed')}, {what} starts at "
            f"{mean[first]:.0f} %, is lowest with {mean[lowest]:.0f} % at "
            f"{short_steps(steps[lowest])} gradient steps and ends at {_ending(curves)}."
        )
    return sentences


def late_levels(
    frame: pd.DataFrame, what: str, unit: str = "", last_part: float = 0.25, digits: int = 0
) -> list[str]:
    """What a quantity is late in training, in one sentence a game that compares conditions.

    Args:
      frame: a tidy frame of `figures.curves.measures`.
      what: the name of the quantity.
      unit: of the values, for instance "%".
      last_part: share of the agent steps, counted from the end.
      digits: behind the decimal point.
    """
    sentences = []
    for game, part in frame.groupby("game", sort=False):
        levels = []
        for condition, runs in part.groupby("condition", sort=False):
            ending = _ending(curves_of(runs, steps="agent_step"), last_part, unit, digits)
            levels.append(f"{condition} {ending}")
        sentences.append(f"{game}, {what}: {', '.join(levels)}.")
    return sentences


def count_of(count: int, noun: str) -> str:
    """ "1 seed", "3 seeds"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def curves_of(
    frame: pd.DataFrame, column: str = "value", steps: str = "gradient_step"
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Steps and values of every run in a tidy frame."""
    return [
        (run[steps].to_numpy(), run[column].to_numpy(np.float64))
        for _, run in frame.groupby("run_id", sort=False)
    ]


def short_steps(steps: float) -> str:
    """9,000 as "9k" and 1,750,000 as "1.75M"."""
    scale, unit = (1e6, "M") if steps >= 1e6 else (1e3, "k") if steps >= 1e3 else (1, "")
    return f"{steps / scale:.3g}{unit}"


def _short_commit(run: Run) -> str:
    commit, dirty, _ = str(run.info.get("git_commit") or "unknown").partition("-dirty")
    return commit[:7] + dirty


def _ending(
    curves: list[tuple[np.ndarray, np.ndarray]],
    last_part: float = 0.1,
    unit: str = "%",
    digits: int = 0,
) -> str:
    late = [y[steps >= steps[-1] - last_part * (steps[-1] - steps[0])] for steps, y in curves]
    late = [y[np.isfinite(y)].mean() for y in late if np.isfinite(y).any()]
    if not late:
        return "no value"
    value, low, high = student_interval([late])
    if unit == "%":
        # A percentage outside 0 to 100 is impossible, whatever the t distribution says.
        low, high = np.clip([low, high], 0, 100)
    bounds = "" if np.isnan(low) else f" [{low:,.{digits}f}, {high:,.{digits}f}]"
    return f"{value:,.{digits}f}{unit and ' ' + unit}{bounds}"
