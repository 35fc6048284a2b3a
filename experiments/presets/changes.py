"""Any number of a preset from the command line; what results is another preset.

A *setting* is a dotted path to a field of the preset's specifications:

    agent.learning_rate           of every specification of the preset that has it, but SAC's
    offline.agent.learning_rate   of that of Figure 4 alone; likewise atari, drq, distillation
                                  and classification
    control.agent.learning_rate   of SAC, whose numbers mean other things and are always named so
    intervention.tau              of whatever an experiment does to its networks
    reset_period_gradient_steps   a number of the preset itself

An experiment states its conditions relative to the preset's runs, so that a setting holds for
the runs that others learn from as well. A changed length, `schedule.iterations`, holds for
every online run: the preset's shorter lengths for some figures are given up.
"""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import difflib
import re
import typing
from typing import Any

from agents.errors import UserError
from agents.fields import label_of, out_of_bounds, unit_of
from agents.identity import Spec
from agents.spec import InterventionSpec
from experiments.presets.paths import replaced
from experiments.presets.preset import Change, Preset
from experiments.presets.values import in_words, read_value, write_value

_INTERVENTION, _CONTROL = "intervention", "control"
_LENGTHS = (
    "comparison_iterations",
    "sweep_iterations",
    "high_replay_iterations",
    "score_sweep_iterations",
)
# Chosen elsewhere: path, or its last name -> what a user is told.
_ELSEWHERE = {
    "game": "choose games with --games",
    "seed": "choose seeds with --seeds",
    "seed_count": "choose seeds with --seeds",
    "version": "it says which code trains",
    f"{_CONTROL}.task.version": "the tasks are those of version 5 alone",
    f"{_INTERVENTION}.kind": "the conditions of an experiment decide it",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,=+-]{0,99}")


@dataclasses.dataclass(frozen=True)
class _Target:
    """A field that a setting stands for.

    Attributes:
      path: from the preset to it.
      field: it.
      hint: its type.
      value: its value in the preset; None for interventions, which experiments make.
    """

    path: str
    field: dataclasses.Field
    hint: Any
    value: Any


def changed(base: Preset, texts: Sequence[str], name: str = "") -> Preset:
    """The preset with some settings changed.

    Args:
      base: the preset.
      texts: for instance "agent.learning_rate=3e-4"; the last of equal paths counts.
      name: of the new preset; by default it tells the changes.

    Raises:
      UserError: there is no such setting, a value is not of its type, or the name will not do.
    """
    if not texts:
        return base
    changes = {change.path: change for change in base.changes}
    known, values = _targets(base), {}
    for text in texts:
        path, value, targets = _parse(text, known)
        before = changes.pop(path, None)
        was = before.was if before else _was(targets)
        # Behind all others, as it is set after them: of two that overlap, the last one counts.
        changes[path] = Change(path, write_value(value), was, label_of(targets[0].field))
        values |= {target.path: value for target in targets}
    if "atari.schedule.iterations" in values:
        values |= {length: None for length in _LENGTHS if length not in changes}
    preset = replaced(base, values)
    name = name or ",".join([base.name, *texts])
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot be the name of a preset; give it a short one of letters and digits "
            "with --name."
        )
    return dataclasses.replace(
        preset,
        name=name,
        purpose=f"{base.based_on or base.name} with other settings",
        based_on=base.based_on or base.name,
        changes=tuple(changes.values()),
    )


def parse(base: Preset, text: str) -> tuple[str, Any]:
    """Path and value of a setting such as "agent.learning_rate=3e-4".

    Raises:
      UserError: as in `changed`.
    """
    path, value, _ = _parse(text, _targets(base))
    return path, value


def settings(preset: Preset) -> list[tuple[str, str, str]]:
    """Every setting of a preset: path, value and unit, for people to read."""
    return [
        (path, _was(targets), unit_of(targets[0].field))
        for path, targets in _targets(preset).items()
        if not _elsewhere(path)
    ]


def _targets(preset: Preset) -> dict[str, list[_Target]]:
    """Setting -> the fields that it stands for."""
    found: dict[str, list[_Target]] = {}
    hints = typing.get_type_hints(Preset)
    for field in dataclasses.fields(Preset):
        value = getattr(preset, field.name)
        if isinstance(value, Spec):
            for target in _leaves(value, field.name):
                if field.name != _CONTROL:
                    found.setdefault(target.path.partition(".")[2], []).append(target)
                found[target.path] = [target]
        elif isinstance(value, int | float | tuple) and field.name != "changes":
            target = _Target(field.name, field, hints[field.name], value)
            found.setdefault(field.name, []).append(target)
        elif field.name in _LENGTHS:
            found[field.name] = [_Target(field.name, field, hints[field.name], value)]
    hints = typing.get_type_hints(InterventionSpec)
    for field in dataclasses.fields(InterventionSpec):
        path = f"{_INTERVENTION}.{field.name}"
        found[path] = [_Target(path, field, hints[field.name], None)]
    return found


def _leaves(settings: Any, path: str) -> Iterator[_Target]:
    hints = typing.get_type_hints(type(settings))
    for field in dataclasses.fields(settings):
        value, here = getattr(settings, field.name), f"{path}.{field.name}"
        # Experiments choose what is done to networks, and which runs others learn from.
        if isinstance(value, Spec) or field.name == _INTERVENTION:
            continue
        if dataclasses.is_dataclass(value):
            yield from _leaves(value, here)
        else:
            yield _Target(here, field, hints[field.name], value)


def _find(path: str, known: Mapping[str, list[_Target]]) -> list[_Target]:
    if path in known or path in _ELSEWHERE:
        reason = _elsewhere(path)
        if reason:
            raise UserError(f"{path} is not set with --set: {reason}.")
        return known[path]
    last = path.rpartition(".")[2]
    same = [name for name in known if name.rpartition(".")[2] == last]
    near = same or difflib.get_close_matches(path, known, 3)
    hint = f"; did you mean {' or '.join(near[:3])}?" if near else "."
    raise UserError(
        f"There is no setting {path!r}{hint} `python -m experiments settings` lists them."
    )


def _elsewhere(path: str) -> str | None:
    return _ELSEWHERE.get(path) or _ELSEWHERE.get(path.rpartition(".")[2])


def _was(targets: Sequence[_Target]) -> str:
    values = dict.fromkeys(write_value(target.value) for target in targets)
    is_made_later = targets[0].path.startswith(f"{_INTERVENTION}.")
    return "the experiment's" if is_made_later else " or ".join(values)


def _parse(text: str, known: Mapping[str, list[_Target]]) -> tuple[str, Any, list[_Target]]:
    path, separator, value = text.partition("=")
    if not separator:
        raise UserError(
            f"--set takes NAME=VALUE, for instance intervention.tau=0.1, and not {text!r}."
        )
    targets = _find(path, known)
    try:
        parsed = read_value(value.strip(), targets[0].hint)
    except (ValueError, OverflowError):
        wanted = in_words(targets[0].hint)
        unit = unit_of(targets[0].field)
        of = f" of {unit}" if unit and "number" in wanted else ""
        raise UserError(f"{path} takes {wanted}{of}, and not {value!r}.") from None
    for target in targets:
        if bounds := out_of_bounds(target.field, parsed):
            raise UserError(f"{path} is {value} and has to be {bounds}.")
    return path, parsed, targets
