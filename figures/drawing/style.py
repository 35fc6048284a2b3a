"""One visual language for every figure.

A condition has the same colour in all figures, and no other line of a panel has it; which one, the
index of the experiment says.
"""

from collections.abc import Container, Mapping

from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
import numpy as np

from figures.curves.divergence import diverged
from figures.reading.data import ExperimentResults
from figures.statistics.ranges import Band

BLUE, VERMILION = "#0072B2", "#D55E00"
INK, MUTED, FAINT, GRID = "#1f2328", "#59636e", "#8b949e", "#e4e8ec"
WARNING = "#b35900"

_APART = (0, (3, 1, 1, 1))
_UNFINISHED = (0, (4, 1.6))

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Text stays text in the PDF, so that it can be searched and set in another font.
    "pdf.fonttype": 42,
    # Names within an SVG follow from its contents, so that the same picture is the same file.
    "svg.hashsalt": "dormant neurons",
}


def styled():
    """Context in which figures are made and saved; leaves the user's own settings alone."""
    return rc_context(_RC)


def use() -> None:
    """Gives the style to everything drawn from now on, for notebooks."""
    rcParams.update(_RC)


def draw_band(
    axes: Axes, steps: np.ndarray, band: Band, shade: str, finished: bool = True, marker: str = ""
) -> None:
    """One condition: a level over runs with its band.

    Args:
      axes: where.
      steps: (points,).
      band: mean and interval, each (points,).
      shade: colour.
      finished: False draws the mean dashed, because runs are still to come.
      marker: of every point, "" for none.
    """
    axes.fill_between(steps, band.low, band.high, color=shade, alpha=0.16, lw=0, zorder=2)
    dashes = "-" if finished else _UNFINISHED
    axes.plot(steps, band.mean, color=shade, lw=1.8, ls=dashes, marker=marker, ms=3.5, zorder=4)


def draw_seeds(axes: Axes, steps: np.ndarray, seeds: np.ndarray, shade: str) -> None:
    """Single seeds, thin and behind their mean; (seeds, points), NaN where there is no value."""
    axes.plot(steps, seeds.T, color=shade, alpha=0.45, lw=0.6, zorder=2.5)


def draw_interval(
    axes: Axes, x: float, value: float, low: float, high: float, shade: str, hollow: bool = False
) -> None:
    """A point with its interval; hollow for published values."""
    face = "white" if hollow else shade
    if np.isfinite([low, high]).all():
        axes.plot([x, x], [low, high], color=shade, lw=1.4, zorder=4, solid_capstyle="butt")
    axes.plot([x], [value], marker="D", ms=5, mfc=face, mec=shade, mew=1.3, ls="", zorder=5)


def draw_published(
    axes: Axes, steps, y, low, high, shade: str = MUTED, apart: bool = False
) -> None:
    """The paper's curve: a thin line with its band, grey if alone, always behind ours.

    Where a single value of it is known, a hollow point.

    `apart` tells it from our curves in the same axes by dots where the colour cannot.
    """
    axes.fill_between(
        steps, low, high, color=shade, alpha=0.10 if apart else 0.16, lw=0, zorder=1.4
    )
    if len(steps) == 1:
        point = {"marker": "D", "ms": 5, "mfc": "white", "mec": shade, "mew": 1.3}
        axes.plot(steps, y, ls="", clip_on=False, zorder=5, **point)
    axes.plot(steps, y, color=shade, lw=1.0, ls=_APART if apart else "-", zorder=1.6)


def draw_connection(axes: Axes, x, y, shade: str) -> None:
    """A thin line between published points."""
    axes.plot(x, y, color=shade, lw=1.0, ls=_APART, zorder=3)


def draw_chance(axes: Axes, steps: np.ndarray, y: np.ndarray) -> None:
    """What pure chance would give: faint and dotted."""
    axes.plot(steps, y, color=FAINT, lw=1.2, ls=(0, (1, 1.6)), zorder=1.8)


def mark_trouble(axes: Axes, experiment: ExperimentResults) -> None:
    """A note in the title line of a panel whose runs are not all finished, or not all finite."""
    runs = len(experiment.runs)
    counts = {
        "unfinished": sum(not run.complete for run in experiment.runs),
        "diverged": len(diverged(experiment)),
    }
    note = ", ".join(f"{word}: {count} of {runs} runs" for word, count in counts.items() if count)
    if note:
        axes.set_title(note, loc="right", color=WARNING, fontsize=8, fontweight="normal")


def legend_entries(
    conditions: Mapping[str, str],
    chance: str = "",
    published: str = "",
    points: str = "",
    seeds: bool = True,
    banded: Container[str] | None = None,
) -> list[tuple[object, str]]:
    """Handle and label of everything that a picture with these parts shows.

    Args:
      conditions: drawn by `draw_band`, in the order of the legend: name -> colour.
      chance: label of what `draw_chance` drew, "" for nothing.
      published: label of what `draw_published` drew, "" for nothing.
      points: label of hollow points, "" for none.
      seeds: whether single seeds are drawn.
      banded: the conditions that have a band; None are all.
    """
    entries: list[tuple[object, str]] = []
    for name, shade in conditions.items():
        line, band = Line2D([], [], color=shade, lw=1.8), Patch(color=shade, alpha=0.16, lw=0)
        alone = banded is not None and name not in banded
        entries.append((line if alone else (band, line), name))
    shade = next(iter(conditions.values())) if len(conditions) == 1 else MUTED
    if seeds:
        entries.append((Line2D([], [], color=shade, alpha=0.6, lw=0.6), "single seeds"))
    if chance:
        dotted = Line2D([], [], color=FAINT, lw=1.2, ls=(0, (1, 1.6)))
        entries.append((dotted, chance))
    if published:
        dashes = _APART if len(conditions) > 1 else "-"
        entries.append((Line2D([], [], color=MUTED, lw=1.0, ls=dashes), published))
    if points:
        hollow = Line2D([], [], ls="", marker="D", ms=5, mfc="white", mec=MUTED, mew=1.3)
        entries.append((hollow, points))
    return entries
