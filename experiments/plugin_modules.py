"""Which modules of a user's own are loaded, by all command lines alike; see docs/your-own.md."""

from collections.abc import Sequence
from importlib import metadata
import os
import sys

GROUP = "dormant_neurons"


def plugin_modules(named: Sequence[str]) -> tuple[str, ...]:
    """The plugins that are installed and those that are named, each once.

    Those in the present folder can be imported from now on.

    Args:
      named: as `--plugin` takes them.
    """
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    installed = [point.module for point in metadata.entry_points(group=GROUP)]
    return tuple(dict.fromkeys([*installed, *named]))
