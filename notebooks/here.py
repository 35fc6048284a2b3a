"""What the notebooks share: their store, their verdicts, and how their own plots look."""

from collections.abc import Sequence
import contextlib
import dataclasses
from dataclasses import dataclass
import io
from pathlib import Path
from typing import Any

from IPython.display import Image, Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator
import pandas as pd

from figures.claims import table
from figures.claims.verdict import corrected, evaluate
from figures.drawing import style
from figures.errors import FigureError, NoResultsError
from figures.names import order
from figures.reading.data import ExperimentResults, Results

ROOT = Path(__file__).resolve().parents[1]
GRADIENT_STEPS = "gradient steps"
# Of the notebooks' own plots, in inches.
_WIDTHS = {1: 6.0, 2: 9.0}

style.use()


@dataclass(frozen=True)
class Selection(Results):
    """A store that shows only some seeds.

    Attributes:
      root, preset: of the store.
      seeds: those shown; None shows all.
    """

    seeds: Sequence[int] | None = None

    def experiment(self, name: str, make: str = "") -> ExperimentResults:
        whole = super().experiment(name, make)
        if self.seeds is None:
            return whole
        runs = tuple(run for run in whole.runs if run.seed in self.seeds)
        if not any(run.started for run in runs):
            there = ", ".join(map(str, sorted({run.seed for run in whole.started})))
            raise FigureError(
                f"{self.label} has no run of {name!r} with a seed in {list(self.seeds)}; choose "
                f"among {there}."
            )
        table = whole.table[whole.table.seed.isin(self.seeds)]
        return dataclasses.replace(whole, runs=runs, table=table)


def open_store(results: str, preset: str, seeds: Sequence[int] | None = None) -> Results:
    """The store in a folder of the repository, wherever the notebook was started from."""
    return Selection(ROOT / results, preset, seeds)


def begun(store: Results) -> list[ExperimentResults]:
    """All experiments of a store that have logged anything."""
    found = []
    for name in store.names():
        with contextlib.suppress(NoResultsError):
            found.append(store.experiment(name))
    return found


def verdicts(*experiments: ExperimentResults, **settings: Any) -> Markdown:
    """The claims of experiments as judged by their runs, in one table by figure.

    Args:
      *experiments: the runs.
      **settings: take the place of a claim's own arguments of the same names, for instance
        tau. Only a claim's own arguments judge the paper; others explore.
    """
    judged = []
    for experiment in experiments:
        for claim in experiment.claims:
            own = claim["arguments"]
            changed = {name: value for name, value in settings.items() if name in own}
            judged.append(evaluate(claim | {"arguments": own | changed}, experiment))
    judged.sort(key=lambda verdict: order(verdict.figure))
    return Markdown(table.as_markdown(corrected(judged)))


def reached_by_all(
    experiment: ExperimentResults, frame: pd.DataFrame, steps: str = "agent_step"
) -> pd.DataFrame:
    """A frame up to where the shortest run ends, as figures draw it.

    Args:
      experiment: the runs.
      frame: from `figures.curves`.
      steps: the column that is cut.
    """
    return frame[frame[steps] <= experiment.shortest_plan(steps)]


def late_mean(frame: pd.DataFrame, last_part: float = 0.25) -> pd.Series:
    """Mean over seeds and the last part of the agent steps, by game and condition.

    Args:
      frame: from `figures.curves`.
      last_part: share of each run's agent steps, counted from the end.
    """
    end = frame.groupby("run_id").agent_step.transform("max")
    late = frame[(frame.agent_step > (1 - last_part) * end) | (frame.agent_step == end)]
    return late.groupby(["game", "condition"], sort=False).value.mean()


def side_by_side(
    titles: Sequence[str], xlabel: str, ylabel: str = "", height: float = 3.0
) -> tuple[Figure, list[Axes]]:
    """Panels in the style of the figures; to be shown by `show` when they are filled.

    Args:
      titles: one a panel, "" for none.
      xlabel: of all panels; steps are counted in thousands.
      ylabel: of all panels, which then have the same y axis; "" leaves each its own.
      height: in inches.
    """
    count = len(titles)
    figure = Figure(figsize=(_WIDTHS.get(count, 3.0 * count), height), layout="constrained")
    panels = figure.subplots(1, count, sharey=bool(ylabel), squeeze=False)[0].tolist()
    panels[0].set_ylabel(ylabel)
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title, loc="left")
        axes.set_xlabel(xlabel)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        if xlabel.endswith("steps"):
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    return figure, panels


def show(figure: Figure) -> Image:
    """The figure as a notebook displays it."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    return Image(stream.getvalue())
