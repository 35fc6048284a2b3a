"""What every kind of run shares: a name derived from its settings, and a form in JSON.

A run is a frozen dataclass whose fields have defaults. Only what differs from the defaults
decides its name, so that a new field leaves all old names as they are.
"""

import dataclasses
import hashlib
import json
from typing import Any, ClassVar

from agents.errors import UserError

# The kind that a specification without one is of: those of the first version had no kind.
FIRST_KIND = "online"


class Spec:
    """Base of all run specifications, which are frozen dataclasses with a `seed` and a `version`.

    Attributes:
      kind: tells the specifications apart in files.
      seed: of the run.
      version: raised whenever the same numbers would train differently than before.
      keep_transitions: whether all transitions stay on disk for other runs.
    """

    kind: ClassVar[str]
    keep_transitions: bool = False
    seed: int
    version: int

    @property
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

    @property
    def common_part(self) -> "Spec":
        """Runs of which this is equal can be trained in step; by default each is on its own."""
        return self

    @property
    def requires(self) -> tuple["Spec", ...]:
        """Runs that must be finished before this one can start."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """The whole specification, every field written out, with its kind."""
        return {"kind": self.kind} | dataclasses.asdict(self)

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


def differences(spec: Any) -> dict[str, Any]:
    """Nested dictionary of the fields that differ from their defaults."""
    found = {}
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        if isinstance(value, Spec):
            # A run that another one learns from; its version and seed are in its name.
            found[field.name] = value.run_id
        elif dataclasses.is_dataclass(value):
            inner = differences(value)
            if inner:
                found[field.name] = inner
        elif value != field.default:
            # 1 and 1.0 must give one id, whichever of them a caller wrote.
            found[field.name] = float(value) if isinstance(field.default, float) else value
    return found


def _build(cls: type, values: dict[str, Any]) -> Any:
    known = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r} in {cls.__name__}")
    arguments = {}
    for name, value in values.items():
        default = known[name].default
        if dataclasses.is_dataclass(default):
            arguments[name] = _build(type(default), value)
        else:
            arguments[name] = float(value) if isinstance(default, float) else value
    return cls(**arguments)
