"""A page of panels, laid out in inches so that nothing can collide with anything.

From top to bottom: heading, legend, rows of panels, footer. Heading, legend and footer are
measured first and wrapped to the width; the page then becomes as high as they need.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import math
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from figures.drawing.style import INK, MUTED, styled

# Of the page, for so many columns; two columns are the text width of a paper.
_WIDTHS = {1: 4.8, 2: 6.75, 3: 8.3}
# Left of the axes is room for the y axis's labels, right of them for half a tick label.
_EDGE, _LEFT, _RIGHT, _GAP = 0.10, 0.72, 0.16, 0.30
# Between panels where a y axis has a label of its own.
_LABELLED_GAP = 0.72
_TITLE, _XLABEL = 0.30, 0.44
# Of axes for our runs and for published values below them.
_HEIGHT, _HEIGHT_BELOW = 2.05, 0.85


class Text(NamedTuple):
    """How running text is set: font size in points, distance of lines in inches."""

    size: float
    line: float
    weight: str
    colour: str


_HEADING = Text(10, 0.20, "bold", INK)
_FOOTER = Text(6.8, 0.128, "normal", MUTED)


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes:
      draw: fills them.
      ylabel: written where the panel to the left has another one.
      scale: panels of the same scale share the y axis, on the whole page; "" is the ylabel.
      bottom: where the y axis begins; None leaves it to the data.
      height: of the axes, in inches; a row is as high as its highest panel.
    """

    draw: Callable[[Axes], None]
    ylabel: str
    scale: str = ""
    bottom: float | None = 0.0
    height: float = _HEIGHT

    @property
    def axis(self) -> tuple[str, str]:
        """What the y axis says and which it is."""
        return self.ylabel, self.scale or self.ylabel


class Cell(NamedTuple):
    """A place in a figure: our panel and, where the published values need other axes, theirs."""

    panel: Panel
    below: Panel | None = None


@dataclass(frozen=True)
class Row:
    """One row of panels.

    Attributes:
      panels: None leaves the place empty.
      height: of the axes, in inches.
    """

    panels: Sequence[Panel | None]
    height: float


def rows_of(cells: Sequence[Sequence[Cell]]) -> list[Row]:
    """Rows of our panels, each with a lower row for the published ones where there are any."""
    rows = []
    for line in cells:
        rows.append(Row([c.panel for c in line], max(c.panel.height for c in line)))
        if any(cell.below for cell in line):
            rows.append(Row([cell.below for cell in line], _HEIGHT_BELOW))
    return rows


@dataclass(frozen=True)
class Page:
    """What goes on a page.

    Attributes:
      heading: bold, on top.
      rows: the panels.
      legend: (handle, label) pairs.
      footer: paragraphs of the caption.
    """

    heading: str
    rows: Sequence[Row]
    legend: Sequence[tuple[object, str]] = ()
    footer: Sequence[str] = ()

    def figure(self) -> Figure:
        """Draws everything."""
        with styled():
            return self._figure()

    def _figure(self) -> Figure:
        columns = max(len(row.panels) for row in self.rows)
        labelled = any(len({p.axis for p in row.panels if p}) > 1 for row in self.rows)
        gap = _LABELLED_GAP if labelled else _GAP
        width = _WIDTHS[min(columns, max(_WIDTHS))]
        figure = Figure(figsize=(width, 1))
        FigureCanvasAgg(figure)
        heading = _wrapped(figure, [self.heading], width, _HEADING)
        footer = _wrapped(figure, self.footer, width, _FOOTER)
        legend, legend_height = _legend(figure, self.legend, width)

        rows_height = sum(_TITLE + row.height + _XLABEL for row in self.rows)
        top = _EDGE + len(heading) * _HEADING.line + legend_height
        height = top + rows_height + _EDGE + len(footer) * _FOOTER.line + _EDGE
        figure.set_size_inches(width, height)

        _write(figure, heading, height - _EDGE, _HEADING)
        if legend is not None:
            corner = (_EDGE / width, (height - top + legend_height) / height)
            legend.set_bbox_to_anchor(corner, figure.transFigure)
        shared: dict[str, Axes] = {}
        for row in self.rows:
            _draw_row(figure, row, height - top - _TITLE, columns, gap, shared)
            top += _TITLE + row.height + _XLABEL
        # Only now, because a limit that is set stops following the data.
        for panel in (panel for row in self.rows for panel in row.panels if panel):
            if panel.bottom is not None:
                shared[panel.scale or panel.ylabel].set_ylim(bottom=panel.bottom)
        _write(figure, footer, height - top - _EDGE, _FOOTER)
        return figure


def _draw_row(
    figure: Figure, row: Row, top: float, columns: int, gap: float, shared: dict[str, Axes]
) -> None:
    """Adds the panels of a row whose axes begin `top` inches above the page's lower edge."""
    width, height = figure.get_size_inches()
    panel_width = (width - _LEFT - _RIGHT - (columns - 1) * gap) / columns
    label, axis = "", ("", "")
    for column, panel in enumerate(row.panels):
        if panel is None:
            continue
        left = _LEFT + column * (panel_width + gap)
        box = (left / width, (top - row.height) / height, panel_width / width, row.height / height)
        scale = panel.scale or panel.ylabel
        axes = figure.add_axes(box, sharey=shared.get(scale))
        shared.setdefault(scale, axes)
        axes.tick_params(labelleft=panel.axis != axis)
        if panel.ylabel != label:
            axes.set_ylabel(panel.ylabel)
        label, axis = panel.axis[0], panel.axis
        panel.draw(axes)


def _legend(
    figure: Figure, entries: Sequence[tuple[object, str]], width: float
) -> tuple[Legend | None, float]:
    """The legend in as few rows as fit on the page, and its height in inches."""
    for rows in range(1, len(entries) + 1):
        columns = math.ceil(len(entries) / rows)
        # Matplotlib fills columns; a reader goes along the rows.
        handles, labels = zip(
            *(entry for first in range(columns) for entry in entries[first::columns]), strict=True
        )
        legend = figure.legend(
            handles,
            labels,
            ncols=columns,
            loc="upper left",
            borderpad=0,
            borderaxespad=0,
            columnspacing=1.4,
            handlelength=1.8,
            handletextpad=0.5,
            labelspacing=0.35,
        )
        box = legend.get_window_extent(figure.canvas.get_renderer())
        if box.width / figure.dpi <= width - 2 * _EDGE or columns == 1:
            return legend, box.height / figure.dpi + 0.04
        legend.remove()
    return None, 0.0


def _wrapped(figure: Figure, paragraphs: Sequence[str], width: float, text: Text) -> list[str]:
    """The paragraphs in lines that fit on a page of `width` inches."""
    probe = figure.text(0, 0, "", size=text.size, weight=text.weight)
    lines = []
    for paragraph in paragraphs:
        line = ""
        for word in paragraph.split(" "):  # not at no-break spaces
            longer = f"{line} {word}" if line else word
            probe.set_text(longer)
            extent = probe.get_window_extent(figure.canvas.get_renderer())
            if line and extent.width / figure.dpi > width - 2 * _EDGE:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    probe.remove()
    return lines


def _write(figure: Figure, lines: Sequence[str], top: float, text: Text) -> None:
    """Writes lines downwards from `top` inches above the page's lower edge."""
    width, height = figure.get_size_inches()
    for number, line in enumerate(lines):
        place = (_EDGE / width, (top - number * text.line) / height)
        figure.text(*place, line, va="top", size=text.size, weight=text.weight, color=text.colour)
