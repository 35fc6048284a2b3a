"""Command lines: tyro reads them; what is wrong with one is told in a sentence, not in a box."""

from collections.abc import Callable, Iterator, Sequence
import contextlib
import dataclasses
import functools
import inspect
import io
from pathlib import Path
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import tyro

from experiments.storing.schema import PRESET_NAMES, RUNS
from experiments.wording import did_you_mean

# So many options are named in full where none is meant.
_FEW = 8


class WrongArgumentsError(Exception):
    """A command line that cannot be read; the message is one sentence that says what to do."""


@dataclasses.dataclass(frozen=True)
class _Option:
    """Of a command: its name as it is typed, and the type of its values."""

    name: str
    type: Any
    is_positional: bool


def read(function: Callable[..., Any], words: Sequence[str], program: str) -> Callable[[], Any]:
    """What some words ask of a function that is a command line, ready to be called.

    Args:
      function: as `tyro.cli` takes it.
      words: what was typed behind the program's name.
      program: its name.

    Raises:
      WrongArgumentsError: an option does not exist, has no value, or a wrong one.
      SystemExit: help was asked for and printed.
    """

    @functools.wraps(function)
    def postponed(*args: Any, **options: Any) -> Callable[[], Any]:
        return functools.partial(function, *args, **options)

    told = io.StringIO()
    wrong = _wrong(list(_options(function)), words, program)
    try:
        with contextlib.redirect_stderr(told):
            call = tyro.cli(postponed, prog=program, args=list(words))
    except SystemExit as end:
        if not end.code:
            raise
        # What is not recognised here, tyro itself explains.
        raise WrongArgumentsError(next(wrong, "") or told.getvalue().strip()) from end
    # To tyro, no value at all is a list of values as well: `--games` would mean all games.
    if sentence := next(wrong, ""):
        raise WrongArgumentsError(sentence)
    return call


def check_preset(results: Path, name: str) -> None:
    """Proves that there is or may be a preset: one of this project's, or one that has results.

    Raises:
      WrongArgumentsError: there is none of that name.
    """
    own = [path.parent.name for path in results.glob(f"*/{RUNS}")]
    if name in PRESET_NAMES or name in own:
        return
    names = list(dict.fromkeys([*PRESET_NAMES, *sorted(own)]))
    hint = did_you_mean(name, names)
    raise WrongArgumentsError(
        f"There is no preset {name!r}{hint} In {results} there may be {', '.join(names)}."
    )


def _options(function: Callable[..., Any]) -> Iterator[_Option]:
    for parameter in inspect.signature(function).parameters.values():
        kind, told = _bare(parameter.annotation)
        if dataclasses.is_dataclass(kind):
            hints = get_type_hints(kind)
            for field in dataclasses.fields(kind):
                yield _Option(field.name.replace("_", "-"), hints[field.name], False)
        else:
            names = [about.name for about in told if getattr(about, "name", None)]
            name = names[0] if names else parameter.name
            is_positional = tyro.conf.Positional in told
            yield _Option(name.replace("_", "-"), kind, is_positional)


def _bare(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without what is annotated, and that."""
    if get_origin(annotation) is Annotated:
        kind, *told = get_args(annotation)
        return kind, tuple(told)
    return annotation, ()


def _wrong(options: Sequence[_Option], words: Sequence[str], program: str) -> Iterator[str]:
    """Sentences about what is wrong, the first mistake first; nothing if none is recognised."""
    named = {option.name: option for option in options if not option.is_positional}
    free, given = _sorted(words, named)
    seen: set[str] = set()
    for name, values in given:
        option = named.get(name) or named.get(name.removeprefix("no-"))
        if name in seen:
            # Only the last would count.
            several = option is not None and get_origin(option.type) is tuple
            together = ", all values behind it" if several else ""
            yield f"--{name} is given twice; give it once{together}."
        seen.add(name)
        if option is None:
            hint = did_you_mean(name, list(named)).replace("mean ", "mean --")
            if hint == "." and len(named) <= _FEW:
                hint = f"; it takes {', '.join(f'--{known}' for known in named)}."
            yield f"`{program}` has no option --{name}{hint} See `{program} --help`."
        elif option.type is not bool and not values:
            kind = _wanted(option.type)
            yield f"--{name} needs a value{'' if 'text' in kind else f': {kind}'}."
        else:
            for value in values:
                if not _fits(value, option.type):
                    choices = [str(choice) for choice in _choices(option.type)]
                    hint = did_you_mean(value, choices)
                    yield f"--{name} takes {_wanted(option.type)}, and not {value!r}{hint}"
    positional = [option for option in options if option.is_positional]
    if len(free) > len(positional):
        extra = free[len(positional)]
        yield f"`{program}` does not know what to do with {extra!r}; see `{program} --help`."
    for option in positional[len(free) :]:
        yield f"`{program}` lacks its {option.name.upper()}; see `{program} --help`."


def _sorted(
    words: Sequence[str], named: dict[str, _Option]
) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Words that belong to no option, and the options with the words that belong to them."""
    free: list[str] = []
    given: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            name, separator, value = word[2:].partition("=")
            given.append((name.replace("_", "-"), [value] if separator else []))
        elif given and _takes_more(named.get(given[-1][0]), given[-1][1]):
            given[-1][1].append(word)
        else:
            free.append(word)
    return free, given


def _takes_more(option: _Option | None, values: Sequence[str]) -> bool:
    """Whether another word behind an option is its value, as behind one that does not exist."""
    if option is None or get_origin(option.type) is tuple:
        return True
    return option.type is not bool and not values


def _inner(kind: Any) -> Any:
    """Of "int | None" and of tuples, the type of a value."""
    if get_origin(kind) in (Union, types.UnionType, tuple):
        return next(part for part in get_args(kind) if part not in (types.NoneType, Ellipsis))
    return kind


def _choices(kind: Any) -> tuple[Any, ...]:
    return get_args(_inner(kind)) if get_origin(_inner(kind)) is Literal else ()


def _fits(text: str, kind: Any) -> bool:
    inner = _inner(kind)
    if text == "None" and types.NoneType in get_args(kind):
        return True
    if choices := _choices(kind):
        return text in [str(choice) for choice in choices]
    if inner in (int, float):
        try:
            inner(text)
        except ValueError:
            return False
    return True


def _wanted(kind: Any) -> str:
    if choices := _choices(kind):
        return "one of " + ", ".join(str(choice) for choice in choices)
    words = {int: "a whole number", float: "a number"}
    word = words.get(_inner(kind), "a text")
    return f"{word.removeprefix('a ')}s" if get_origin(kind) is tuple else word
