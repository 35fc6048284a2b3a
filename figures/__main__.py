"""Command line: `python -m figures fig5 --preset laptop --tau 0.025`, `... all`, `... claims`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import inspect
from pathlib import Path
import sys
from typing import Annotated, Any

import tyro

from figures import claims, fig2, fig5, fig9
from figures.data import Experiment, Store
from figures.errors import FigureError

FIGURES = {"fig2": fig2, "fig5": fig5, "fig9": fig9}
REFUSED = 2


@dataclass(frozen=True)
class Place:
    """Where to read and to write.

    Attributes:
        results: folder of all results; "results" came with the repository.
        preset: size of the runs: smoke, laptop or paper.
        output: folder for pictures and claims; by default beside the results.
    """

    results: Path = Path("local_results")
    preset: str = "laptop"
    output: Path | None = None

    @property
    def store(self) -> Store:
        return Store(self.results, self.preset)

    @property
    def folder(self) -> Path:
        return self.output or self.store.folder / "figures"


# Its options carry no prefix: --preset, not --place.preset.
Here = Annotated[Place, tyro.conf.arg(name="")]


def draw(name: str, place: Place, options: dict[str, Any]) -> None:
    """Draws one figure; prints where it is, what it shows and what follows for the claims."""
    picture = FIGURES[name].render(place.store, **options)
    png, pdf = picture.save(place.folder, name)
    print(f"{claims.figure_name(name)}: {png} and {pdf}")
    for sentence in picture.sentences:
        print(f"  {sentence}")
    judge(picture.experiment, place)


def draw_all(place: Here) -> None:
    """Draw every figure that the results hold runs for."""
    there = [name for name, figure in FIGURES.items() if figure.EXPERIMENT in place.store.names()]
    for name in there or FIGURES:
        draw(name, place, {})
        print()


def judge(experiment: Experiment, place: Place) -> None:
    """Prints and writes the verdicts on the claims of one experiment."""
    verdicts = [claims.evaluate(claim, experiment) for claim in experiment.claims]
    if verdicts:
        claims.write(verdicts, experiment.name, place.folder)
        print(claims.as_text(verdicts))


def judge_all(place: Here) -> None:
    """Judge the claims of every experiment that the results hold runs of."""
    make = {figure.EXPERIMENT: f"make {name}" for name, figure in FIGURES.items()}
    for name in place.store.names() or make:
        judge(place.store.experiment(name, make.get(name, "")), place)
    print(f"Tables: {place.folder}/claims-*.md and .parquet")


def _command(name: str) -> Callable[..., None]:
    """A function with the options of one figure, for tyro to read."""
    render = FIGURES[name].render
    own = list(inspect.signature(render).parameters.values())[1:]
    where = inspect.Parameter("place", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Here)

    def command(place: Place, **options: Any) -> None:
        draw(name, place, options)

    command.__doc__ = render.__doc__
    command.__signature__ = inspect.Signature([where, *own])
    command.__annotations__ = {p.name: p.annotation for p in (where, *own)}
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    commands = {name: _command(name) for name in FIGURES}
    commands |= {"all": draw_all, "claims": judge_all}
    try:
        tyro.extras.subcommand_cli_from_dict(
            commands, prog="python -m figures", description=__doc__, args=arguments
        )
    except FigureError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
