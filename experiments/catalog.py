"""All experiments: every module of this folder that has an `EXPERIMENT` is found by itself.

What makes a figure or table of the paper is found by that name too ("fig5", "table6"), and so is
what answers a question of ours ("question_width").
"""

import importlib
import pkgutil
import re

from agents.errors import UserError
import experiments
from experiments.experiment import Experiment
from experiments.wording import did_you_mean

ALL, QUESTIONS = "all", "questions"
_OF_THE_PAPER = re.compile(r"(fig|table)(\d+)")

# Place of what is no figure or table of the paper, which is after all of them.
_OURS = (2, 0)

EXPERIMENTS: dict[str, Experiment] = {}


def add(experiment: Experiment) -> None:
    """Makes an experiment known.

    Raises:
      UserError: another one has its name.
    """
    if EXPERIMENTS.setdefault(experiment.name, experiment) is not experiment:
        raise UserError(f"There are two experiments of the name {experiment.name!r}; rename one.")


def find_experiments(word: str) -> list[Experiment]:
    """What a user means: an experiment, what makes a figure, or a group of them.

    Args:
      word: the name of an experiment or of a figure, "all" for everything in the paper, or
        "questions" for everything that answers a question of ours. "-" and "_" are the same.

    Raises:
      UserError: there is nothing of that name.
    """
    name = word.replace("-", "_")
    if name == ALL:
        return [experiment for experiment in EXPERIMENTS.values() if _numbers(experiment)]
    if name == QUESTIONS:
        ours = [experiment for experiment in EXPERIMENTS.values() if not _numbers(experiment)]
        if not ours:
            raise UserError("No experiment answers a question of our own yet.")
        return ours
    if name in EXPERIMENTS:
        return [EXPERIMENTS[name]]
    if not (makers := _makers(name)):
        raise UserError(_unknown(name))
    return makers


def made_by(name: str) -> list[str]:
    """Names of the experiments that make a figure; of anything else, the name itself."""
    return [experiment.name for experiment in _makers(name)] or [name]


def _makers(figure: str) -> list[Experiment]:
    return [experiment for experiment in EXPERIMENTS.values() if figure in experiment.figures]


def _unknown(name: str) -> str:
    figures = [figure for experiment in EXPERIMENTS.values() for figure in experiment.figures]
    if _OF_THE_PAPER.fullmatch(name):
        there = sorted(set(filter(_OF_THE_PAPER.fullmatch, figures)), key=_place_of_figure)
        return f"No experiment makes {name} yet; there are {', '.join(there)}."
    hint = did_you_mean(name, [*EXPERIMENTS, *figures, ALL, QUESTIONS])
    return (
        f"There is no experiment {name!r}{hint} `python -m experiments list` names them all; one "
        "of your own needs the module that has it, behind --plugin."
    )


def _find() -> list[Experiment]:
    names = {m.name for m in pkgutil.iter_modules(experiments.__path__) if not m.ispkg}
    modules = [
        importlib.import_module(f"{experiments.__name__}.{name}")
        # Importing a program would run it, and this module is being imported.
        for name in sorted(names - {"__main__", "catalog"})
    ]
    found = [module.EXPERIMENT for module in modules if hasattr(module, "EXPERIMENT")]
    return sorted(found, key=_place)


def _place(experiment: Experiment) -> tuple[tuple[int, int], str]:
    """In the order of the paper, by the last of its figures; then our questions by name."""
    return max(map(_place_of_figure, experiment.figures), default=_OURS), experiment.name


def _numbers(experiment: Experiment) -> list[int]:
    """Of the paper's figures and tables that an experiment makes."""
    found = map(_OF_THE_PAPER.fullmatch, experiment.figures)
    return [int(match[2]) for match in found if match]


def _place_of_figure(name: str) -> tuple[int, int]:
    """Figures by number, then tables, then everything else."""
    found = _OF_THE_PAPER.fullmatch(name)
    return (("fig", "table").index(found[1]), int(found[2])) if found else _OURS


for _experiment in _find():
    add(_experiment)
