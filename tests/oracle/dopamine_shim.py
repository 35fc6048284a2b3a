"""Dopamine 4.1.2 for tests, which are skipped, or fail, where it is missing."""

import os
import types

import pytest

from benchmarks import dopamine_import
from benchmarks.dopamine_import import VERSION, installed_version

REQUIRE = "DORMANT_REQUIRE_ORACLE"


def require() -> None:
    """Skips the calling test module if Dopamine is missing; fails it if it must be there.

    `make test` installs Dopamine and sets `DORMANT_REQUIRE_ORACLE=1`: there, a comparison
    that silently did not run would be worse than none.
    """
    found = installed_version()
    if found == VERSION:
        return
    reason = f"The comparisons need dopamine-rl {VERSION}; found {found or 'none'}."
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{reason} Install it as `make test` does, or unset {REQUIRE}.", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def load(name: str) -> types.ModuleType:
    """The module `dopamine.<name>`, for instance `load("labs.redo.weight_recyclers")`."""
    require()
    return dopamine_import.load(name)
