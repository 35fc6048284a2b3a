"""Settings that an experiment decides itself, or that none of its runs has, are refused."""

from collections.abc import Iterator, Sequence
import contextlib
from typing import Any

from agents.errors import UserError
from agents.sac.spec import ContinuousSpec
from experiments.experiment import Experiment, Run
from experiments.presets.changes import changed, parse, value_at
from experiments.presets.preset import Preset
from experiments.presets.scale_down import as_text

# The specifications of a preset, by which a path can begin.
_SPECS = ("atari", "offline", "distillation", "classification", "control")
# And those of which no experiment decides a setting for other runs than its own.
_PREFIXES = (*_SPECS, "drq")


def changed_for(
    experiments: Sequence[Experiment], base: Preset, texts: Sequence[str], name: str = ""
) -> Preset:
    """The preset with some settings changed, all of which these experiments leave to the user.

    Raises:
      UserError: an experiment decides a setting itself, no run has it, or as in `changed`.
    """
    for text in texts:
        path, wanted = parse(base, text)
        preset = changed(base, [text], "probe")
        reached = False
        for experiment in experiments:
            pairs, differ = _compared(experiment, base, preset)
            reached |= differ
            told = dict(_kept(base, path, wanted, pairs))
            if told:
                values = ", ".join(f"{line}: {as_text(value)}" for line, value in told.items())
                raise UserError(
                    f"The experiment {experiment.name} decides {path} itself ({values}); "
                    f"{_meant(experiments, base, text)}set "
                    "something else, or write an experiment of your own (docs/your-own.md)."
                )
        if not reached:
            names = ", ".join(experiment.name for experiment in experiments[:3])
            raise UserError(
                f"--set {text} changes no run of {names}; "
                f"{_meant(experiments, base, text)}leave it out."
            )
    return changed(base, texts, name)


def _meant(experiments: Sequence[Experiment], base: Preset, text: str) -> str:
    """The same setting of another specification, if that changes a run; else ""."""
    prefix, _, rest = text.partition(".")
    rest = rest if prefix in _PREFIXES else text
    for meant in (f"{other}.{rest}" for other in _PREFIXES if other != prefix):
        with contextlib.suppress(UserError):
            path, wanted = parse(base, meant)
            preset = changed(base, [meant], "probe")
            inner = path.partition(".")[2]
            pairs = [pair for e in experiments for pair in _compared(e, base, preset)[0]]
            taken = (
                value_at(before.spec, inner) != wanted == value_at(after.spec, inner)
                for before, after in pairs
            )
            if any(taken) and not any(_kept(base, path, wanted, pairs)):
                return f"did you mean {meant}? Or "
    return ""


def _compared(
    experiment: Experiment, base: Preset, preset: Preset
) -> tuple[list[tuple[Run, Run]], bool]:
    """An experiment's runs of two presets in pairs, and whether the two differ in any."""
    before, after = _few(experiment, base), _few(experiment, preset)
    pairs = list(zip(before, after, strict=False))
    return pairs, len(before) != len(after) or any(a.spec != b.spec for a, b in pairs)


def _few(experiment: Experiment, preset: Preset) -> list[Run]:
    """The runs of one game and seed: the others differ in nothing that can be set."""
    return experiment.runs(preset, experiment.games_of(preset)[:1], (0,))


def _kept(
    base: Preset, path: str, wanted: Any, pairs: Sequence[tuple[Run, Run]]
) -> Iterator[tuple[str, Any]]:
    """Conditions whose runs have the setting and keep a value other than the one wanted."""
    prefix, _, rest = path.partition(".")
    kind = type(getattr(base, prefix)) if prefix in _SPECS else object
    inner = rest if prefix in _SPECS else path
    for before, after in pairs:
        if not isinstance(after.spec, kind):
            continue
        if kind is object and isinstance(after.spec, ContinuousSpec):
            continue  # of SAC every path begins with its name
        if (
            inner.startswith("intervention.")
            and value_at(after.spec, "intervention.kind") == "none"
        ):
            continue
        value = value_at(after.spec, inner)
        if value is not None and value == value_at(before.spec, inner) and value != wanted:
            yield after.condition.name, value
