"""What `python -m experiments` does besides training: each module is a command of its name.

A module of this folder has a function `command`, whose arguments and docstring are those of the
command line, and returns the exit status.
"""

from collections.abc import Callable
import importlib
import pkgutil


def names() -> list[str]:
    """All commands."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find(name: str) -> Callable[..., int]:
    """The function that is the command of that name."""
    return importlib.import_module(f"{__name__}.{name}").command
