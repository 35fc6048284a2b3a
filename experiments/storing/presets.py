"""A preset of a user's own lies beside its results, so that its name alone is enough later."""

import dataclasses
import json
from pathlib import Path

from agents.errors import UserError
from experiments.presets.changes import changed
from experiments.presets.preset import Preset
from experiments.presets.presets import PRESETS
from experiments.storing.files import replacing
from experiments.storing.schema import Store

_FILE = "preset.json"


def find_preset(name: str, results: Path) -> Preset:
    """One of this project's presets, or one that was made by changing it.

    Raises:
      UserError: there is none of that name, or its file cannot be read.
    """
    if name in PRESETS:
        return PRESETS[name]
    path = results / name / _FILE
    if "/" in name or not path.is_file():
        own = sorted(p.parent.name for p in results.glob(f"*/{_FILE}")) if results.is_dir() else []
        raise UserError(
            f"There is no preset {name!r}; choose one of {', '.join([*PRESETS, *own])}."
        )
    try:
        told = json.loads(path.read_text())
        return changed(PRESETS[told["based_on"]], [str(text) for text in told["set"]], name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} does not describe a preset; write it anew with --set and --name {name}."
        ) from error


def check_name(store: Store, preset: Preset) -> None:
    """Proves that results of a preset may be kept in a store; writes nothing.

    Raises:
      UserError: the name belongs to another preset.
    """
    if not preset.based_on:
        return
    if preset.name in PRESETS:
        raise UserError(
            f"{preset.name} is a preset of this project; give yours another name with --name."
        )
    if told := _of_that_name(store, preset):
        raise UserError(f"{told}; give the new one another name with --name.")


def keep_preset(store: Store, preset: Preset) -> None:
    """Writes down beside its results what a preset of a user's own is.

    Raises:
      UserError: the name belongs to another preset, or the folder cannot be written.
    """
    check_name(store, preset)
    path = store.folder / _FILE
    if preset.based_on and not path.exists():
        with replacing(path) as stream:
            stream.write(json.dumps(_described(preset), indent=1).encode())


def take_over(source: Store, target: Store) -> None:
    """Writes down beside other results what a preset of a user's own is.

    Raises:
      UserError: the name belongs to another preset there, a file does not describe one, or the
        folder cannot be written.
    """
    if not (source.folder / _FILE).exists():
        return
    preset = find_preset(source.preset, source.root)
    if told := _of_that_name(target, preset):
        raise UserError(f"{told}; rename the folder {source.folder} and merge again.")
    keep_preset(target, preset)


def _of_that_name(store: Store, preset: Preset) -> str:
    """What else a store has under a preset's name; "" if nothing, or the same."""
    try:
        known = (store.folder / _FILE).exists()
    except OSError:  # what nobody can write to is explained where it is written to
        return ""
    there = find_preset(preset.name, store.root) if known else preset
    if _numbers(there) == _numbers(preset):
        return ""
    numbers = " ".join(_described(there)["set"])
    return f"The preset {preset.name!r} in {store.root} is {there.based_on} with {numbers}"


def _described(preset: Preset) -> dict[str, object]:
    # In the order in which they were set: of two that overlap, the last one counts.
    texts = [f"{change.path}={change.value}" for change in preset.changes]
    return {"based_on": preset.based_on, "set": texts}


def _numbers(preset: Preset) -> Preset:
    """The preset without what only tells how it came about."""
    return dataclasses.replace(preset, name="", purpose="", changes=())
