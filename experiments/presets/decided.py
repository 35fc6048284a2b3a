"""Settings that an experiment decides itself, or that change no run that is wanted, are refused."""

from collections.abc import Iterator, Sequence
import contextlib
from typing import Any

from agents.errors import UserError
from agents.idle import effective, idle_fields
from agents.sac.spec import ContinuousSpec
from experiments.experiment import Experiment, Run
from experiments.presets.changes import changed, parse
from experiments.presets.paths import value_at
from experiments.presets.preset import Preset
from experiments.presets.scale_down import as_text
from experiments.selection import select

# The specifications of a preset, by which a path can begin.
_SPECS = ("atari", "offline", "distillation", "classification", "control")
# And those of which no experiment decides a setting for other runs than its own.
_PREFIXES = (*_SPECS, "drq")


def changed_for(
    experiments: Sequence[Experiment],
    base: Preset,
    texts: Sequence[str],
    name: str = "",
    games: Sequence[str] = (),
    conditions: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Preset:
    """The preset with some settings changed, all of which these experiments leave to the user.

    Args:
      experiments, base: what is changed.
      texts, name: as in `changed`.
      games, conditions, options: as in `selection.select`: of which runs something is to change.

    Raises:
      UserError: an experiment decides a setting itself, no wanted run has it or would be trained
        otherwise for it, or as in `changed` and `select`.
    """
    whole = changed(base, texts, name)

    def wanted_of(preset: Preset) -> list[Run]:
        parts = select(experiments, preset, games, (0,), conditions, options)
        return [run for part in parts for run in part.runs]

    for place, text in enumerate(texts):
        _check_left_open(experiments, base, text, _alone(base, text) or whole)
        # What is set beside it may be what gives it a part, or takes it.
        others = _alone(base, *texts[:place], *texts[place + 1 :])
        runs = (others, whole) if others else (base, _alone(base, text) or whole)
        before, after = map(wanted_of, runs)
        named = ", ".join(experiment.name for experiment in experiments[:3])
        chosen = ", ".join([*games, *conditions])
        named += f" ({chosen})" if chosen else ""
        if [run.spec for run in before] == [run.spec for run in after]:
            meant = "" if chosen else _meant(experiments, base, text)
            raise UserError(f"--set {text} changes no run of {named}; {meant}leave it out.")
        # Whatever their ids.
        if [effective(run.spec) for run in before] == [effective(run.spec) for run in after]:
            why = _why_idle(before, after, parse(base, text)[0])
            raise UserError(
                f"--set {text} decides nothing in the runs of {named}, because {why}; leave it out."
            )
    return whole


def _check_left_open(
    experiments: Sequence[Experiment], base: Preset, text: str, preset: Preset
) -> None:
    """Raises UserError if an experiment decides itself what is set in a preset."""
    path, wanted = parse(base, text)
    for experiment in experiments:
        told = dict(_kept(base, path, wanted, _compared(experiment, base, preset)))
        if told:
            values = ", ".join(f"{line}: {as_text(value)}" for line, value in told.items())
            raise UserError(
                f"The experiment {experiment.name} decides {path} itself ({values}); "
                f"{_meant(experiments, base, text)}set "
                "something else, or write an experiment of your own (docs/your-own.md)."
            )


def _alone(base: Preset, *texts: str) -> Preset | None:
    """The preset with these settings alone; None if they need the others."""
    with contextlib.suppress(UserError):
        return changed(base, texts, "probe")
    return None


def _why_idle(before: Sequence[Run], after: Sequence[Run], path: str) -> str:
    """What decides instead of a setting, in the runs that have got it."""
    prefix, _, rest = path.partition(".")
    inner = rest if prefix in _PREFIXES else path
    changes = [a.spec for b, a in zip(before, after, strict=False) if a.spec != b.spec]
    found = [idle[inner] for spec in changes if inner in (idle := idle_fields(spec))]
    return " and ".join(dict.fromkeys(found)) or "other numbers do"


def _meant(experiments: Sequence[Experiment], base: Preset, text: str) -> str:
    """The same setting of another specification, if that changes a run; else ""."""
    prefix, _, rest = text.partition(".")
    rest = rest if prefix in _PREFIXES else text
    for meant in (f"{other}.{rest}" for other in _PREFIXES if other != prefix):
        with contextlib.suppress(UserError):
            path, wanted = parse(base, meant)
            preset = changed(base, [meant], "probe")
            inner = path.partition(".")[2]
            pairs = [pair for e in experiments for pair in _compared(e, base, preset)]
            taken = (
                value_at(before.spec, inner) != wanted == value_at(after.spec, inner)
                for before, after in pairs
            )
            if any(taken) and not any(_kept(base, path, wanted, pairs)):
                return f"did you mean {meant}? Or "
    return ""


def _compared(experiment: Experiment, base: Preset, preset: Preset) -> list[tuple[Run, Run]]:
    """An experiment's runs of two presets in pairs."""
    return list(zip(_few(experiment, base), _few(experiment, preset), strict=False))


def _few(experiment: Experiment, preset: Preset) -> list[Run]:
    """The runs of one seed: the others differ in nothing that can be set."""
    return experiment.runs(preset, experiment.games_of(preset), (0,))


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
