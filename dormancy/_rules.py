"""How labels go through the primitives of JAX: one rule for each kind of primitive.

- data movement moves labels as it moves numbers, so that flattening needs no special case;
- element-wise functions unite the labels of their operands. A parameter that meets data is
  noted as a *scaling* (biases, the scales of normalisations) and goes no further; parameters
  among themselves (noisy weights, weight normalisation) make an effective weight;
- reductions keep a label that all reduced elements share (pooling, batch statistics) and turn
  different ones into a dependence *through* a statistic (layer normalisation);
- a product of data with a parameter (dense, convolution) begins new groups;
- everything else: all of the result depends on all that went in.
"""

from collections.abc import Callable, Sequence
import dataclasses
import math
from typing import Any

from jax.extend import core
import jax.numpy as jnp
import numpy as np

from dormancy._labels import NONE, UNKNOWN, Labels, Value, common, is_reference, place
from dormancy._products import PRODUCTS, Layout, Product, as_matrices

_MOVERS = {
    "broadcast_in_dim", "concatenate", "copy", "dynamic_slice", "dynamic_update_slice",
    "expand_dims", "gather", "pad", "reshape", "rev", "slice", "split", "squeeze", "stack",
    "tile", "transpose", "unstack",
}  # fmt: skip
# Nothing happens to the numbers.
_IDENTITIES = {
    "layout_constraint", "name", "optimization_barrier", "reshard", "sharding_constraint",
}  # fmt: skip
# First operand that says where things go, not what goes.
_FIRST_INDEX = {"dynamic_slice": 1, "dynamic_update_slice": 2, "gather": 1}
_ELEMENTWISE = {
    "abs", "acos", "acosh", "add", "add_any", "and", "asin", "asinh", "atan", "atan2", "atanh",
    "cbrt", "ceil", "clamp", "convert_element_type", "cos", "cosh", "div", "eq", "erf",
    "erf_inv", "erfc", "exp", "exp2", "expm1", "floor", "ge", "gt", "integer_pow", "is_finite",
    "le", "log", "log1p", "logistic", "lt", "max", "min", "mul", "ne", "neg", "not", "or", "pow",
    "reduce_precision", "rem", "round", "rsqrt", "select_n", "sign", "sin", "sinh", "sqrt",
    "square", "stop_gradient", "sub", "tan", "tanh", "xor",
}  # fmt: skip
_REDUCTIONS = {
    "reduce_max", "reduce_min", "reduce_sum", "reduce_prod", "reduce_and", "reduce_or", "argmax",
    "argmin",
}  # fmt: skip
_WINDOW_REDUCTIONS = {"reduce_window_max", "reduce_window_min", "reduce_window_sum"}
# Element-wise functions that are linear in all of their operands together.
_LINEAR = {"add", "add_any", "convert_element_type", "neg", "sub"}
_KEEP_REST_ZERO = {"reduce_max", "reduce_min", "reduce_sum", *_WINDOW_REDUCTIONS}


class Rules:
    """Applies the rules and keeps what they found.

    Attributes:
      labels: the numbers of labels and their sets.
      products: all products met.
      scalings: (labels of the data, parameter entries that it met element by element, in which
        primitive, whether what it met is linear in them).
      lost: parameter entries (or bundles) that went where they cannot be followed.
      gave_up: why, for each time that parameters went there.
      bundles: number -> the parameter entries that went into one statistic of parameters.
      hidden: (what went into an array that changes in place, where).
      met_zeros: parameter entries that were multiplied with zeros of the network's own or with
        nothing at all, or that only a loop without steps would use. Zeros beside data in one
        product (a padded axis) count in loops of a single step only.
      in_short_loop: whether the equations at hand are those of such a loop.
      called_from: where the function was called whose equations are at hand, if it is one that
        JAX traces by itself; see `dormancy._labels.place`.
    """

    def __init__(self, labels: Labels):
        self.labels = labels
        self.products: list[Product] = []
        self.scalings: list[tuple[np.ndarray, np.ndarray, str, bool]] = []
        self.lost: list[np.ndarray] = []
        self.gave_up: list[str] = []
        self.bundles: dict[int, np.ndarray] = {}
        self.hidden: list[tuple[Value, str]] = []
        self.met_zeros: list[np.ndarray] = []
        self.in_short_loop = False
        self.called_from = ""

    def place(self, equation: core.JaxprEqn) -> str:
        """Where an equation was written, or else the call that it belongs to."""
        return place(equation) or self.called_from

    def apply(self, equation: core.JaxprEqn, values: list[Value]) -> list[Value]:
        """What is known of an equation's results."""
        name = equation.primitive.name
        if any(is_reference(v.aval) for v in (*equation.invars, *equation.outvars)):
            return self._hide(equation, values)
        shapes = [variable.aval.shape for variable in equation.outvars]
        if shapes and not any(map(math.prod, shapes)):
            self._meet_nothing(values)
            return [Value(shape, rest=0.0) for shape in shapes]
        if name in _IDENTITIES:
            return values
        if name in _MOVERS:
            return self._move(equation, values)
        if name in _ELEMENTWISE:
            return [self._combine(equation, values)]
        if name in _REDUCTIONS:
            return [self._reduce(equation, values[0])]
        if name in _WINDOW_REDUCTIONS:
            return [self._reduce_window(equation, values[0])]
        if name in PRODUCTS and not all(math.prod(value.shape) for value in values):
            self._meet_nothing(values)
            return [Value(shape, rest=0.0) for shape in shapes]
        if name in PRODUCTS:
            return [self._product(equation, values)]
        if name == "iota":
            rest = np.asarray(equation.primitive.bind(**equation.params), np.float64)
            return [Value(rest.shape, rest=rest)]
        return self.give_up(equation, values, f"{name} cannot be followed")

    def give_up(self, equation: core.JaxprEqn, values: list[Value], why: str) -> list[Value]:
        """All of the results depends on all of the operands."""
        why += self.place(equation)
        shapes = [variable.aval.shape for variable in equation.outvars]
        fed = any(value.fed for value in values)
        if any(value.parametric for value in values):
            self.gave_up.append(why)
        for value in values:
            self.lose(value)
        union = {}
        for kind in ("direct", "through"):
            arrays = [getattr(value, kind) for value in values]
            if any(array is not None for array in arrays):
                union[kind] = np.int32(self.labels.union_of_all(arrays, why))
        if "direct" in union and any(value.fed_beside.any() for value in values):
            union["beside"] = np.True_
        return [
            Value(
                shape,
                **{kind: np.broadcast_to(label, shape) for kind, label in union.items()},
                fed=fed,
            )
            for shape in shapes
        ]

    def _hide(self, equation: core.JaxprEqn, values: list[Value]) -> list[Value]:
        """Nobody knows who reads what is written to an array that changes in place.

        All neurons that are written are refused, so what is read needs no labels: it may be
        anything.
        """
        where = self.place(equation)
        self.hidden += [(value, where) for value in values]
        return [Value(variable.aval.shape, fed=True) for variable in equation.outvars]

    def lose(self, value: Value) -> None:
        """Notes that the parameters in this value are used where nobody follows them."""
        self.lost += [*value.weights, *value.also]

    def _meet_nothing(self, values: list[Value]) -> None:
        """Notes the parameters that meet an array without elements: a layer without units."""
        for value in values:
            self.met_zeros += [*value.weights, *value.also]

    # Data movement.

    def _move(self, equation: core.JaxprEqn, values: list[Value]) -> list[Value]:
        name = equation.primitive.name
        first_index = _FIRST_INDEX.get(name, len(values))
        moved, indices = values[:first_index], values[first_index:]
        if any(v.direct is not None or v.through is not None or v.parametric for v in indices):
            return self.give_up(equation, values, f"{name} at places that depend on the network")
        if any(np.isnan(index.rest).any() for index in indices):
            return self.give_up(equation, values, f"{name} at places that are not known")
        shapes = [variable.aval.shape for variable in equation.outvars]
        fed = any(value.fed for value in moved)
        if name == "reshape" and (order := equation.params["dimensions"]) is not None:
            # Read in another order of its axes, as by `ravel(order="F")`.
            turned = tuple(moved[0].shape[axis] for axis in order)
            moved = [_moved(moved[0], turned, lambda array: array.transpose(order))]
        if name in ("reshape", "squeeze", "expand_dims", "copy"):
            return [_moved(moved[0], shapes[0], lambda array: array.reshape(shapes[0]))]
        if name == "transpose":
            permutation = equation.params["permutation"]
            return [_moved(moved[0], shapes[0], lambda array: array.transpose(permutation))]
        if name == "broadcast_in_dim":
            spread = [1] * len(shapes[0])
            for axis, target in enumerate(equation.params["broadcast_dimensions"]):
                spread[target] = moved[0].shape[axis]
            return [
                _moved(moved[0], shapes[0], lambda a: np.broadcast_to(a.reshape(spread), shapes[0]))
            ]
        return self._move_by_index(equation, moved, indices, shapes, fed)

    def _move_by_index(self, equation, moved, indices, shapes, fed) -> list[Value]:
        """Moves the positions of all elements, then whatever is known of them along."""
        sizes = [math.prod(value.shape) for value in moved]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        positions = [
            jnp.arange(start, start + size, dtype=jnp.int32).reshape(value.shape)
            for start, size, value in zip(starts[:-1], sizes, moved, strict=True)
        ]
        places = [
            jnp.asarray(np.broadcast_to(index.rest, index.shape), variable.aval.dtype)
            for index, variable in zip(indices, equation.invars[len(moved) :], strict=True)
        ]
        params = equation.params
        if equation.primitive.name == "gather":
            # A place beyond the array has no element; its own filler would be a position here.
            params = {**params, "fill_value": -1}
        results = equation.primitive.bind(*positions, *places, **params)
        results = results if equation.primitive.multiple_results else [results]
        sources = [np.asarray(result) for result in results]
        if any(((source < 0) | (source >= starts[-1])).any() for source in sources):
            return self.give_up(
                equation, [*moved, *indices], f"{equation.primitive.name} reads beyond an array"
            )

        def gathered(arrays: Sequence[Any], missing: Any) -> list[np.ndarray]:
            flat = [
                np.broadcast_to(missing if array is None else array, value.shape).reshape(-1)
                for array, value in zip(arrays, moved, strict=True)
            ]
            return [np.concatenate(flat)[source] for source in sources]

        def stacked(kind: str) -> list[tuple[np.ndarray, ...]]:
            tuples = [getattr(value, kind) for value in moved]
            depth = max(map(len, tuples))
            padded = [(*arrays, *[None] * (depth - len(arrays))) for arrays in tuples]
            layers = [gathered([arrays[i] for arrays in padded], np.int32(0)) for i in range(depth)]
            return [tuple(layer[out] for layer in layers) for out in range(len(sources))]

        def optional(kind: str, dtype: type = np.int32) -> list[np.ndarray | None]:
            arrays = [getattr(value, kind) for value in moved]
            if all(array is None for array in arrays):
                return [None] * len(sources)
            return gathered(arrays, dtype(NONE))

        direct, through = optional("direct"), optional("through")
        beside = optional("beside", np.bool_)
        zeroed = common(value.without_weights for value in moved)
        weights, also = stacked("weights"), stacked("also")
        linear = all(value.linear for value in moved)
        same = len({repr(value.rest) for value in moved if np.ndim(value.rest) == 0}) == 1
        if same and all(np.ndim(value.rest) == 0 for value in moved):
            rest = [moved[0].rest] * len(sources)
        else:
            rest = gathered([value.rest for value in moved], UNKNOWN)
        return [
            Value(
                *(shape, direct[i], through[i], weights[i], also[i], rest[i]),
                *(fed, beside[i], zeroed, linear),
            )
            for i, shape in enumerate(shapes)
        ]

    # Element-wise functions.

    def _combine(self, equation: core.JaxprEqn, values: list[Value]) -> Value:
        name, shape = equation.primitive.name, equation.outvars[0].aval.shape
        example = ", as in a residual sum" if name == "add" else ""
        why = f"{name} mixes it with something else{example}{self.place(equation)}"
        direct = through = None
        for value in values:
            direct = self.labels.join(direct, value.direct, why)
            through = self.labels.join(through, value.through, why)
        rests = [value.rest for value in values]
        if direct is not None:
            # A learned scale may be anything while the neuron is silent.
            rests = [UNKNOWN if v.parametric else v.rest for v in values]
        weights, also = _effective_weight(name, values)
        rest = _rest(equation, rests)
        if np.ndim(rest):  # of what is known, which may be an operand of length 1 along some axes
            rest = np.broadcast_to(rest, shape)
        if direct is not None:
            direct = np.broadcast_to(direct, shape)
            linear = all(value.linear for value in values if value.parametric)
            for array in (*weights, *also):
                array = np.broadcast_to(array, shape)
                met = (direct != NONE) & (array != NONE)
                self.scalings.append((direct[met], array[met], name, linear))
            if (direct != NONE).all():
                weights = also = ()
            else:
                weights, also = (
                    tuple(np.where(direct != NONE, np.int32(0), array) for array in arrays)
                    for arrays in (weights, also)
                )
        fed = any(value.fed for value in values)
        if through is not None:
            through = np.broadcast_to(through, shape)
        weights, also = (
            tuple(np.broadcast_to(array, shape) for array in arrays) for arrays in (weights, also)
        )
        beside, zeroed = None, UNKNOWN
        if direct is not None:
            # What is 0 with the neuron has nothing else in it that would stay.
            for value in values:
                others = value.fed_beside & (direct != NONE) & np.not_equal(rest, 0)
                if others.any():
                    others = np.broadcast_to(others, shape)
                    beside = others if beside is None else beside | others
        if direct is not None or through is not None:
            zeroed = common([_rest(equation, [value.without_weights for value in values])])
        linear = _linear(equation, values)
        return Value(shape, direct, through, weights, also, rest, fed, beside, zeroed, linear)

    # Reductions.

    def _reduce(self, equation: core.JaxprEqn, value: Value) -> Value:
        axes = equation.params["axes"]
        kept = [axis for axis in range(len(value.shape)) if axis not in axes]
        shape = tuple(value.shape[axis] for axis in kept)

        def rows(array: np.ndarray) -> np.ndarray:
            return (
                np.broadcast_to(array, value.shape)
                .transpose(*kept, *axes)
                .reshape(math.prod(shape), math.prod(value.shape[axis] for axis in axes))
            )

        direct, through, agree = self._reduce_labels(equation, value, rows)
        also = []
        if value.parametric:
            entries = np.concatenate([rows(a) for a in (*value.weights, *value.also)], axis=1)
            also = [self._bundles(entries)]
        keeps = equation.primitive.name in _KEEP_REST_ZERO and not value.parametric
        rest = 0.0 if keeps and agree and np.ndim(value.rest) == 0 and value.rest == 0 else UNKNOWN
        beside = None
        if direct is not None and rest != 0 and value.fed_beside.any():
            beside = rows(value.fed_beside).any(axis=1) & (direct != NONE)
        return Value(
            shape,
            *(None if a is None else a.reshape(shape) for a in (direct, through)),
            also=tuple(a.reshape(shape) for a in also),
            rest=rest,
            fed=value.fed,
            beside=None if beside is None else beside.reshape(shape),
            # What reaches it from its neighbours is theirs, and stays without its weights.
            zeroed=0.0 if keeps and value.zeroed == 0 and through is None else UNKNOWN,
        )

    def _reduce_labels(self, equation, value: Value, rows: Callable[[np.ndarray], np.ndarray]):
        """Labels of reduced rows: (direct, through, whether all rows agree)."""
        name = equation.primitive.name
        why = f"{name} couples it with its neighbours{self.place(equation)}"
        direct = through = None
        agree = np.array(True)
        if value.through is not None:
            through, _ = self.labels.join_rows(rows(value.through), why)
        if value.direct is not None:
            united, agree = self.labels.join_rows(rows(value.direct), why)
            direct = np.where(agree, united, NONE).astype(np.int32)
            if not agree.all():
                spread = np.where(agree, NONE, united).astype(np.int32)
                through = self.labels.join(through, spread, why)
                direct = direct if direct.any() else None
        return direct, through, bool(agree.all())

    def _reduce_window(self, equation: core.JaxprEqn, value: Value) -> Value:
        name, shape = equation.primitive.name, equation.outvars[0].aval.shape
        window = [equation.params[key] for key in ("window_dimensions", "base_dilation")]
        if (value.direct is None and value.through is None) or value.parametric:
            return self.give_up(equation, [value], f"{name} of parameters cannot be followed")[0]
        # Windows that lie along axes on which nothing changes leave each label where it is.
        fixed = value
        for axis, size in enumerate(window[0]):
            if size > 1 and window[1][axis] == 1:
                fixed = _first_along(fixed, axis)
        if fixed is None or any(d > 1 for d in window[1]):
            return self.give_up(equation, [value], f"{name} mixes neighbouring neurons")[0]
        strides = equation.params["window_strides"]
        padding = equation.params["padding"]
        plain = all(
            size > 1 or (stride == 1 and tuple(pad) == (0, 0))
            for size, stride, pad in zip(window[0], strides, padding, strict=True)
        )
        if not plain:
            return self.give_up(equation, [value], f"{name} mixes neighbouring neurons")[0]
        rest = 0.0 if np.ndim(value.rest) == 0 and value.rest == 0 else UNKNOWN
        moved = [np.broadcast_to(array, shape) for array in fixed.fields()]
        zeroed = 0.0 if value.zeroed == 0 else UNKNOWN
        return dataclasses.replace(fixed.with_fields(shape, moved, rest), zeroed=zeroed)

    # Products.

    def _product(self, equation: core.JaxprEqn, values: list[Value]) -> Value:
        which = _weight_operand(values)
        layout = None if which is None else as_matrices(equation, which)
        if layout is None:
            return self.give_up(equation, values, _two_data(values))[0]
        weight, data = values[which], values[1 - which]
        shape = equation.outvars[0].aval.shape
        if not data.constant:
            groups = self._note(equation, weight, data, layout)
            return Value(shape, layout.spread(groups), zeroed=_product_without(weight))
        if np.all(data.rest == 0):
            self.met_zeros += [*weight.weights, *weight.also]
            return Value(shape, rest=0.0)
        # Parameters among themselves, as in the power iteration of a spectral norm.
        entries = [layout.by_column(array) for array in (*weight.weights, *weight.also)]
        whole = np.concatenate(entries, axis=1).transpose(0, 2, 1)
        bundles = self._bundles(whole.reshape(-1, whole.shape[-1]))
        return Value(shape, also=(layout.spread(bundles),), fed=weight.fed)

    def _note(self, equation, weight: Value, data: Value, layout: Layout) -> np.ndarray:
        """Notes a product and returns its groups, (batch, 1, outputs)."""
        self.lose(data)
        entries = tuple(map(layout.by_column, weight.weights))
        others = tuple(map(layout.by_column, weight.also))
        batch, _, columns = (entries or others)[0].shape
        groups = self.labels.fresh(batch * columns).reshape(batch, 1, columns)
        where = self.place(equation)

        def by_row(per_row: np.ndarray) -> np.ndarray:
            return np.repeat(per_row.reshape(batch, -1), layout.repeat, axis=1)[:, :, None]

        def labels(array: np.ndarray | None) -> np.ndarray:
            if array is None:
                return np.zeros((batch, 1, 1), np.int32)
            why = f"{equation.primitive.name} reads it together with other neurons{where}"
            return by_row(self.labels.join_rows(layout.rows(array), why)[0])

        # What is learned may be anything, although it would be 0 with its weights.
        rest = UNKNOWN if data.parametric else data.rest
        if np.ndim(rest):
            vanishing = by_row((layout.rows(rest) == 0).all(axis=1))
        else:
            vanishing = np.full((1, 1, 1), rest == 0)
        if np.ndim(weight.rest):
            removable = layout.by_column(weight.rest) == 0
        else:
            removable = np.full((1, 1, 1), weight.rest == 0)
        direct, through = labels(data.direct), labels(data.through)
        if self.in_short_loop:
            zero = vanishing & (direct == NONE) & (through == NONE)
            self.met_zeros += [np.where(zero, each, NONE) for each in (*entries, *others)]
        self.products.append(
            Product(
                entries,
                others,
                removable,
                weight.linear,
                direct,
                through,
                vanishing,
                by_row(np.any(layout.rows(data.fed_beside), axis=1)),
                groups,
                where,
            )
        )
        return groups

    def _bundles(self, rows: np.ndarray) -> np.ndarray:
        """One bundle for each row of parameter entries."""
        numbers = self.labels.fresh(len(rows))
        for number, row in zip(numbers.tolist(), rows, strict=True):
            self.bundles[number] = self.expand(row)
        return numbers

    def expand(self, entries: np.ndarray) -> np.ndarray:
        """Parameter entries with bundles replaced by what is in them, each once."""
        entries = np.unique(entries)
        bundled = [self.bundles[e] for e in entries.tolist() if e in self.bundles]
        if not bundled:
            return entries[entries > NONE]
        plain = [e for e in entries.tolist() if e not in self.bundles and e > NONE]
        return np.unique(np.concatenate([np.array(plain, np.int32), *bundled]))


def _product_without(weight: Value) -> float:
    """What a product is once the parameters that its weights are made of are 0."""
    return 0.0 if np.ndim(weight.rest) == 0 and weight.rest == 0 else UNKNOWN


def _moved(value: Value, shape, move: Callable[[np.ndarray], np.ndarray]) -> Value:
    rest = move(value.rest) if np.ndim(value.rest) else value.rest
    return value.with_fields(shape, map(move, value.fields()), rest)


def _first_along(value: Value | None, axis: int) -> Value | None:
    """The value with an axis cut to length 1 if nothing changes along it, else None."""
    if value is None:
        return None
    cut = [array[(slice(None),) * axis + (slice(0, 1),)] for array in value.fields()]
    if not all((a == b).all() for a, b in zip(cut, value.fields(), strict=True)):
        return None
    shape = (*value.shape[:axis], 1, *value.shape[axis + 1 :])
    return value.with_fields(shape, cut, value.rest)


def _effective_weight(name: str, values: list[Value]):
    """Parameter entries (weights, also) of an element-wise function."""
    operands = [value for value in values if value.parametric]
    weights = tuple(array for value in operands for array in value.weights)
    also = tuple(array for value in operands for array in value.also)
    if name not in ("mul", "div") or len(operands) < 2:
        return weights, also
    # One factor that is 0 is enough, and the finer one belongs to fewer neurons.
    candidates = operands if name == "mul" else values[:1]
    candidates = [v for v in candidates if v.weights and np.ndim(v.rest) == 0 and v.rest == 0]
    if not candidates:
        return (), (*weights, *also)
    factor = max(candidates, key=lambda value: np.unique(value.weights[0]).size)
    others = [array for v in operands if v is not factor for array in (*v.weights, *v.also)]
    return factor.weights, (*factor.also, *others)


def _linear(equation: core.JaxprEqn, values: list[Value]) -> bool:
    """Whether an element-wise function is linear in all parameters together."""
    name = equation.primitive.name
    if not jnp.issubdtype(equation.outvars[0].aval.dtype, jnp.inexact):
        return False  # rounded to integers
    if name in _LINEAR:
        return all(value.linear for value in values)
    if name not in ("mul", "div") or (name == "div" and values[1].parametric):
        return False
    return [value.linear for value in values if value.parametric] == [True]


def _rest(equation: core.JaxprEqn, rests: list[Any]) -> Any:
    """The value of an element-wise function of values that are partly known; see `Value.rest`."""
    name = equation.primitive.name
    dtypes = [variable.aval.dtype for variable in (*equation.invars, *equation.outvars)]
    real = (jnp.floating, jnp.integer, jnp.bool_)
    if not all(any(jnp.issubdtype(dtype, kind) for kind in real) for dtype in dtypes):
        return UNKNOWN
    shape = np.broadcast_shapes(*map(np.shape, rests))
    arrays = [np.broadcast_to(np.asarray(rest, np.float64), shape) for rest in rests]
    unknown = np.any([np.isnan(array) for array in arrays], axis=0)
    result = np.full(shape, UNKNOWN)
    if not unknown.all():
        operands = [
            jnp.asarray(np.where(np.isnan(array), 0, array)).astype(variable.aval.dtype)
            for array, variable in zip(arrays, equation.invars, strict=True)
        ]
        bound = equation.primitive.bind(*operands, **equation.params)
        result = np.where(unknown, UNKNOWN, np.asarray(bound, np.float64))
    if name == "mul":
        # What is not known is taken to be finite.
        result = np.where(unknown & ((arrays[0] == 0) | (arrays[1] == 0)), 0.0, result)
    elif name == "div":
        result = np.where(unknown & (arrays[0] == 0), 0.0, result)
    elif name == "select_n":
        same = np.all([case == arrays[1] for case in arrays[2:]], axis=0)
        result = np.where(same, arrays[1], result)
    return result if shape else float(result)


def _weight_operand(values: list[Value]) -> int | None:
    """Which operand of a product is a weight that the other one, data, is multiplied with."""
    weights = [index for index, value in enumerate(values) if value.is_weight]
    if len(weights) == 2:
        weights = [index for index in weights if not values[index].fed]
    return weights[0] if len(weights) == 1 else None


def _two_data(values: list[Value]) -> str:
    if any(value.parametric for value in values):
        return "a product with weights that depend on data or on other weights mixes it"
    return "a product of two data arrays mixes it with something else"
