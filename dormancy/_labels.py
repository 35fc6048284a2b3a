"""Follows labelled array elements through a traced function (a jaxpr).

Every parameter entry, every output of a linear layer (a *group*: one future neuron before
its nonlinearity) and every recorded neuron gets an integer label. Running the jaxpr on labels
instead of numbers shows which entries of which parameter meet which neuron. Reshaping,
transposing, padding, slicing and pooling move labels as they move numbers, so flattening
needs no special case; what cannot be followed is remembered as a *leak* with its reason.

The rules, for one element of an output:

- data movement: the label of the element that was moved;
- element-wise functions: the label that the operands agree on (constants have none);
- reductions over equal labels (pooling, batch statistics): that label;
- reductions over different labels (layer normalisation): a *statistic* of those labels, which
  may be combined element-wise with a member of its own set and then leaves the member's label,
  or with a parameter (its learned scale) and leaves the parameter's;
- a parameter alone: its label as long as a zero entry stays a zero weight;
- a product of data with a parameter (dense, convolution): a new group;
- anything else: `MIXED`.
"""

from collections.abc import Callable, Sequence
import dataclasses
from typing import Any

import jax
from jax.extend import core
import jax.numpy as jnp
import numpy as np

NONE, MIXED = 0, -1
_LARGEST = np.iinfo(np.int32).max

_MOVERS = {
    "broadcast_in_dim", "concatenate", "copy", "expand_dims", "pad", "reshape", "rev", "slice",
    "split", "squeeze", "transpose",
}  # fmt: skip
_ELEMENTWISE = {
    "abs", "acos", "acosh", "add", "add_any", "and", "asin", "asinh", "atan", "atan2", "atanh",
    "cbrt", "ceil", "clamp", "convert_element_type", "copy", "cos", "cosh", "div", "eq", "erf",
    "erf_inv", "erfc", "exp", "exp2", "expm1", "floor", "ge", "gt", "integer_pow", "is_finite",
    "le", "log", "log1p", "logistic", "lt", "max", "min", "mul", "ne", "neg", "not", "or", "pow",
    "reduce_precision", "rem", "round", "rsqrt", "select_n", "sign", "sin", "sinh", "sqrt",
    "square", "stop_gradient", "sub", "tan", "tanh", "xor",
}  # fmt: skip
# Element-wise functions under which a parameter entry of 0 remains a weight of 0.
_KEEP_ZERO = {"convert_element_type", "copy", "div", "mul", "neg", "reduce_precision"}
_REDUCTIONS = {"reduce_max", "reduce_min", "reduce_sum", "reduce_prod", "argmax", "argmin"}
_WINDOW_REDUCTIONS = {"reduce_window_max", "reduce_window_min", "reduce_window_sum"}


@dataclasses.dataclass
class Product:
    """One product of data with a parameter.

    Attributes:
      entries: (contracted, outputs) labels of the parameter's entries.
      reads: (contracted,) label of the data element that each row meets.
      groups: (outputs,) label of the group that each column forms.
    """

    entries: np.ndarray
    reads: np.ndarray
    groups: np.ndarray


class LabelRun:
    """One pass over a jaxpr on labels.

    Args:
      is_parameter: labels -> whether they belong to parameters.
      first_free: smallest label that is not in use yet.
      tap_labels: recorded layer -> labels that replace its activation's from there on.
    """

    def __init__(
        self,
        is_parameter: Callable[[np.ndarray], np.ndarray],
        first_free: int,
        tap_labels: dict[str, np.ndarray],
    ):
        self._is_parameter = is_parameter
        self._next = first_free
        self._tap_labels = tap_labels
        self._statistics: dict[int, frozenset[int]] = {}
        self.products: list[Product] = []
        # Recorded layer -> labels just before it was recorded; in order of computation.
        self.sources: dict[str, np.ndarray] = {}
        self.scalings: set[tuple[int, int]] = set()  # (group, parameter entry) met element-wise
        self.leaks: dict[int, str] = {}

    def leak(self, labels: np.ndarray, reason: str) -> None:
        """Remembers that these labels went where they cannot be followed."""
        for label in np.unique(labels).tolist():
            for member in self._statistics.get(label, {label}):
                if member > NONE:
                    self.leaks.setdefault(member, reason)

    def run(
        self, jaxpr: core.Jaxpr, inputs: Sequence[np.ndarray], taps: dict[core.Var, str]
    ) -> list[np.ndarray]:
        """Labels of the outputs.

        Args:
          jaxpr: what to run.
          inputs: labels of its inputs (constants have none).
          taps: variables of this jaxpr that are recorded layers. An inner jaxpr gets its
            own: JAX reuses one traced function for all calls of equal shape.
        """
        known: dict[core.Var, np.ndarray] = {}

        def read(atom: Any) -> np.ndarray:
            if isinstance(atom, core.Literal) or atom not in known:
                return np.zeros(atom.aval.shape, np.int32)
            return known[atom]

        known.update(zip(jaxpr.invars, inputs, strict=True))
        for equation in jaxpr.eqns:
            arguments = [read(atom) for atom in equation.invars]
            outputs = self._apply(equation, arguments, taps)
            for variable, labels in zip(equation.outvars, outputs, strict=True):
                known[variable] = labels
                if variable in taps:
                    # An inner jaxpr may have recorded it already.
                    self.sources.setdefault(taps[variable], labels)
                    known[variable] = self._tap_labels[taps[variable]]
        return [read(atom) for atom in jaxpr.outvars]

    def _apply(
        self, equation: core.JaxprEqn, inputs: list[np.ndarray], taps: dict[core.Var, str]
    ) -> list[np.ndarray]:
        name, shapes = equation.primitive.name, [v.aval.shape for v in equation.outvars]
        if not any(labels.any() for labels in inputs):
            return [np.zeros(shape, np.int32) for shape in shapes]
        inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
        if inner is not None and name not in ("scan", "while", "cond"):
            inner = getattr(inner, "jaxpr", inner)
            variables = zip(equation.outvars, inner.outvars, strict=True)
            inner_taps = {inside: taps[outside] for outside, inside in variables if outside in taps}
            return self.run(inner, inputs, inner_taps)
        if name in _MOVERS:
            moved = equation.primitive.bind(*map(jnp.asarray, inputs), **equation.params)
            return list(map(np.asarray, moved if equation.primitive.multiple_results else [moved]))
        if name in _REDUCTIONS:
            return [self._reduce(inputs[0], equation.params["axes"])]
        if name in _WINDOW_REDUCTIONS:
            return [self._reduce_window(inputs[0], equation.params, shapes[0], name)]
        if name == "dot_general":
            return [self._dot(inputs, equation.params["dimension_numbers"], shapes[0])]
        if name == "conv_general_dilated":
            return [self._convolve(inputs, equation.params, shapes[0])]
        if name in _ELEMENTWISE:
            return [self._combine(inputs, shapes[0], name)]
        return self._give_up(inputs, shapes, f"{name} cannot be followed")

    def _give_up(self, inputs, shapes, reason: str) -> list[np.ndarray]:
        for labels in inputs:
            self.leak(labels, reason)
        return [np.full(shape, MIXED, np.int32) for shape in shapes]

    def _new_labels(self, count: int) -> np.ndarray:
        labels = np.arange(self._next, self._next + count, dtype=np.int32)
        self._next += count
        return labels

    def _combine(self, inputs, shape, name: str) -> np.ndarray:
        result = np.zeros(shape, np.int32)
        for labels in inputs:
            labels = np.broadcast_to(labels, shape)
            fresh = (result == NONE) & (labels != NONE)
            clash = (result != labels) & (result != NONE) & (labels != NONE)
            result = np.where(fresh, labels, result)
            pairs = np.unique(np.stack([result[clash], labels[clash]]), axis=1).T.tolist()
            for a, b in pairs:
                result[clash & (result == a) & (labels == b)] = self._meet(a, b, name)
        changed = self._is_parameter(result)
        if name not in _KEEP_ZERO and changed.any():
            self.leak(result[changed], f"{name} changes the weights")
            result[changed] = MIXED
        return result

    def _meet(self, a: int, b: int, name: str) -> int:
        """Label of an element-wise function of two different labels."""
        a_is, b_is = self._is_parameter(np.array([a, b]))
        if MIXED not in (a, b) and a_is != b_is:
            data, parameter = (b, a) if a_is else (a, b)
            if data in self._statistics:
                return parameter
            self.scalings.add((data, parameter))
            return data
        for member, other in ((a, b), (b, a)):
            if member in self._statistics.get(other, ()) and not a_is:
                return member
        if a in self._statistics and b in self._statistics:
            return self._statistic(self._statistics[a] | self._statistics[b])
        self.leak(np.array([a, b]), f"{name} mixes it with something else")
        return MIXED

    def _statistic(self, members: frozenset[int]) -> int:
        for label, known in self._statistics.items():
            if known == members:
                return label
        label = int(self._new_labels(1)[0])
        self._statistics[label] = members
        return label

    def _agree(self, rows: np.ndarray, reason: str | None = None) -> np.ndarray:
        """(n, m) labels -> (n,): the label a row agrees on, else a statistic (or MIXED)."""
        largest = rows.max(axis=1, initial=MIXED)
        smallest = np.where(rows == NONE, _LARGEST, rows).min(axis=1, initial=_LARGEST)
        agreed = np.where(largest >= NONE, np.maximum(largest, NONE), MIXED).astype(np.int32)
        differs = np.flatnonzero((smallest != largest) & rows.any(axis=1))
        if differs.size == 0:
            return agreed
        patterns, which = np.unique(rows[differs], axis=0, return_inverse=True)
        for index, pattern in enumerate(patterns):
            members = set()
            for label in np.unique(pattern).tolist():
                members |= self._statistics.get(label, {label})
            members.discard(NONE)
            if reason is None and MIXED not in members:
                label = self._statistic(frozenset(members))
            else:
                self.leak(pattern, reason or "a reduction mixes it with something else")
                label = MIXED
            agreed[differs[which.reshape(-1) == index]] = label
        return agreed

    def _reduce(self, labels: np.ndarray, axes: Sequence[int]) -> np.ndarray:
        kept = [axis for axis in range(labels.ndim) if axis not in axes]
        rows = labels.transpose(*kept, *axes)
        shape = rows.shape[: len(kept)]
        return self._agree(rows.reshape(int(np.prod(shape)), -1)).reshape(shape)

    def _reduce_window(self, labels, params, shape, name: str) -> np.ndarray:
        window = [
            tuple(params[name])
            for name in (
                "window_dimensions",
                "window_strides",
                "padding",
                "base_dilation",
                "window_dilation",
            )
        ]

        def extreme(values, start, function):
            values = jnp.asarray(values, jnp.int32)
            return np.asarray(jax.lax.reduce_window(values, jnp.int32(start), function, *window))

        largest = extreme(labels, MIXED, jax.lax.max)
        present = np.where(labels == NONE, _LARGEST, labels)
        smallest = extreme(present, _LARGEST, jax.lax.min)
        agreed = (smallest == largest) | (smallest == _LARGEST)
        if not agreed.all():
            self.leak(labels, f"{name} mixes neighbouring neurons")
        return np.where(agreed, np.maximum(largest, NONE), MIXED).astype(np.int32).reshape(shape)

    def _dot(self, inputs, dimension_numbers, shape) -> np.ndarray:
        (contracted, batched) = dimension_numbers
        which = self._parameter_operand(inputs)
        if which is None or batched[0]:
            return self._give_up(inputs, [shape], "a product of two data arrays")[0]
        parameter, data = inputs[which], inputs[1 - which]
        p_axes, d_axes = contracted[which], contracted[1 - which]
        p_free = [axis for axis in range(parameter.ndim) if axis not in p_axes]
        d_free = [axis for axis in range(data.ndim) if axis not in d_axes]
        size = int(np.prod([parameter.shape[axis] for axis in p_axes]))
        entries = parameter.transpose(*p_axes, *p_free).reshape(size, -1)
        reads = data.transpose(*d_axes, *d_free).reshape(size, -1)
        groups = self._product(entries, self._agree(reads, "a product mixes positions"))
        free_shape = [parameter.shape[axis] for axis in p_free]
        outer = [data.shape[axis] for axis in d_free]
        if which == 0:
            expanded = groups.reshape(*free_shape, *[1] * len(outer))
        else:
            expanded = groups.reshape(*[1] * len(outer), *free_shape)
        return np.broadcast_to(expanded, shape)

    def _convolve(self, inputs, params, shape) -> np.ndarray:
        numbers = params["dimension_numbers"]
        plain = params["feature_group_count"] == params["batch_group_count"] == 1
        if self._parameter_operand(inputs) != 1 or not plain:
            return self._give_up(inputs, [shape], "a grouped or unusual convolution")[0]
        data, kernel = inputs
        channels = np.moveaxis(data, numbers.lhs_spec[1], 0).reshape(
            data.shape[numbers.lhs_spec[1]], -1
        )
        reads = self._agree(channels, "a convolution reads mixed channels")
        features, inward, *space = numbers.rhs_spec
        entries = kernel.transpose(inward, *space, features)
        taps = int(np.prod(entries.shape[1:-1]))
        groups = self._product(entries.reshape(-1, entries.shape[-1]), np.repeat(reads, taps))
        spread = [1] * len(shape)
        spread[numbers.out_spec[1]] = groups.size
        return np.broadcast_to(groups.reshape(spread), shape)

    def _parameter_operand(self, inputs) -> int | None:
        parameters = [bool(self._is_parameter(labels).any()) for labels in inputs]
        return parameters.index(True) if sum(parameters) == 1 else None

    def _product(self, entries: np.ndarray, reads: np.ndarray) -> np.ndarray:
        groups = self._new_labels(entries.shape[1])
        self.products.append(Product(entries, reads, groups))
        unknown = entries <= NONE
        self.leak(reads[unknown.any(axis=1)], "it is read by weights that are not parameters")
        self.leak(groups[unknown.any(axis=0)], "it is formed by weights that are not parameters")
        return groups
