"""Modules of a user's own: a network, an intervention, an experiment, a figure.

A plugin is an importable module, named with `--plugin` or by an entry point of the group
`dormant_neurons`. Importing it registers what it brings: specifications by being defined
(`agents.identity.Settings`), networks and interventions in their registries, an experiment by
being called `EXPERIMENT`. See docs/your-own.md.
"""

from collections.abc import Sequence
import importlib
from types import ModuleType

from agents.errors import UserError
from experiments.catalog import add
from experiments.experiment import Experiment
from experiments.plugin_modules import plugin_modules


def load(names: Sequence[str]) -> tuple[str, ...]:
    """Imports plugins, and those that are installed.

    Args:
      names: of modules; those in the present folder can be imported too.

    Returns:
      The names of all that were imported, for other processes.

    Raises:
      UserError: a module is not there, or ends in an error.
    """
    found = plugin_modules(names)
    for name in found:
        experiment = getattr(_imported(name), "EXPERIMENT", None)
        if isinstance(experiment, Experiment):
            add(experiment)
    return found


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise UserError(f"The plugin {name} needs {error.name}, which is missing.") from error
        raise UserError(
            f"There is no module {name!r}; --plugin takes what `import` would, from the present "
            "folder or installed."
        ) from error
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"The plugin {name} cannot be imported ({type(error).__name__}: {error})."
        ) from error
