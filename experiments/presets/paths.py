"""Fields of specifications by dotted paths, such as "agent.learning_rate"."""

from collections.abc import Mapping
import dataclasses
from typing import Any


def value_at(settings: Any, path: str) -> Any:
    """The value at a path in a specification; None if there is no such field."""
    for name in path.split("."):
        settings = getattr(settings, name, None)
    return settings


def replaced(settings: Any, values: Mapping[str, Any]) -> Any:
    """A specification with other values at some paths, all set at once.

    At once, because numbers that fit together may not do so one after the other.

    Args:
      settings: a frozen dataclass, whose fields may be others, or mappings.
      values: path -> value. A path into a value that is set as well changes a field of that one.

    Raises:
      AttributeError, TypeError: there is no such field.
    """
    found: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        name, _, rest = path.partition(".")
        if rest:
            inner.setdefault(name, {})[rest] = value
        else:
            found[name] = value
    for name, below in inner.items():
        part = found.get(name, getattr(settings, name))
        found[name] = part | below if isinstance(part, Mapping) else replaced(part, below)
    return dataclasses.replace(settings, **found)
