"""What people are told of a specification's field: its name in words, and its unit.

Both follow from the field's name, which ends in its unit where it has one: the field
`target_period_gradient_steps` is the "target period", in "gradient steps". Where the name does
not say it well, the specification does:

    width: float = field(1.0, label="network width")

Captions, the option `--set` and its errors read them here.
"""

import dataclasses
from typing import Any

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


def field(default: Any, label: str = "", unit: str = "", told: bool = True) -> Any:
    """A field of a specification, with what people are told of it.

    Args:
      default: its value, unless another is given.
      label: its name in words, without the unit; "" derives it from the field's name.
      unit: of its value; "" derives it from the field's name.
      told: whether a caption tells of it where it differs from the published value. Not what
        the caption says otherwise or what is no matter of scale.
    """
    metadata = {"label": label, "unit": unit, "told": told}
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


def with_unit(described: dataclasses.Field) -> str:
    """Name and unit, for instance "target period (gradient steps)"."""
    unit = unit_of(described)
    return f"{label_of(described)} ({unit})" if unit else label_of(described)


def _split(name: str) -> tuple[str, str]:
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), unit
    return name.replace("_", " "), ""
