"""Panels of scores over all games: a curve over training, a bar a condition, a line over widths.

Published values stand behind or beside ours where the axes are comparable, otherwise in a panel
of their own below.
"""

from collections.abc import Mapping, Sequence
import math
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from figures.curves.levels import LAST
from figures.curves.scores import FIRST_PUBLISHED, PUBLISHED_PANEL, Scores
from figures.drawing import captions, random_play, style
from figures.drawing.clocks import frames
from figures.drawing.curve_panels import COMPARABLE, curve_picture, return_of
from figures.drawing.layout import Cell, Panel
from figures.drawing.picture import Picture
from figures.reading import published
from figures.statistics.student import Interval

# Doublings between the points of two lines.
_BETWEEN_LINES = 0.07
_YLABEL = "IQM score (random 0, human 1)"


class Mark(NamedTuple):
    """A score with its interval.

    Attributes:
      x: where.
      name: condition or line.
      shade: its colour.
      level: the score.
      point: colour of the point, if another one than the line's.
    """

    x: float
    name: str
    shade: str
    level: Interval
    point: str = ""


def curve_cell(scores: Scores) -> Cell:
    """The IQM of every condition over frames."""
    conditions = scores.conditions
    theirs = {name: scores.theirs(name) for name in conditions}
    published_end = max((c.x.max() for c in theirs.values() if len(c)), default=0)
    clock = frames(scores.experiment)
    end = scores.experiment.shortest_plan(clock.column) * clock.per_step
    behind = published_end <= COMPARABLE * end

    def draw_theirs(axes: Axes, unit: float) -> None:
        for name, curve in theirs.items():
            edges = curve.x / unit, curve.y, curve.y_low, curve.y_high
            style.draw_published(axes, *edges, scores.experiment.colour(name), apart=behind)

    def draw(axes: Axes) -> None:
        unit = clock.axis(axes, max(end, published_end if behind else 0))
        if behind:
            draw_theirs(axes, unit)
        for name in conditions:
            steps, band = scores.curve(name)
            finished = all(run.complete for run in scores.experiment.select(condition=name).runs)
            x = steps * clock.per_step / unit
            style.draw_band(axes, x, band, scores.experiment.colour(name), finished, marker="o")
        _title(scores, axes)

    def draw_below(axes: Axes) -> None:
        _title_below(scores, axes)
        draw_theirs(axes, clock.axis(axes, published_end))

    below = Panel(draw_below, "IQM", "published IQM", bottom=None)
    return Cell(Panel(draw, _YLABEL, bottom=None), None if behind else below)


def bars_cell(scores: Scores) -> Cell:
    """The IQM of every condition at the end, one bar each."""
    names = scores.conditions
    places = [(x, name, scores.experiment.colour(name)) for x, name in enumerate(names)]
    ours = [Mark(*place, scores.levels[place[1]]) for place in places]
    theirs = [Mark(*place, level) for place in places for _, level in scores.points(place[1])]
    labels = [name.replace("+", "\n+").replace(", ", ",\n") for name in names]
    return _marks_cell(scores, ours, theirs, dict(enumerate(labels)))


def lines_cell(
    scores: Scores,
    lines: Mapping[str, Mapping[str, float]],
    shades: Mapping[str, str],
    label: str,
    own_colours: bool = False,
) -> Cell:
    """The IQM at the end over a number that the conditions differ in.

    Args:
      scores: of all conditions.
      lines: name of a line, which is the paper's -> condition -> number. Equal distances are
        doublings.
      shades: name of a line -> its colour.
      label: of the x axis.
      own_colours: whether our points have the colours of their conditions, as a panel beside
        this one has them.
    """

    def point(condition: str) -> str:
        return scores.experiment.colour(condition) if own_colours else ""

    ours = [
        Mark(math.log2(number), line, shades[line], scores.levels[name], point(name))
        for line, numbers in lines.items()
        for name, number in numbers.items()
        if name in scores.levels
    ]
    theirs = [
        Mark(math.log2(x), line, shades[line], level)
        for line in lines
        for x, level in scores.points(line)
    ]
    # Published ones too, of which a preset may train a part only.
    numbers = {number for line in lines.values() for number in line.values()}
    numbers = sorted(numbers | {x for line in lines for x, _ in scores.points(line)})
    ticks = {math.log2(number): f"{number:g}" for number in numbers}
    return _marks_cell(scores, ours, theirs, ticks, label)


def _marks_cell(
    scores: Scores,
    ours: Sequence[Mark],
    theirs: Sequence[Mark],
    ticks: Mapping[float, str],
    label: str = "",
) -> Cell:
    """Bars over named ticks or, if the x axis has a label, lines over numbers."""
    together = bool(theirs) and _top(theirs) <= COMPARABLE * _top(ours)
    aside = (0.06 if label else 0.18) * together
    if label:
        # Beside each other, so that no interval hides another one.
        ours, theirs = _apart(ours), _apart(theirs)

    def prepare(axes: Axes) -> None:
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.set_xlim(min(ticks, default=0) - 0.6, max(ticks, default=0) + 0.6)
        axes.tick_params(axis="x", length=0)
        axes.set_xlabel(label)

    def draw(axes: Axes) -> None:
        prepare(axes)
        _draw_marks(axes, [mark._replace(x=mark.x - aside) for mark in ours], bool(label))
        if together:
            _draw_published(axes, [mark._replace(x=mark.x + aside) for mark in theirs], bool(label))
        _title(scores, axes)

    def draw_below(axes: Axes) -> None:
        prepare(axes)
        _draw_published(axes, theirs, bool(label))
        _title_below(scores, axes)

    lost = any(mark.level.value < 0 or mark.level.low < 0 for mark in ours)
    below = Panel(draw_below, "IQM", "published IQM") if theirs and not together else None
    return Cell(Panel(draw, _YLABEL, bottom=None if lost else 0.0), below)


def beside(cell: Cell, scores: Scores, names: Sequence[str]) -> str:
    """The legend's words for published points, "" where a cell shows none beside ours."""
    there = any(scores.points(name) for name in names)
    return _source(scores) if there and cell.below is None else ""


def published_behind(cell: Cell, scores: Scores) -> str:
    """The legend's words for the paper's curves, "" where they have axes of their own."""
    return _source(scores) if cell.below is None else ""


def returns_instead(scores: Scores, heading: str) -> Picture:
    """What a figure of scores shows where no game counts for them: returns, and why."""
    remark = f"{captions.left_out(scores)} Instead of scores: returns in points of the game."
    returns = return_of(scores.experiment, scores.figure)
    sentences = captions.late_levels(returns.shown, "last evaluation return", last_part=LAST)
    return curve_picture([returns], heading, [remark], sentences)


def _source(scores: Scores) -> str:
    """How a picture names the published values."""
    return published.source(scores.figure, scores.panel)


def _draw_marks(axes: Axes, marks: Sequence[Mark], connected: bool) -> None:
    for line in _lines(marks):
        shade = line[0].shade
        if connected:
            y = [mark.level.value for mark in line]
            axes.plot([mark.x for mark in line], y, color=shade, lw=1.8, zorder=3)
        for mark in line:
            if not connected:
                axes.bar(mark.x, mark.level.value, width=0.34, color=shade, alpha=0.35, zorder=2)
            style.draw_interval(axes, mark.x, *mark.level, mark.point or shade)


def _draw_published(axes: Axes, marks: Sequence[Mark], connected: bool) -> None:
    for line in _lines(marks):
        shade = line[0].shade
        if connected:
            y = [mark.level.value for mark in line]
            style.draw_connection(axes, [mark.x for mark in line], y, shade)
        for mark in line:
            style.draw_interval(axes, mark.x, *mark.level, shade, hollow=True)


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """The marks of several lines over the same numbers, those of each line a little aside."""
    lines = _lines(marks)
    middle = (len(lines) - 1) / 2
    return [
        mark._replace(x=mark.x + _BETWEEN_LINES * (place - middle))
        for place, line in enumerate(lines)
        for mark in line
    ]


def _lines(marks: Sequence[Mark]) -> list[list[Mark]]:
    """The marks of each name."""
    lines: dict[str, list[Mark]] = {}
    for mark in marks:
        lines.setdefault(mark.name, []).append(mark)
    return list(lines.values())


def _top(marks: Sequence[Mark]) -> float:
    """The highest value or bound, 0 at the least."""
    tops = (bound for mark in marks for bound in mark.level if math.isfinite(bound))
    return max(tops, default=0.0)


def _title(scores: Scores, axes: Axes) -> None:
    games = scores.games
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    name = games[0] if len(games) == 1 else f"{len(games)} games"
    # Where a figure has several panels of scores, by the name of each.
    name = name if scores.panel == PUBLISHED_PANEL else f"{scores.panel}, {name}"
    axes.set_title(name, loc="left")
    style.mark_trouble(axes, scores.experiment)
    if all(level.value < FIRST_PUBLISHED for level in scores.levels.values()):
        random_play.say(axes)


def _title_below(scores: Scores, axes: Axes) -> None:
    axes.set_title(_source(scores), loc="left", size=8, weight="normal", color=style.MUTED)
    axes.yaxis.set_major_locator(MaxNLocator(3))
