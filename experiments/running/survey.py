"""What a store has of some runs, and what is still to be trained; nothing is written."""

from collections.abc import Mapping, Sequence
import dataclasses
from pathlib import Path

from agents.errors import UserError
from agents.identity import Spec
from experiments.running.plan import with_required
from experiments.running.progress import is_cleaned_up
from experiments.storing import networks, transitions
from experiments.storing.schema import Store
from experiments.storing.store import is_complete


@dataclasses.dataclass(frozen=True)
class Survey:
    """How a store stands to some runs.

    Attributes:
      wanted: the runs and all that the unfinished ones require, each after what it requires.
      unfinished: those that are not finished, or whose folder is unusable.
      again: finished ones that lack transitions or the network that an unfinished one needs.
      transitions_needed: ids of all runs whose transitions an unfinished one learns from.
      networks_needed: ids of all runs whose trained network an unfinished one needs.
      problems: by id, why a run's folder is unusable.
    """

    wanted: tuple[Spec, ...]
    unfinished: tuple[Spec, ...]
    again: tuple[Spec, ...]
    transitions_needed: frozenset[str]
    networks_needed: frozenset[str]
    problems: Mapping[str, UserError]

    @property
    def to_train(self) -> tuple[Spec, ...]:
        """The unfinished ones and those that are trained once more, in the order of `wanted`."""
        ids = {spec.run_id for spec in (*self.unfinished, *self.again)}
        return tuple(spec for spec in self.wanted if spec.run_id in ids)

    def has_what_others_need(self, spec: Spec, folder: Path) -> bool:
        """Whether a finished run lacks nothing that an unfinished one needs of it.

        Raises:
          UserError: nothing can be said, because its list of transitions is damaged.
        """
        run_id = spec.run_id
        if run_id in self.networks_needed and not networks.is_there(folder):
            return False
        return run_id not in self.transitions_needed or transitions.are_whole(folder, spec)


def survey(specs: Sequence[Spec], store: Store) -> Survey:
    """What `store` has of these runs; a run that is asked for twice is wanted once."""
    problems: dict[str, UserError] = {}

    def is_open(spec: Spec) -> bool:
        try:
            return not is_finished(spec, store.run_folder(spec))
        except UserError as error:
            problems[spec.run_id] = error
            return True

    open_ids: set[str] = set()
    wanted = with_required(specs, is_open, open_ids)
    unfinished = tuple(spec for spec in wanted if spec.run_id in open_ids)
    found = Survey(
        wanted,
        unfinished,
        again=(),
        transitions_needed=frozenset(transitions.needed_by(unfinished)),
        networks_needed=frozenset(networks.needed_by(unfinished)),
        problems=problems,
    )
    again = []
    for spec in wanted:
        if spec.run_id not in open_ids:
            try:
                if not found.has_what_others_need(spec, store.run_folder(spec)):
                    again.append(spec)
            except UserError as error:
                problems[spec.run_id] = error
    return dataclasses.replace(found, again=tuple(again))


def is_finished(spec: Spec, folder: Path) -> bool:
    """Whether no worker is needed: the tables are final and nothing is left to clean up.

    Raises:
      UserError: a table is damaged, foreign or of another run, or cannot be read.
    """
    return is_complete(folder, spec) and is_cleaned_up(folder)
