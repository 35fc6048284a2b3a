"""Products of data with parameters, dense or convolutional, seen as batches of matrix products."""

from collections.abc import Callable
import dataclasses
import math
from typing import NamedTuple

from jax.extend import core
import numpy as np

# Primitives that are such products.
PRODUCTS = {"conv_general_dilated", "dot_general"}


@dataclasses.dataclass
class Product:
    """One product of data with parameters; arrays broadcast to (batch, contracted, outputs).

    Attributes:
      weights, also: parameter entries of the effective weights; see `Value`.
      removable: whether an effective weight is 0 once its `weights` are.
      linear: whether the effective weights are scaled as much as all of these together.
      reads, through: what the data that each row meets depends on.
      vanishing: whether that data is 0 once the neuron it follows is silent.
      beside: whether the input has a part in that data besides the neuron.
      groups: the group that each column begins.
      place: where it was written.
    """

    weights: tuple[np.ndarray, ...]
    also: tuple[np.ndarray, ...]
    removable: np.ndarray
    linear: bool
    reads: np.ndarray
    through: np.ndarray
    vanishing: np.ndarray
    beside: np.ndarray
    groups: np.ndarray
    place: str


class Layout(NamedTuple):
    """How the arrays of a product lie in a batch of matrix products, (batch, positions,
    contracted) times (batch, contracted, outputs).

    Attributes:
      rows: array like the data -> (batch * contracted, positions).
      by_column: array like the weight -> (batch, contracted * repeat, outputs).
      spread: one element for each column, (batch, 1, outputs) in any shape -> array like the
        result.
      repeat: how many weights of a column meet each row's data (a kernel's area).
    """

    rows: Callable[[np.ndarray], np.ndarray]
    by_column: Callable[[np.ndarray], np.ndarray]
    spread: Callable[[np.ndarray], np.ndarray]
    repeat: int = 1


def as_matrices(equation: core.JaxprEqn, which: int) -> Layout | None:
    """The layout of one of the `PRODUCTS` whose operand `which` is the weight.

    None for a convolution with data, or with examples in groups.
    """
    if equation.primitive.name == "dot_general":
        return _dense(equation, which)
    if which != 1 or equation.params["batch_group_count"] != 1:
        return None
    return _convolutional(equation)


def _shapes(equation: core.JaxprEqn) -> list[tuple[int, ...]]:
    return [variable.aval.shape for variable in (*equation.invars, *equation.outvars)]


def _dense(equation: core.JaxprEqn, which: int) -> Layout:
    contracted, batched = equation.params["dimension_numbers"]
    *shapes, result = _shapes(equation)
    weight, data = shapes[which], shapes[1 - which]
    orders, outers = [], []
    for index in (which, 1 - which):
        shape = shapes[index]
        free = [a for a in range(len(shape)) if a not in (*contracted[index], *batched[index])]
        orders.append((*batched[index], *contracted[index], *free))
        outers.append([shape[axis] for axis in free])
    batch = [weight[axis] for axis in batched[which]]
    size = math.prod(weight[axis] for axis in contracted[which])
    columns, positions = map(math.prod, outers)

    def rows(array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, data).transpose(orders[1]).reshape(-1, positions)

    def by_column(array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, weight).transpose(orders[0]).reshape(-1, size, columns)

    def spread(per_column: np.ndarray) -> np.ndarray:
        # Results lie in the order: batch, what is left of the first operand, of the second.
        order = [*outers[0], *[1] * len(outers[1])]
        if which == 1:
            order = [*[1] * len(outers[1]), *outers[0]]
        return np.broadcast_to(per_column.reshape(*batch, *order), result)

    return Layout(rows, by_column, spread)


def _convolutional(equation: core.JaxprEqn) -> Layout:
    numbers = equation.params["dimension_numbers"]
    data, weight, result = _shapes(equation)
    count = equation.params["feature_group_count"]
    channel = numbers.lhs_spec[1]
    features, inward, *space = numbers.rhs_spec
    inputs = weight[inward]
    area = math.prod(weight[axis] for axis in space)
    columns = weight[features] // count

    def rows(array: np.ndarray) -> np.ndarray:
        by_channel = np.moveaxis(np.broadcast_to(array, data), channel, 0)
        return by_channel.reshape(data[channel], -1)

    def by_column(array: np.ndarray) -> np.ndarray:
        # (features, inputs, *space) -> (convolution groups, inputs * area, columns)
        whole = np.broadcast_to(array, weight).transpose(features, inward, *space)
        return whole.reshape(count, columns, inputs * area).transpose(0, 2, 1)

    def spread(per_column: np.ndarray) -> np.ndarray:
        shape = [1] * len(result)
        shape[numbers.out_spec[1]] = per_column.size
        return np.broadcast_to(per_column.reshape(shape), result)

    return Layout(rows, by_column, spread, repeat=area)
