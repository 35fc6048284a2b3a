"""Fields of a specification that decide nothing, because of what its other fields are.

A run of other numbers has another id, also where these numbers play no part: it would be trained
again, to the same end. Whoever changes a field can be told so. Each type of settings says in
`idle` which of its fields these are and what decides instead.
"""

from collections.abc import Collection
import dataclasses
from typing import Any

from agents.identity import Settings


def idle_fields(settings: Settings) -> dict[str, str]:
    """Dotted path of every field that decides nothing -> what decides instead, in words."""
    found = dict(settings.idle)
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Settings):
            found |= {f"{field.name}.{path}": why for path, why in idle_fields(value).items()}
    return found


def effective(settings: Any, idle: Collection[str] = ()) -> Any:
    """The settings with all idle fields at their defaults: where these are equal, training is.

    Args:
      settings: a specification, or a part of one.
      idle: paths that decide nothing for what this is a part of.
    """
    idle, changes = {*idle, *settings.idle}, {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if field.name in idle:
            changes[field.name] = field.default
        elif isinstance(value, Settings):
            prefix = f"{field.name}."
            inner = [path.removeprefix(prefix) for path in idle if path.startswith(prefix)]
            changes[field.name] = effective(value, inner)
    return dataclasses.replace(settings, **changes)
