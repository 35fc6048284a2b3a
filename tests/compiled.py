"""Pure functions as one program each, where a test would compile every operation by itself."""

from typing import NamedTuple, TypeVar

import jax

Functions = TypeVar("Functions", bound=NamedTuple)


def compiled(functions: Functions, *names: str) -> Functions:
    """Of an agent or a learner, those of these names compiled."""
    return functions._replace(**{name: jax.jit(getattr(functions, name)) for name in names})
