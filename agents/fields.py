"""What a specification's field is besides its value: its name in words, unit and bounds.

Name and unit follow from the field's name, which ends in its unit where it has one: the field
`target_period_gradient_steps` is the "target period", in "gradient steps". Where the name does
not say it well, the specification does:

    width: float = field(1.0, label="network width", above=0)

Captions, the option `--set` and its errors read them here. Which numbers make sense is said once,
at the field, and checked by `agents.identity.Spec.check`, whatever kind of run it is.
"""

import dataclasses
from typing import Any, NamedTuple

# Endings of names, and how a unit is written out.
_UNITS = {
    "_px": "pixels",
    "_agent_steps": "agent steps",
    "_gradient_steps": "gradient steps",
    "_transitions": "transitions",
    "_episodes": "episodes",
    "_epochs": "epochs",
    "_images": "images",
    "_s": "seconds",
}


class Bounds(NamedTuple):
    """Between which numbers a value has to be; None is no bound.

    Attributes:
      at_least, at_most: bounds that are allowed themselves.
      above, below: bounds that are not.
    """

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def allow(self, value: float) -> bool:
        """Whether a number is between them; NaN never is."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        """For instance "at least 1", or "at least 0 and below 1"."""
        told = {name.replace("_", " "): bound for name, bound in self._asdict().items()}
        return " and ".join(f"{name} {b:g}" for name, b in told.items() if b is not None)


def field(
    default: Any,
    label: str = "",
    unit: str = "",
    told: bool = True,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
) -> Any:
    """A field of a specification, with what people are told of it.

    Args:
      default: its value, unless another is given.
      label: its name in words, without the unit; "" derives it from the field's name.
      unit: of its value; "" derives it from the field's name.
      told: whether a caption tells of it where it differs from the published value. Not what
        the caption says otherwise or what is no matter of scale.
      at_least, above, at_most, below: see `Bounds`; of an optional number, of any but None.
    """
    bounds = Bounds(at_least, above, at_most, below)
    metadata = {"label": label, "unit": unit, "told": told, "bounds": bounds}
    return dataclasses.field(default=default, metadata=metadata)


def label_of(described: dataclasses.Field) -> str:
    """The name in words, for instance "target period"."""
    return described.metadata.get("label") or _split(described.name)[0]


def unit_of(described: dataclasses.Field) -> str:
    """For instance "gradient steps"; "" for a number without unit."""
    return described.metadata.get("unit") or _split(described.name)[1]


def is_told(described: dataclasses.Field) -> bool:
    """Whether captions tell of a difference."""
    return described.metadata.get("told", True)


def bounds_of(described: dataclasses.Field) -> Bounds:
    """Those that it was given; none by default."""
    return described.metadata.get("bounds", Bounds())


def out_of_bounds(described: dataclasses.Field, value: Any) -> str:
    """What a value has to be and is not, for instance "at least 1"; "" if nothing is wrong."""
    numbers = value if isinstance(value, tuple) else (value,)
    bounds = bounds_of(described)
    wrong = [n for n in numbers if isinstance(n, int | float) and not bounds.allow(n)]
    return str(bounds) if wrong else ""


def with_unit(described: dataclasses.Field) -> str:
    """Name and unit, for instance "target period (gradient steps)"."""
    unit = unit_of(described)
    return f"{label_of(described)} ({unit})" if unit else label_of(described)


def _split(name: str) -> tuple[str, str]:
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), unit
    return name.replace("_", " "), ""
