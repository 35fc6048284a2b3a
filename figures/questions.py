"""What docs/questions.md says of our own questions: verdicts and pictures from shipped results.

The page is written by hand but for what stands between

    <!-- question:NAME:begin -->
    <!-- question:NAME:end -->

which `python -m figures questions` fills in for the figure question_NAME, so that no number on
the page can be another than the computed one. Pictures are copied beside the page, because its
site holds nothing from elsewhere.
"""

from collections.abc import Iterator
import math
from pathlib import Path
import re
import shutil

from experiments.wording import count_of
from figures.claims.table import interval_of
from figures.claims.verdict import CONTRADICTED, REPRODUCED, Verdict, evaluate
from figures.errors import FigureError
from figures.gallery import heading
from figures.names import figures, target
from figures.reading.data import ExperimentResults, Results
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
    return _PLACE.sub(
        lambda found: found["begin"] + _found(f"question_{found['name']}", results) + found["end"],
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


def _found(figure: str, results: Path) -> str:
    if figure not in figures():
        raise FigureError(f"There is no figure {figure!r}; mend the page or write its module.")
    experiment = figures()[figure].EXPERIMENT
    stores = [Results(results, preset) for preset in _PRESETS]
    answers = [
        "".join(
            f"{line}\n"
            for line in _of_store(figure, store.experiment(experiment, target(figure)), store)
        )
        for store in stores
        if store.index(experiment).exists()
    ]
    # A blank line ends the list of one preset before the picture of the next.
    return "\n".join(answers) or f"Not run yet: `{target(figure)}` trains, draws and judges it.\n"


def _of_store(figure: str, experiment: ExperimentResults, store: Results) -> Iterator[str]:
    picture = _picture(store, figure)
    if picture.exists():
        # What this picture shows, which depends on what its runs recorded.
        _, shown = heading(picture.parent, figure)
        yield f"![{shown[:1].upper()}{shown[1:]}]({_copy(store.preset, figure)})"
        yield ""
    for claim in experiment.claims:
        if claim["figure"] == figure:
            yield f"- {_sentence(evaluate(claim, experiment))}"


def _sentence(verdict: Verdict) -> str:
    threshold = "" if math.isnan(verdict.tau) else f" (τ = {verdict.tau:g})"
    answer = _ANSWERS.get(verdict.verdict, "Open")
    found = "No estimate" if math.isnan(verdict.value) else interval_of(verdict)
    note = f"; {verdict.note}" if verdict.note else ""
    return (
        f"**{answer}.** {verdict.statement}{threshold} {found}; {verdict.reason}{note} "
        f"({verdict.preset}, {count_of(verdict.seeds, 'seed')} a game)."
    )
