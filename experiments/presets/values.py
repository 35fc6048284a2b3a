"""Values of settings as texts: read from a command line, written for people, asked for in words."""

from collections.abc import Collection
import math
import re
import types
import typing
from typing import Any, Literal

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")


def read_value(text: str, hint: Any) -> Any:
    """A text as a value of a type.

    Args:
      text: for instance "20,000", "none" or "0.1,0.2".
      hint: the type of a specification's field: a number, bool or text, one of some, several of
        one kind, or None besides.

    Raises:
      ValueError, OverflowError: it is none.
    """
    origin, choices = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        named = {str(choice): choice for choice in choices}
        return named[_one_of(text, named)]
    if origin in (types.UnionType, typing.Union):
        [inner] = [choice for choice in choices if choice is not types.NoneType]
        return None if text.lower() == "none" else read_value(text, inner)
    if origin is tuple:
        return tuple(read_value(part, choices[0]) for part in text.split(","))
    if hint is bool:
        return _one_of(text.lower(), ("true", "false")) == "true"
    if hint is int:
        # "20,000" is meant, and "1,5" nowhere a whole number.
        number = float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
        if not number.is_integer():
            raise ValueError
        return int(number)
    if hint is float:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError
        return number
    return text


def in_words(hint: Any) -> str:
    """Which values a type has, for instance "a whole number or none"."""
    origin, choices = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return f"one of {', '.join(map(str, choices))}"
    if origin in (types.UnionType, typing.Union):
        [inner] = [choice for choice in choices if choice is not types.NoneType]
        return f"{in_words(inner)} or none"
    if origin is tuple:
        return f"{in_words(choices[0])}s between commas".replace("a number", "number")
    words = {int: "a whole number", float: "a number", bool: "true or false"}
    return words.get(hint, "a text")


def write_value(value: Any) -> str:
    """A value as `read_value` reads it."""
    if isinstance(value, tuple):
        return ",".join(map(write_value, value))
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _one_of(text: str, choices: Collection[str]) -> str:
    if text not in choices:
        raise ValueError
    return text
