"""An experiment: which runs it needs, and what the paper claims about them."""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
from operator import attrgetter
from typing import Any

from agents.errors import UserError
from agents.identity import Spec
from experiments.conditions import Condition
from experiments.presets.preset import Preset


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of the paper and how it is measured; the verdict is computed elsewhere.

    Attributes:
      name: short and unique within the project.
      figure: the figure that shows it, for instance "fig5".
      statement: the claim in words.
      estimator: what is estimated, by its name in `figures.claims.verdict`.
      arguments: what the estimator is told.
      published: what the paper found, with its source; begins with
        `experiments.storing.schema.NOT_IN_THE_PAPER`, in any case of its letters, where the
        claim is ours, which is then counted apart from the paper's.
    """

    name: str
    figure: str
    statement: str
    estimator: str
    published: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Run:
    """A run in its role in an experiment.

    Attributes:
      condition: the line of the figure that it belongs to, one of the experiment's.
      spec: the run.
      columns: further columns of the experiment's index, for instance the replay ratio.
    """

    condition: Condition
    spec: Spec
    columns: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def _check_atari_game(game: str) -> None:
    # Imports the emulator, which is slow, so only where there is something to check.
    from agents.environments.atari import check_game

    check_game(game)


@dataclasses.dataclass(frozen=True)
class Experiment:
    """Attributes:

    name: what the command line takes; also the name of the index.
    title: one line.
    figures: the figures that its runs make.
    games: the games of the paper's figure; a preset may train fewer.
    conditions: what is compared, in the order of legends.
    runs_of: (preset, game, seed) -> the runs of one game and seed, in order of urgency; takes
      `options` by name as well.
    claims: what the paper says about them.
    typical: the run of a preset by which captions tell what is scaled down.
    seed_count: the paper's, where it is not that of its DQN runs; presets of fewer seeds keep
      their own.
    options: what the paper leaves open and a user may choose: name -> choices, the default
      first.
    check_game: raises UserError if there is no such game; by default an Atari game is meant.
    """

    name: str
    title: str
    figures: tuple[str, ...]
    games: tuple[str, ...]
    conditions: tuple[Condition, ...]
    runs_of: Callable[..., list[Run]]
    claims: tuple[Claim, ...]
    typical: Callable[[Preset], Spec] = attrgetter("atari")
    seed_count: int | None = None
    options: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    check_game: Callable[[str], None] = _check_atari_game

    def runs(
        self, preset: Preset, games: Sequence[str], seeds: Sequence[int], **options: str
    ) -> list[Run]:
        """The runs of games and seeds, in order of urgency.

        All games of a seed come before the next seed, so that early figures are whole.

        Raises:
          UserError: one is of a condition that the experiment does not name, and nobody could
            choose it or find it in a figure.
        """
        runs = [
            run
            for seed in seeds
            for game in games
            for run in self.runs_of(preset, game, seed, **options)
        ]
        known = [each.name for each in self.conditions]
        for name in {run.condition.name: None for run in runs}:
            if name not in known:
                raise UserError(
                    f"The experiment {self.name!r} has runs of {name!r} and names no such "
                    "condition; add it to its `conditions`."
                )
        return runs

    def games_of(self, preset: Preset) -> tuple[str, ...]:
        """The games that are trained if a user names none."""
        return preset.games.get(self.name, self.games)

    def conditions_of(self, preset: Preset) -> tuple[str, ...]:
        """Names of the conditions that are trained if a user names none."""
        return preset.conditions.get(self.name, tuple(each.name for each in self.conditions))

    def choose(self, wanted: Sequence[str]) -> dict[str, str]:
        """All options with their values, from texts such as "inputs=student".

        Raises:
          UserError: there is no such option or choice.
        """
        chosen = {name: choices[0] for name, choices in self.options.items()}
        for text in wanted:
            name, _, value = text.partition("=")
            if value not in self.options.get(name, ()):
                known = [f"{n}={'|'.join(choices)}" for n, choices in self.options.items()]
                raise UserError(
                    f"The experiment {self.name!r} has no option {text!r}; it has "
                    f"{', '.join(known) or 'none'}."
                )
            chosen[name] = value
        return chosen

    def seeds_of(self, preset: Preset) -> tuple[int, ...]:
        """The seeds that are trained if a user names none."""
        if preset.is_published and self.seed_count is not None:
            return tuple(range(self.seed_count))
        return preset.seeds[: self.seed_count]
