"""What callers get wrong, said in one sentence before anything is computed.

Nothing here needs JAX; what is wrong with trees of parameters is said by `_tree_checks`.
"""

from collections.abc import Mapping
import dataclasses
import numbers
from typing import Any, Literal, get_args, get_origin


def check_choice(name: str, value: Any, choices: Any) -> None:
    """Raises unless `value` is one of the choices of a `Literal` type."""
    allowed = get_args(choices)
    if value not in allowed:
        listed = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
        raise ValueError(f"{name} is {value!r}; it has to be {listed}.")


def check_choices(options: Any) -> None:
    """The same for every field of a dataclass that is a `Literal`."""
    for field in dataclasses.fields(options):
        if get_origin(field.type) is Literal:
            check_choice(field.name, getattr(options, field.name), field.type)


def check_threshold(threshold: Any) -> None:
    """Raises unless a score can be at most this; of a traced number nobody knows."""
    if not isinstance(threshold, numbers.Real):
        if not hasattr(threshold, "dtype"):
            kind = type(threshold).__name__
            raise ValueError(f"A threshold (tau) has to be a number; this is a {kind!r}.")
    elif not threshold >= 0:
        raise ValueError(
            f"A threshold (tau) of {threshold} finds no neuron, for no score is below 0; give 0 "
            "or more."
        )


def check_activations(expected: str, activations: Any, error: type[ValueError]) -> None:
    """Raises unless this is a flat dictionary of arrays with an axis of neurons.

    Args:
      expected: beginning of the sentence: what is wanted, and from whom.
      activations: what was given.
      error: what is raised.
    """
    if not isinstance(activations, Mapping):
        kind = type(activations).__name__
        is_pair = isinstance(activations, tuple) and len(activations) == 2
        hint = " Of a pair (outputs, activations) give the second alone." if is_pair else ""
        raise error(f"{expected}; this is a {kind!r}, not a dictionary.{hint}")
    for name, recorded in activations.items():
        if not isinstance(name, str):
            raise error(
                f"{expected}; {name!r} is not the name of a layer: names are strings, as "
                f"{str(name)!r}."
            )
        if not hasattr(recorded, "shape"):
            raise error(
                f"{expected}; {name!r} holds {type(recorded).__name__!r} instead of one array. "
                "Name each array by itself: {'a/b': tree['a']['b']} for what is nested, and "
                "values[0] for what flax's `sow` collected in a tuple."
            )
        if not recorded.shape:
            raise error(f"{expected}; {name!r} is a single number, which has no neurons.")


def check_layers(given: Mapping[str, Any], wanted: Any, by: str) -> None:
    """Raises if a layer is missing among the recorded ones.

    Args:
      given: layer name -> activations.
      wanted: names of layers.
      by: who wants them.
    """
    missing = [name for name in wanted if name not in given]
    if missing:
        raise ValueError(
            f"There are no activations of {', '.join(map(repr, missing))}, which {by} has; "
            f"given are those of {', '.join(map(repr, given)) or 'no layer'}."
        )
