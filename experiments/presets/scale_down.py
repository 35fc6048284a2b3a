"""What a run changes of the published one, for captions."""

from collections.abc import Iterator
import dataclasses
from typing import Any

from agents.fields import is_told, with_unit
from agents.identity import Spec


def scale_down(ours: Spec, papers: Spec) -> list[list[str]]:
    """What a run changes of the published one, as rows `[field, ours, paper's]` to print."""
    rows = {"gradient steps per run": [ours.total_gradient_steps, papers.total_gradient_steps]}
    if papers.total_agent_steps != papers.total_gradient_steps:
        steps = [ours.total_agent_steps, papers.total_agent_steps]
        rows = {"agent steps per run": steps} | rows
    published = {path: value for path, _, value in _leaves(papers)}
    for path, field, value in _leaves(ours):
        if is_told(field):
            rows[with_unit(field)] = [value, published.get(path)]
    return [[label, as_text(a), as_text(b)] for label, (a, b) in rows.items() if a != b]


def as_text(value: Any) -> str:
    """A value as captions and messages write it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _leaves(settings: Any, prefix: str = "") -> Iterator[tuple[str, dataclasses.Field, Any]]:
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        path = prefix + field.name
        if isinstance(value, Spec):
            # Of a run that another one learns from, what the other inherits.
            yield path, field, value.total_agent_steps
            yield from _leaves(value.task, "task.")
        elif dataclasses.is_dataclass(value):
            yield from _leaves(value, path + ".")
        else:
            yield path, field, value
