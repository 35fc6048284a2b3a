"""What is known of a traced array: which neurons and which parameter entries its elements follow.

Every parameter entry, every output of a product with a parameter (a *group*: one future neuron
before its nonlinearity) and every recorded neuron has a number, its label. An element of an
array may follow several of them; such a set has a number too, so that an array of plain numbers
says of each element what it depends on.

What a set depends on is never forgotten: where a rule cannot follow single elements, each
element of the result depends on all that went in. Whatever is concluded from labels may
therefore be too careful, and is never wrong.
"""

from collections.abc import Iterable
import dataclasses
import os
import sysconfig
from typing import Any

import jax
import numpy as np

NONE = 0  # the empty set
UNKNOWN = float("nan")
_LARGEST = np.iinfo(np.int32).max
_NOT_THE_USERS = (
    f"{os.sep}site-packages{os.sep}",
    f"{os.sep}dist-packages{os.sep}",
    sysconfig.get_paths()["stdlib"] + os.sep,
    os.path.dirname(__file__) + os.sep,
)


@dataclasses.dataclass(frozen=True)
class Value:
    """What is known of the elements of one traced array; all arrays of labels have its shape.

    Attributes:
      shape: its shape.
      direct: the groups and neurons that each element is computed from; None for none at all.
      through: those that reach it through a reduction over neighbours only (the mean and the
        variance of a layer normalisation).
      weights: parameter entries. Where `rest` is 0, an element is 0 once all of them are.
      also: further parameter entries, or bundles of them, that it depends on.
      rest: the element's value once the neurons it follows are silent and its weights are 0:
        one number for all, or an array; NaN where it is not known.
      fed: whether the network's input has a part in it that no label stands for.
      beside: of elements that follow groups or neurons, whether the input has another part in
        them, which stays when these are silent; None if in none.
      zeroed: where it follows groups or neurons, the value of all elements once every weight
        of these is 0; NaN where it is not known.
      linear: whether it is made of parameters by sums and by factors that no parameter has a part
        in, so that scaling all of them scales it as much. False where it is not known.
    """

    shape: tuple[int, ...]
    direct: np.ndarray | None = None
    through: np.ndarray | None = None
    weights: tuple[np.ndarray, ...] = ()
    also: tuple[np.ndarray, ...] = ()
    rest: Any = UNKNOWN
    fed: bool = False
    beside: np.ndarray | None = None
    zeroed: float = UNKNOWN
    linear: bool = False

    @property
    def fed_beside(self) -> np.ndarray:
        """Whether the input is in each element besides what its labels stand for; broadcasts."""
        beside = np.array(False) if self.beside is None else self.beside
        if self.direct is None or not self.fed:
            return np.array(self.fed) if self.direct is None else beside
        return (self.direct == NONE) | beside

    @property
    def without_weights(self) -> Any:
        """The value once everything learned that is in it is 0; NaN where it is not known."""
        return self.rest if self.direct is None and self.through is None else self.zeroed

    @property
    def parametric(self) -> bool:
        """Whether parameter entries are in it that nothing has read yet."""
        return bool(self.weights or self.also)

    @property
    def is_weight(self) -> bool:
        """Whether it is made of parameters, and of nothing that a neuron says."""
        return self.parametric and self.direct is None and self.through is None

    @property
    def constant(self) -> bool:
        """Whether neither the input nor any parameter has a part in it."""
        no_labels = self.direct is None and self.through is None
        return no_labels and not self.parametric and not self.fed

    def fields(self) -> list[np.ndarray]:
        """All of its label arrays, as `with_fields` takes them."""
        optional = [a for a in (self.direct, self.through, self.beside) if a is not None]
        return [*optional, *self.weights, *self.also]

    def with_fields(self, shape: tuple[int, ...], fields: Iterable[np.ndarray], rest: Any):
        """The same with other arrays in the order of `fields`."""
        left = iter(fields)
        labels = {
            name: next(left)
            for name in ("direct", "through", "beside")
            if getattr(self, name) is not None
        }
        weights, also = (tuple(next(left) for _ in own) for own in (self.weights, self.also))
        return dataclasses.replace(
            self, shape=shape, weights=weights, also=also, rest=rest, **labels
        )


class Labels:
    """Numbers for labels and for sets of them.

    Args:
      first_free: smallest number that is not in use yet.
    """

    def __init__(self, first_free: int):
        self._next = first_free
        self._members: dict[int, frozenset[int]] = {NONE: frozenset()}
        self._numbers: dict[frozenset[int], int] = {frozenset(): NONE}
        self._origins: dict[int, str] = {}

    def fresh(self, count: int) -> np.ndarray:
        """Numbers that nobody has."""
        self._next += count
        return np.arange(self._next - count, self._next, dtype=np.int32)

    def members(self, number: int) -> frozenset[int]:
        """The labels in a set."""
        return self._members.get(number, frozenset((number,)))

    def origin(self, number: int) -> str:
        """What brought the members of a set together."""
        return self._origins.get(number, "something mixes it with something else")

    def union(self, numbers: Iterable[int], why: str) -> int:
        """The set of all members; `why` is remembered if there was no such set before."""
        members = frozenset().union(*map(self.members, numbers))
        if len(members) == 1:
            return next(iter(members))
        if members not in self._numbers:
            number = int(self.fresh(1)[0])
            self._numbers[members], self._members[number] = number, members
            self._origins[number] = why
        return self._numbers[members]

    def join(self, a: np.ndarray | None, b: np.ndarray | None, why: str) -> np.ndarray | None:
        """Element-wise unions."""
        if a is None or b is None:
            return b if a is None else a
        a, b = np.broadcast_arrays(a, b)
        joined = np.where(a == NONE, b, a)
        clash = (joined != b) & (b != NONE)
        if clash.any():
            pairs, which = np.unique(
                joined[clash].astype(np.int64) << 32 | b[clash], return_inverse=True
            )
            numbers = [self.union((p >> 32, p & 0xFFFFFFFF), why) for p in pairs.tolist()]
            joined[clash] = np.array(numbers, np.int32)[which.reshape(-1)]
        return joined

    def join_rows(self, rows: np.ndarray, why: str) -> tuple[np.ndarray, np.ndarray]:
        """(n, m) -> (n,) unions of the rows, and whether all elements of a row agree."""
        largest = rows.max(axis=1, initial=NONE)
        smallest = np.where(rows == NONE, _LARGEST, rows).min(axis=1, initial=_LARGEST)
        agree = (smallest == largest) | (largest == NONE)
        if not agree.all():
            patterns, which = np.unique(rows[~agree], axis=0, return_inverse=True)
            numbers = [self.union(np.unique(pattern).tolist(), why) for pattern in patterns]
            largest[~agree] = np.array(numbers, np.int32)[which.reshape(-1)]
        return largest, agree

    def union_of_all(self, arrays: Iterable[np.ndarray | None], why: str) -> int:
        """The set of everything in these arrays."""
        present = [np.unique(array) for array in arrays if array is not None]
        return self.union(np.concatenate(present).tolist(), why) if present else NONE


def common(numbers: Iterable[Any]) -> float:
    """The one number that all elements of all these are; NaN if there is no such number."""
    arrays = [np.asarray(number) for number in numbers if np.size(number)]
    bounds = np.array([bound for array in arrays for bound in (array.min(), array.max())])
    return float(bounds[0]) if arrays and (bounds == bounds[0]).all() else UNKNOWN


def place(equation: Any) -> str:
    """Where in the network's source an equation was written, as " (file.py:12)"; may be ""."""
    traceback = equation.source_info.traceback
    for frame in traceback.frames if traceback is not None else ():
        if not any(part in frame.file_name for part in _NOT_THE_USERS):
            return f" ({os.path.basename(frame.file_name)}:{frame.line_num})"
    return ""


def is_reference(aval: Any) -> bool:
    """Whether this is the type of an array that changes in place, one of `jax.new_ref`.

    By name: `jax.ref`, where the type is public, is younger than the oldest JAX that will do.
    """
    return type(aval).__name__ == "AbstractRef"


def known_constant(constant: Any) -> Any:
    """The value of an array that the network closes over, as far as it will stay.

    Integers are indices and masks; floating-point numbers are likely to be statistics, which
    move while the wiring stays.
    """
    if isinstance(constant, jax.core.Tracer):
        return UNKNOWN
    if constant.dtype != bool and not jax.dtypes.issubdtype(constant.dtype, np.integer):
        return UNKNOWN
    return np.asarray(constant, np.float64)
