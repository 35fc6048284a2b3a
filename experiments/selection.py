"""Which runs of which experiments a command is about."""

from collections.abc import Mapping, Sequence
import dataclasses
import difflib

from agents.errors import UserError
from experiments.experiment import Experiment, Run
from experiments.presets.preset import Preset

# Names in one message.
_MOST_LISTED = 12


@dataclasses.dataclass(frozen=True)
class Selection:
    """An experiment, or a part of it.

    Attributes:
      experiment: it.
      runs: those of it that were chosen, in order of urgency.
      options: its choices, with their values.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    options: Mapping[str, str]


def select(
    experiments: Sequence[Experiment],
    preset: Preset,
    games: Sequence[str] = (),
    seeds: Sequence[int] = (),
    conditions: Sequence[str] = (),
    options: Sequence[str] = (),
) -> list[Selection]:
    """The runs of some experiments.

    Args:
      experiments: which.
      preset: their size.
      games: of a single experiment, any; of several, what each has of them. By default all.
      seeds: by default those that the preset reports.
      conditions: names of lines; of several experiments, what each has of them. By default all.
      options: for instance "inputs=student"; of a single experiment only.

    Returns:
      One for each experiment that has any of these runs.

    Raises:
      UserError: there is nothing of that name.
    """
    alone = len(experiments) == 1
    check_options(experiments, options)
    check_conditions(experiments, conditions)
    if not alone:
        _check_games(experiments, preset, games)
    found = []
    for experiment in experiments:
        of_these = experiment.games_of(preset)
        chosen = games if alone else [game for game in games if game in of_these]
        if games and not chosen:
            continue
        values = experiment.choose(options)
        runs = experiment.runs(
            preset,
            tuple(dict.fromkeys(chosen or of_these)),
            tuple(dict.fromkeys(seeds or experiment.seeds_of(preset))),
            **values,
        )
        wanted = conditions or experiment.conditions_of(preset)
        kept = [run for run in runs if run.condition.name in wanted]
        if kept:
            found.append(Selection(experiment, tuple(kept), values))
    if not found:
        raise UserError(f"No experiment of these has runs of {', '.join([*games, *conditions])}.")
    return found


def _check_games(experiments: Sequence[Experiment], preset: Preset, wanted: Sequence[str]) -> None:
    """Proves that each of these games is one of an experiment's.

    Raises:
      UserError: one is not, which would be trained for nobody.
    """
    there = list(dict.fromkeys(game for e in experiments for game in e.games_of(preset)))
    for name in wanted:
        if name not in there:
            near = difflib.get_close_matches(name, there, 1)
            hint = f"did you mean {near[0]}?" if near else f"they have {', '.join(there)}."
            raise UserError(f"No experiment of these has the game {name!r}; {hint}")


def check_options(experiments: Sequence[Experiment], wanted: Sequence[str]) -> None:
    """Proves that options are asked of one experiment only.

    Raises:
      UserError: they are asked of several, of which each has its own.
    """
    if wanted and len(experiments) != 1:
        raise UserError("--options differ between experiments; name one of them.")


def check_conditions(experiments: Sequence[Experiment], wanted: Sequence[str]) -> None:
    """Proves that each of these names is a condition of one of the experiments.

    Raises:
      UserError: one is not; it says which there are.
    """
    there = list(dict.fromkeys(condition.name for e in experiments for condition in e.conditions))
    for name in wanted:
        if name not in there:
            near = difflib.get_close_matches(name, there, 1)
            hint = f"there are {', '.join(there)}"
            if near or len(there) > _MOST_LISTED:
                hint = f"did you mean {near[0]!r}" if near else "name an experiment to see its own"
            raise UserError(f"There is no condition {name!r}; {hint}.")
