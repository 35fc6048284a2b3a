"""What docs/questions.md says of our own questions: verdicts and pictures from shipped results.

The page is written by hand but for what stands between

    <!-- question:NAME:begin -->
    <!-- question:NAME:end -->

which `python -m figures questions` fills in for the figure question_NAME, so that no number on
the page can be another than the computed one. Pictures are copied beside the page, because its
site holds nothing from elsewhere.
"""

from collections.abc import Collection, Iterator, Sequence
import contextlib
import math
from pathlib import Path
import re
import shutil
from typing import NamedTuple

from experiments.wording import count_of
from figures.claims.table import interval_of
from figures.claims.verdict import CONTRADICTED, REPRODUCED, Verdict, judged
from figures.errors import FigureError, NoResultsError
from figures.gallery import heading
from figures.names import figures, target
from figures.reading.data import Results
from figures.writing import replace_file

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
# Runs that only prove that everything works say nothing.
_PRESETS = ("laptop", "desk", "paper")
_PLACE = re.compile(
    r"(?P<begin><!-- question:(?P<name>\w+):begin -->\n).*?"
    r"(?P<end><!-- question:(?P=name):end -->)",
    re.DOTALL,
)
_ANSWERS = {REPRODUCED: "Yes", CONTRADICTED: "No"}


def asked(text: str) -> list[str]:
    """The figures whose results a page has a place for, in its order."""
    return [f"question_{found['name']}" for found in _PLACE.finditer(text)]


def fill(text: str, results: Path) -> str:
    """The page with what was found in each of its places.

    Args:
      text: of the page.
      results: folder of all results.

    Raises:
      FigureError: a place names no figure, or a file is damaged.
    """
    tables = [_table(Results(results, preset)) for preset in _PRESETS]
    return _PLACE.sub(
        lambda found: found["begin"] + _found(f"question_{found['name']}", tables) + found["end"],
        text,
    )


def write(results: Path) -> list[Path]:
    """Fills the page and copies its pictures; returns what was written.

    Raises:
      FigureError: as `fill`; there is no such page, as in an installed package, or no results to
        fill it with; or the folder cannot be written.
    """
    if not PAGE.exists():
        raise FigureError(f"{PAGE} is not there; the page is filled in a clone of the repository.")
    if not any(Results(results, preset).names() for preset in _PRESETS):
        raise FigureError(
            f"{results} has no results of {', '.join(_PRESETS)}; the page stays as it is. Give the "
            "folder of some with --results."
        )
    text = fill(PAGE.read_text("utf-8"), results)
    replace_file(PAGE, lambda path: path.write_text(text, "utf-8"))
    written = [PAGE]
    for preset in _PRESETS:
        for figure in asked(text):
            source, copied = _picture(Results(results, preset), figure), _copy(preset, figure)
            if str(copied) in text:
                path = PAGE.parent / copied
                replace_file(path, lambda path, source=source: shutil.copyfile(source, path))
                written.append(path)
    return written


def _picture(store: Results, figure: str) -> Path:
    return store.folder / "figures" / f"{figure}.png"


def _copy(preset: str, figure: str) -> Path:
    """Of a picture, from the page."""
    return Path("pictures", preset, f"{figure}.png")


class _Table(NamedTuple):
    """What a store has results of, and all its verdicts, corrected for their number."""

    store: Results
    experiments: Collection[str]
    verdicts: Sequence[Verdict]


def _table(store: Results) -> _Table:
    experiments = {}
    for name in store.names():
        with contextlib.suppress(NoResultsError):
            experiments[name] = store.experiment(name)
    return _Table(store, experiments.keys(), judged(experiments.values()))


def _found(figure: str, tables: Sequence[_Table]) -> str:
    if figure not in figures():
        raise FigureError(f"There is no figure {figure!r}; mend the page or write its module.")
    experiment = figures()[figure].EXPERIMENT
    answers = [
        "".join(f"{line}\n" for line in _of_store(figure, table))
        for table in tables
        if experiment in table.experiments
    ]
    # A blank line ends the list of one preset before the picture of the next.
    return "\n".join(answers) or f"Not run yet: `{target(figure)}` trains, draws and judges it.\n"


def _of_store(figure: str, table: _Table) -> Iterator[str]:
    picture = _picture(table.store, figure)
    if picture.exists():
        # What this picture shows, which depends on what its runs recorded.
        _, shown = heading(picture.parent, figure)
        yield f"![{shown}]({_copy(table.store.preset, figure)})"
        yield ""
    for verdict in table.verdicts:
        if verdict.figure == figure:
            yield f"- {_sentence(verdict)}"


def _sentence(verdict: Verdict) -> str:
    threshold = "" if math.isnan(verdict.tau) else f" (τ = {verdict.tau:g})"
    answer = _ANSWERS.get(verdict.verdict, "Open")
    if verdict.corrected != verdict.verdict:
        answer += ", alone"
    found = "No estimate" if math.isnan(verdict.value) else interval_of(verdict)
    note = f"; {verdict.note}" if verdict.note else ""
    return (
        f"**{answer}.** {verdict.statement}{threshold} {found}; {verdict.reason}{note} "
        f"({verdict.preset}, {count_of(verdict.seeds, 'seed')} a game)."
    )
