"""What every kind of run shares: a name derived from its settings, and a form in JSON.

A run is a frozen dataclass whose fields have defaults. Only what differs from the defaults
decides its name, so that a new field leaves all old names as they are.
"""

import dataclasses
import functools
import hashlib
import json
import types
import typing
from typing import Any, ClassVar, Literal

from agents.errors import UserError
from agents.fields import out_of_bounds

# The kind that a specification without one is of: those of the first version had no kind.
FIRST_KIND = "online"
# numpy's and JAX's seeds are unsigned numbers of 32 bits.
SEEDS = 2**32

# Which type of settings stands in a field, where it is not that of the field's default.
_TYPE = "type"
# Fields that older versions wrote and that decide nothing, or nothing any more: DrQ(epsilon) had
# 30 agent steps of random time before a game, where the official code has 30 frames.
_RETIRED = frozenset({"keep_transitions", "noop_agent_steps"})

_TYPES: dict[str, type] = {}


class Settings:
    """Base of the frozen dataclasses that specifications are made of.

    Every type derived from it can be read back by its name, which is part of the identity of
    a run wherever the type is not that of the field's default: two types whose fields happen
    to be equal train differently.
    """

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        _TYPES[cls.__name__] = cls

    @property
    def idle(self) -> dict[str, str]:
        """Fields that decide nothing -> what decides instead, in words; see `agents.idle`.

        Of fields that are settings themselves, a dotted path names what is meant.
        """
        return {}


class Spec(Settings):
    """Base of all run specifications, which are frozen dataclasses with a `seed` and a `version`.

    Attributes:
      kind: tells the specifications apart in files.
      seed: of the run, 0 to 2**32 - 1.
      version: raised whenever the same numbers would train differently than before.

    Raises:
      UserError: there is no such seed.
    """

    kind: ClassVar[str]
    seed: int
    version: int

    def __post_init__(self):
        if not 0 <= self.seed < SEEDS:
            raise UserError(f"There is no seed {self.seed}; give one from 0 to {SEEDS - 1}.")

    def check(self) -> None:
        """Proves that these numbers can be trained together, as far as can be told beforehand.

        It is no part of making a specification, because those of older runs are read as well.
        A kind of run adds what its numbers have to be to each other.

        Raises:
          UserError: they cannot; it says what to change.
        """
        check_bounds(self)

    @functools.cached_property
    def run_id(self) -> str:
        """Twelve hexadecimal digits that name this run."""
        identity = differences(self) | {"seed": self.seed, "version": self.version}
        if self.kind != FIRST_KIND:
            identity["kind"] = self.kind
        canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @property
    def game(self) -> str:
        """What is learned, as an index and a panel name it: a game, or a data set."""
        raise NotImplementedError

    @property
    def total_gradient_steps(self) -> int:
        """Of the finished run."""
        raise NotImplementedError

    @property
    def total_agent_steps(self) -> int:
        """Of the finished run. Without an environment, the gradient steps stand in for them."""
        return self.total_gradient_steps

    @property
    def replay_capacity_transitions(self) -> int:
        """How many of the transitions in its snapshots a resumed run needs; 0 if it has none."""
        return 0

    @functools.cached_property
    def common_part(self) -> "Spec":
        """Runs of which this is equal can be trained in step; by default each is on its own."""
        return self

    @property
    def requires(self) -> tuple["Spec", ...]:
        """Runs that must be finished before this one can start."""
        return ()

    @property
    def requires_transitions_of(self) -> tuple["Spec", ...]:
        """Those of `requires` whose transitions must have stayed on disk as well."""
        return ()

    @property
    def requires_network_of(self) -> tuple["Spec", ...]:
        """Those of `requires` whose trained network must have stayed on disk as well."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """The whole specification, every field written out, with its kind."""
        return {"kind": self.kind} | _written_out(self)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), sort_keys=True, indent=1)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Spec":
        """Inverse of `to_dict`; fields that it lacks keep their defaults.

        Raises:
          UserError: these are not the fields of this kind of run.
        """
        try:
            fields = {name: value for name, value in values.items() if name != "kind"}
            return _build(cls, fields)
        except (ValueError, TypeError, AttributeError) as error:
            raise unreadable(error) from error


def unreadable(reason: object) -> UserError:
    """The error for a text that is no run specification."""
    return UserError(f"This is not a run specification that this version reads: {reason}.")


def check_bounds(settings: Any, path: str = "") -> None:
    """Proves that every number is within the bounds of its field.

    Runs that this one learns from are not looked at: they are checked as themselves.

    Args:
      settings: a specification, or a part of one.
      path: where it stands in the whole, for instance "agent.".

    Raises:
      UserError: one is not.
    """
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Spec):
            continue
        if dataclasses.is_dataclass(value):
            check_bounds(value, f"{path}{field.name}.")
        elif wanted := out_of_bounds(field, value):
            raise UserError(f"{path}{field.name} is {value} and has to be {wanted}.")


def differences(settings: Any) -> dict[str, Any]:
    """Nested dictionary of the fields that differ from their defaults."""
    found = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Spec):
            # A run that another one learns from; its kind, version and seed are in its name.
            found[field.name] = value.run_id
        elif dataclasses.is_dataclass(value):
            inner = differences(value) | _tag(value, field.default)
            if inner:
                found[field.name] = inner
        elif value != field.default:
            # 1 and 1.0 must give one id, whichever of them a caller wrote.
            found[field.name] = float(value) if isinstance(field.default, float) else value
    return found


def _tag(value: Any, default: Any) -> dict[str, str]:
    """The name of a value's type, where it is not the type of the field's default."""
    if type(value) is type(default):
        return {}
    name = type(value).__name__
    if _TYPES.get(name) is not type(value):
        raise TypeError(f"{name} must derive from agents.identity.Settings, with a name of its own")
    return {_TYPE: name}


def _written_out(settings: Any) -> dict[str, Any]:
    """As `dataclasses.asdict`, with a tag where a type is not that of the field's default."""
    found = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            found[field.name] = _written_out(value) | _tag(value, field.default)
        else:
            found[field.name] = value
    return found


def _build(cls: type, values: dict[str, Any]) -> Any:
    known = {field.name: field for field in dataclasses.fields(cls)}
    hints = typing.get_type_hints(cls)
    values = {name: value for name, value in values.items() if name not in _RETIRED}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r} in {cls.__name__}")
    arguments = {}
    for name, value in values.items():
        inner = _type_of(value, known[name].default)
        if inner is None:
            arguments[name] = _checked(value, hints[name], f"{cls.__name__}.{name}")
        else:
            fields = {key: each for key, each in value.items() if key != _TYPE}
            arguments[name] = _build(inner, fields)
    return cls(**arguments)


def _type_of(value: Any, default: Any) -> type | None:
    """The type of nested settings, which are a dictionary in JSON; None for other values."""
    tag = value.get(_TYPE) if isinstance(value, dict) else None
    if tag is None:
        return type(default) if dataclasses.is_dataclass(default) else None
    if tag not in _TYPES:
        raise ValueError(f"nothing is known of the type {tag!r}")
    return _TYPES[tag]


def _checked(value: Any, hint: Any, where: str) -> Any:
    """A value from JSON as its field's type has it."""
    origin, choices = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        if value not in choices:
            raise ValueError(f"{where} is {value!r} and must be one of {', '.join(choices)}")
        return value
    if origin in (types.UnionType, typing.Union):
        [hint] = [choice for choice in choices if choice is not types.NoneType]
        return None if value is None else _checked(value, hint, where)
    if origin is tuple and isinstance(value, list):
        return tuple(value)
    # In Python True is a number; in a specification it is a mistake.
    accepted = {float: (int, float), int: int, str: str, bool: bool}.get(hint, object)
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"{where} is {value!r} and must be of type {hint.__name__}")
    return float(value) if hint is float else value
