"""The figures that this package holds, found by looking, and how a reader calls them.

Whatever module of this folder has a function `render` is a figure: `fig5.py` is the paper's
Figure 5, `table2.py` its Table 2, and any other name a question of ours.
"""

from collections.abc import Collection, Sequence
import functools
import importlib
import pkgutil
import re
import sys
from types import ModuleType

from experiments.plugin_modules import plugin_modules
from experiments.wording import did_you_mean
import figures as package
from figures.errors import FigureError

_OF_THE_PAPER = re.compile(r"(fig|table)(\d+)")

_PLUGINS: list[str] = []


def load(plugins: Sequence[str]) -> None:
    """Imports figures of a user's own; see docs/your-own.md.

    Raises:
      FigureError: a module is not there, or ends in an error.
    """
    for name in plugin_modules(plugins):
        try:
            importlib.import_module(name)
        except Exception as error:
            raise FigureError(
                f"The plugin {name} cannot be imported ({type(error).__name__}: {error}); "
                "--plugin takes what `import` would, from the present folder or installed, and "
                "stands behind the figure's name."
            ) from error
        _PLUGINS.append(name)
    figures.cache_clear()


@functools.cache
def figures() -> dict[str, ModuleType]:
    """Name -> module, in the order of the paper, ours after them."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg and not module.name.startswith("_"):
            imported = importlib.import_module(f"figures.{module.name}")
            if hasattr(imported, "render"):
                found[module.name] = imported
    for plugin in _PLUGINS:
        if hasattr(sys.modules[plugin], "render"):
            found[plugin.rpartition(".")[2]] = sys.modules[plugin]
    return {name: found[name] for name in sorted(found, key=order)}


def find(word: str, names: Collection[str]) -> str:
    """Which of some names of figures and commands a user means; "-" and "_" are the same.

    Raises:
      FigureError: none of them.
    """
    name = word.replace("-", "_")
    if name in names:
        return name
    if _OF_THE_PAPER.fullmatch(name):
        there = ", ".join(filter(_OF_THE_PAPER.fullmatch, names))
        raise FigureError(f"There is no {name} yet; there are {there}.")
    hint = did_you_mean(name, list(names))
    raise FigureError(f"There is no figure {word!r}{hint} `python -m figures --help` lists all.")


def order(figure: str) -> tuple[bool, str, int, str]:
    """Sorts names of figures as `figures` does."""
    found = _OF_THE_PAPER.fullmatch(figure)
    return (False, found[1], int(found[2]), "") if found else (True, "", 0, figure)


def is_question(figure: str) -> bool:
    """Whether a figure goes beyond the paper: a question of ours, or a user's own."""
    return not _OF_THE_PAPER.fullmatch(figure)


def target(figure: str) -> str:
    """What `make` calls a figure, for error messages: "make fig5", "make question-width"."""
    return f"make {figure.replace('_', '-')}"


def figure_name(figure: str, long: bool = False) -> str:
    """ "fig5" as a reader calls it: "Fig. 5", or "Figure 5"."""
    found = _OF_THE_PAPER.fullmatch(figure)
    if not found:
        return figure.replace("_", " ").capitalize()
    kind = {"fig": "Figure" if long else "Fig.", "table": "Table"}[found[1]]
    return f"{kind} {found[2]}"
