"""Runs a traced function (a jaxpr) on labels instead of numbers.

What is recorded gets the labels of its neurons from there on; what it was computed from is its
*source*. Recorded is what the network returns as activations, and often a view of what it goes
on with (a transpose, a cast to float32, the stacked outputs of a scan): labels are given to
what the view was taken from, as long as that lies on the path to it.
"""

from collections.abc import Callable, Mapping
import itertools
from typing import Any

from jax.extend import core
import jax.numpy as jnp
import numpy as np

from dormancy._labels import Value, common, is_reference, known_constant
from dormancy._rules import Rules

# variable -> (recorded layer, labels of its neurons in the variable's shape)
Taps = Mapping[core.Var, tuple[str, np.ndarray]]


class LabelRun:
    """One pass over a jaxpr.

    Attributes:
      rules: what was met on the way.
      sources: recorded layer -> what was known of it just before it was recorded, once for
        each time that a loop recorded it; in order of computation.
    """

    def __init__(self, rules: Rules):
        self.rules = rules
        self.sources: dict[str, list[tuple[Value, np.ndarray]]] = {}

    def run(
        self, jaxpr: core.Jaxpr, constants: list[Any], inputs: list[Value], taps: Taps
    ) -> list[Value]:
        """What is known of the outputs.

        Args:
          jaxpr: what to run.
          constants: values of its `constvars`.
          inputs: what is known of its inputs.
          taps: variables of this jaxpr that are recorded layers. An inner jaxpr gets its
            own: JAX reuses one traced function for all calls of equal shape.
        """
        taps = _taken_from(jaxpr, taps)
        known: dict[core.Var, Value] = dict(zip(jaxpr.invars, inputs, strict=True))
        for variable, constant in zip(jaxpr.constvars, constants, strict=True):
            # What changes in place says nothing by what it holds now.
            lasting = None if is_reference(variable.aval) else constant
            known[variable] = _constant(lasting, variable.aval.shape)

        def read(atom: Any) -> Value:
            if isinstance(atom, core.Literal):
                literal = np.asarray(atom.val)
                if literal.ndim:
                    return _constant(literal, literal.shape)
                return Value((), rest=float(literal) if np.isrealobj(literal) else np.nan)
            return known[atom]

        for equation in jaxpr.eqns:
            values = [read(atom) for atom in equation.invars]
            inside = {v: taps[v] for v in equation.outvars if v in taps}
            before = {name: len(self.sources.get(name, ())) for name, _ in inside.values()}
            outputs = self._equation(equation, values, inside)
            for variable, value in zip(equation.outvars, outputs, strict=True):
                known[variable] = value
                if variable in inside:
                    name, labels = inside[variable]
                    # An inner jaxpr may have recorded it already.
                    if len(self.sources.get(name, ())) == before[name]:
                        known[variable] = self._record(name, labels, value)
        return [read(atom) for atom in jaxpr.outvars]

    def _record(self, name: str, labels: np.ndarray, value: Value) -> Value:
        self.sources.setdefault(name, []).append((value, labels))
        self.rules.lose(value)
        return Value(value.shape, labels, rest=0.0, zeroed=value.zeroed)

    def _equation(self, equation: core.JaxprEqn, values: list[Value], taps: Taps) -> list[Value]:
        name = equation.primitive.name
        if name == "scan":
            return self._scan(equation, values, taps)
        inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
        if inner is None or name in ("while", "cond") or not _is_call(equation, _inner(inner)[0]):
            return self.rules.apply(equation, values)
        jaxpr, constants = _inner(inner)
        variables = zip(equation.outvars, jaxpr.outvars, strict=True)
        inner_taps = {inside: taps[outside] for outside, inside in variables if outside in taps}
        caller, self.rules.called_from = self.rules.called_from, self.rules.place(equation)
        outputs = self.run(jaxpr, constants, values, inner_taps)
        self.rules.called_from = caller
        return outputs

    def _scan(self, equation: core.JaxprEqn, values: list[Value], taps: Taps) -> list[Value]:
        """Every step by itself, so that each gets weights and labels of its own."""
        params = equation.params
        jaxpr, constants = _inner(params["jaxpr"])
        fixed, carried = params["num_consts"], params["num_carry"]
        first, last = fixed + carried, carried
        carry, steps = values[fixed:first], range(params["length"])
        if not steps:
            return self._never(equation, values)
        stacks: list[list[Value]] = []
        around, self.rules.in_short_loop = self.rules.in_short_loop, params["length"] == 1
        for step in reversed(steps) if params["reverse"] else steps:
            inner_taps = {
                inside: (taps[outside][0], taps[outside][1][step])
                for outside, inside in zip(
                    equation.outvars[last:], jaxpr.outvars[last:], strict=True
                )
                if outside in taps and isinstance(inside, core.Var)
            }
            sliced = [_at(value, step) for value in values[first:]]
            results = self.run(jaxpr, constants, [*values[:fixed], *carry, *sliced], inner_taps)
            carry = results[:carried]
            stacks.append(results[carried:])
        self.rules.in_short_loop = around
        if params["reverse"]:
            stacks.reverse()
        outputs = [_stacked(list(steps_of_one)) for steps_of_one in zip(*stacks, strict=True)]
        return [*carry, *outputs]

    def _never(self, equation: core.JaxprEqn, values: list[Value]) -> list[Value]:
        """A loop without steps: what it carries stays, and its weights meet nothing."""
        fixed, carried = equation.params["num_consts"], equation.params["num_carry"]
        for value in (*values[:fixed], *values[fixed + carried :]):
            self.rules.met_zeros += [*value.weights, *value.also]
        stacks = [Value(variable.aval.shape) for variable in equation.outvars[carried:]]
        return [*values[fixed : fixed + carried], *stacks]


def _is_call(equation: core.JaxprEqn, jaxpr: core.Jaxpr) -> bool:
    """Whether an equation does once, with whole arrays, what its inner jaxpr says.

    That of a reduction says what becomes of two numbers.
    """
    return all(
        [variable.aval.shape for variable in outer] == [variable.aval.shape for variable in inner]
        for outer, inner in (
            (equation.invars, jaxpr.invars),
            (equation.outvars, jaxpr.outvars),
        )
    )


def _inner(inner: Any) -> tuple[core.Jaxpr, list[Any]]:
    """The jaxpr and the constants of a jaxpr that may be closed."""
    if isinstance(inner, core.ClosedJaxpr):
        return inner.jaxpr, list(inner.consts)
    return inner, [None] * len(inner.constvars)


def _constant(constant: Any, shape: tuple[int, ...]) -> Value:
    if constant is None:
        return Value(shape)
    return Value(shape, rest=known_constant(constant))


def _taken_from(jaxpr: core.Jaxpr, taps: Taps) -> Taps:
    """Moves taps from views to what these were taken from, if that is computed here."""
    producers = {v: equation for equation in jaxpr.eqns for v in equation.outvars}
    moved = dict(taps)
    for variable in taps:
        while (equation := producers.get(variable)) is not None:
            undo = _UNDO.get(equation.primitive.name)
            source = equation.invars[0] if undo else None
            if source not in producers or source in moved or not _keeps_all(equation):
                break
            name, labels = moved.pop(variable)
            moved[source] = name, undo(labels, equation)
            variable = source
    return moved


def _keeps_all(equation: core.JaxprEqn) -> bool:
    """Whether no value is lost: a cast to a wider type, or movement without repetition."""
    before, after = equation.invars[0].aval, equation.outvars[0].aval
    return before.size == after.size and jnp.promote_types(before.dtype, after.dtype) == after.dtype


def _before_reshape(labels: np.ndarray, equation: core.JaxprEqn) -> np.ndarray:
    shape, order = equation.invars[0].aval.shape, equation.params["dimensions"]
    if order is None:
        return labels.reshape(shape)
    return labels.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))


_UNDO: dict[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "reshape": _before_reshape,
    "transpose": lambda labels, e: labels.transpose(np.argsort(e.params["permutation"])),
    **dict.fromkeys(
        ("squeeze", "expand_dims", "convert_element_type", "copy"),
        lambda labels, e: labels.reshape(e.invars[0].aval.shape),
    ),
}


def _at(value: Value, step: int) -> Value:
    """One step of what is known of a stacked array."""
    rest = value.rest[step] if np.ndim(value.rest) else value.rest
    return value.with_fields(value.shape[1:], (a[step] for a in value.fields()), rest)


def _stacked(steps: list[Value]) -> Value:
    shape = (len(steps), *steps[0].shape)

    def stack(arrays: Any, dtype: type = np.int32) -> np.ndarray | None:
        arrays = list(arrays)
        if all(array is None for array in arrays):
            return None
        empty = np.zeros(shape[1:], dtype)
        return np.stack([empty if array is None else array for array in arrays])

    def layers(kind: str) -> tuple[np.ndarray, ...]:
        tuples = (getattr(step, kind) for step in steps)
        return tuple(stack(layer) for layer in itertools.zip_longest(*tuples))

    rests = [np.broadcast_to(step.rest, step.shape) for step in steps]
    uniform = {repr(step.rest) for step in steps}
    same = len(uniform) == 1 and np.ndim(steps[0].rest) == 0
    return Value(
        shape,
        stack(step.direct for step in steps),
        stack(step.through for step in steps),
        layers("weights"),
        layers("also"),
        steps[0].rest if same else np.stack(rests),
        any(step.fed for step in steps),
        stack((step.beside for step in steps), np.bool_),
        common(step.zeroed for step in steps),
        all(step.linear for step in steps),
    )
