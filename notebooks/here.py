"""What every notebook starts with: its store, its verdicts, and what to say of runs to come."""

from collections.abc import Iterator, Sequence
import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.display import Markdown
import pandas as pd

from figures.claims import table
from figures.claims.verdict import corrected, evaluate
from figures.errors import FigureError, NoResultsError
from figures.names import order
from figures.reading.data import Experiment, Store

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Selection(Store):
    """A store that shows only some seeds.

    Attributes:
      root, preset: of the store.
      seeds: those shown; None shows all.
    """

    seeds: Sequence[int] | None = None

    def experiment(self, name: str, make: str = "") -> Experiment:
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


def open_store(results: str, preset: str, seeds: Sequence[int] | None = None) -> Store:
    """The store in a folder of the repository, wherever the notebook was started from."""
    return Selection(ROOT / results, preset, seeds)


@contextlib.contextmanager
def results_needed() -> Iterator[None]:
    """Where the results for a cell are still to be made, says which command makes them."""
    try:
        yield
    except NoResultsError as error:
        print(error)


def verdicts(*experiments: Experiment, **settings: Any) -> Markdown:
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


def late_mean(frame: pd.DataFrame, last_part: float = 0.25) -> pd.Series:
    """Mean over seeds and the last part of the agent steps, by game and condition.

    Args:
      frame: from `figures.curves`.
      last_part: share of each run's agent steps, counted from the end.
    """
    end = frame.groupby("run_id").agent_step.transform("max")
    late = frame[(frame.agent_step > (1 - last_part) * end) | (frame.agent_step == end)]
    return late.groupby(["game", "condition"], sort=False).value.mean()
