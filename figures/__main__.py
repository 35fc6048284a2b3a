"""Command line: `python -m figures fig5 --preset laptop --tau 0.025`, or all, claims, report.

A figure of your own comes from `--plugin MODULE ...`, behind its name.
"""

from experiments.interrupts import end_with_a_word

if __name__ == "__main__":
    end_with_a_word()

import argparse
from collections.abc import Callable, Iterator, Sequence
import contextlib
from dataclasses import dataclass
import inspect
from pathlib import Path
import sys
from typing import Annotated, Any

import tyro

from experiments.arguments import WrongArgumentsError, check_preset, read
from experiments.output import REFUSED, guarded
from figures import gallery, questions, report
from figures.claims import resemblance, summary, table
from figures.claims.verdict import evaluate, judged
from figures.errors import FigureError, NoResultsError
from figures.names import figure_name, figures, find, load, target
from figures.reading.data import Results

_PROGRAM = "python -m figures"


@dataclass(frozen=True)
class Place:
    """Where to read and to write.

    Attributes:
        results: folder of all results; "results" came with the repository.
        preset: size of the runs: smoke, laptop, desk or paper.
        output: folder for pictures and claims; by default beside the results.
    """

    results: Path = Path("local_results")
    preset: str = "laptop"
    output: Path | None = None

    @property
    def store(self) -> Results:
        check_preset(self.results, self.preset)
        return Results(self.results, self.preset)

    @property
    def folder(self) -> Path:
        return self.output or self.store.folder / "figures"


# Its options carry no prefix: --preset, not --place.preset.
Here = Annotated[Place, tyro.conf.arg(name="")]


def draw(name: str, place: Place, options: dict[str, Any]) -> None:
    """Draws one figure; prints where it is, what it shows and what follows for its claims."""
    picture = figures()[name].render(place.store, **options)
    paths = picture.save(place.folder, name)
    print(f"{figure_name(name)}: {paths[0]} (and {', '.join(p.suffix for p in paths[1:])})")
    for sentence in picture.sentences:
        print(f"  {sentence}")
    stated = [claim for claim in picture.experiment.claims if claim.get("figure") == name]
    if stated:
        print(table.as_text([evaluate(claim, picture.experiment) for claim in stated]))


def draw_all(place: Here) -> None:
    """Draw every figure that the results hold runs for."""
    stored = _names(place.store)
    there = [name for name, figure in figures().items() if figure.EXPERIMENT in stored]
    for name in there or figures():
        with _results_to_come(bool(there)):
            draw(name, place, {})
            print()
    print("Gallery:", gallery.write(place.folder))


def judge_all(place: Here) -> None:
    """Judge the claims of every experiment that the results hold runs of, in one table.

    Beside it: how far the shape of every curve is the published one's.
    """
    make = {figure.EXPERIMENT: target(name) for name, figure in figures().items()}
    there = _names(place.store)
    experiments = []
    for name in there or make:
        with _results_to_come(bool(there)):
            experiments.append(place.store.experiment(name, make.get(name, "")))
    if not experiments:
        folder = place.store.folder
        raise NoResultsError(f"{folder} has nothing to judge yet; older tables stay as they are.")
    verdicts = judged(experiments)
    curves = [row for each in experiments for row in resemblance.compare(each)]
    print(table.as_text(verdicts))
    written = table.write(verdicts, place.folder) + resemblance.write(curves, place.folder)
    print("Tables:", *written, summary.write(verdicts, place.folder))


def write_report(place: Here) -> None:
    """Write one page with all claims and figures, the published ones beside them."""
    _names(place.store)
    print("Report:", report.write(report.collect(place.store), place.folder))


def answer_questions(results: Path = Path("results")) -> None:
    """Fill docs/questions.md with what results say of our questions.

    Reads the presets laptop, desk and paper, as far as there are results of them.

    Args:
        results: folder of all results; by default those that came with the repository.
    """
    print("Written:", *questions.write(results))


def _names(store: Results) -> list[str]:
    """The experiments of a store; what lies beside their indexes is said and passed over."""
    for error in store.foreign().values():
        print(error)
    return store.names()


@contextlib.contextmanager
def _results_to_come(expected: bool) -> Iterator[None]:
    """Where they are expected, results that are still to be made are said and passed over."""
    try:
        yield
    except NoResultsError as error:
        if not expected:
            raise
        print(error)


def _command(name: str) -> Callable[..., None]:
    """A function with the options of one figure, for tyro to read."""
    render = figures()[name].render
    own = list(inspect.signature(render).parameters.values())[1:]
    where = inspect.Parameter("place", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Here)

    def command(place: Place, **options: Any) -> None:
        draw(name, place, options)

    command.__doc__ = render.__doc__
    command.__signature__ = inspect.Signature([where, *own])
    command.__annotations__ = {p.name: p.annotation for p in (where, *own)}
    return command


def _plugins(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The modules named by --plugin, before it is known which figures there are; and the rest."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--plugin", action="extend", nargs="*")
    found, rest = parser.parse_known_args(arguments)
    if found.plugin is None:
        return [], rest
    if not found.plugin:
        raise FigureError("--plugin wants the names of modules of yours, with a figure in them.")
    return found.plugin, rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    try:
        plugins, arguments = _plugins(sys.argv[1:] if arguments is None else arguments)
        load(plugins)
        commands = {name: _command(name) for name in figures()}
        commands |= {"all": draw_all, "claims": judge_all, "report": write_report}
        commands |= {"questions": answer_questions}
        if arguments and not arguments[0].startswith("-"):
            name = find(arguments[0], commands)
            read(commands[name], arguments[1:], f"{_PROGRAM} {name}")()
        elif {"-h", "--help"} & set(arguments):
            tyro.extras.subcommand_cli_from_dict(
                commands, prog=_PROGRAM, description=__doc__, args=["--help"]
            )
        else:
            raise FigureError(f"Name a figure first, or all; `{_PROGRAM} --help` lists them.")
    except (FigureError, WrongArgumentsError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
