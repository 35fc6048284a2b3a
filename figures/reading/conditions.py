"""What an index says of the conditions that its experiment compares."""

from collections.abc import Iterable, Sequence
from typing import Any

from experiments.storing.schema import Condition

# For conditions without a colour, of an index that an older version or a user's own experiment
# has written: the muted scheme of Paul Tol, which is safe for colour-blind readers.
_SPARE = (
    *("#332288", "#88CCEE", "#44AA99", "#117733", "#999933"),
    *("#DDCC77", "#CC6677", "#882255", "#AA4499"),
)


def read_conditions(stored: Iterable[Any], names: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions that an index lists, in the order of legends, then those it only uses.

    Args:
      stored: as `experiments.conditions.described` made them; what one lacks is
        replaced by what its name tells.
      names: of the conditions of the index's rows.
    """
    told = {about["name"]: about for about in stored if isinstance(about, dict) and "name" in about}
    taken = {about.get("colour") for about in told.values()}
    spare = [colour for colour in _SPARE if colour not in taken]
    found = []
    for name in dict.fromkeys([*told, *names]):
        about = told.get(name, {})
        colour = about.get("colour") or spare[len(found) % len(spare)]
        published_as = about.get("published_as") or name
        found.append(Condition(name, published_as, about.get("treatment", ""), colour))
    return tuple(found)
