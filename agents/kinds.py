"""The registry of kinds of runs: what a kind is called, specified and trained by.

A new kind is a folder beside this file and a line here. Modules are imported where they are
needed: reading a specification does not wait for JAX.
"""

from collections.abc import Iterable, Iterator, Sequence
import importlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from agents.errors import UserError
from agents.events import Event, Snapshot
from agents.identity import FIRST_KIND, Spec, unreadable


class Kind(NamedTuple):
    """Attributes:

    spec: module and name of its class of specifications.
    training: module whose `train` trains it; see `train_fleet`.
    """

    spec: str
    training: str


KINDS = {
    "online": Kind("agents.spec:RunSpec", "agents.dqn.training"),
    "offline": Kind("agents.offline.spec:OfflineSpec", "agents.offline.training"),
    "distillation": Kind(
        "agents.distillation.spec:DistillationSpec", "agents.distillation.training"
    ),
    "classification": Kind(
        "agents.supervised.spec:ClassificationSpec", "agents.supervised.training"
    ),
    "continuous_control": Kind("agents.sac.spec:ContinuousSpec", "agents.sac.training"),
}


def read_spec(values: Any) -> Spec:
    """The specification that `Spec.to_dict` wrote.

    Raises:
      UserError: it is of no kind that this version knows.
    """
    if not isinstance(values, dict):
        raise unreadable("it is no JSON object")
    kind = values.get("kind", FIRST_KIND)
    if kind not in KINDS:
        raise unreadable(f"its kind is {kind!r}")
    module, _, name = KINDS[kind].spec.partition(":")
    return getattr(importlib.import_module(module), name).from_dict(values)


def parse_spec(text: str) -> Spec:
    """The specification that `Spec.to_json` wrote.

    Raises:
      UserError: the text is none.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise unreadable(error) from error
    return read_spec(values)


def train(
    spec: Spec, resume: Snapshot | None = None, runs: Path | None = None, execution: Any = None
) -> Iterator[Event]:
    """Trains one run of any kind; a generator that writes no files.

    Args:
      spec: what to train.
      resume: the snapshot to go on from; None starts a new run.
      runs: the folder with one folder a run, where those in `spec.requires` are finished.
      execution: how to use the device (an `agents.fleet.execution.Execution`); None takes the
        fastest way known.

    Yields:
      `Progress`, `Log` and `Snapshot`, in order of time; a snapshot is the last.

    Raises:
      UserError: the spec asks for something that cannot be done.
    """
    resumed = iter([resume])
    # Its frames are in the replay by then and need not be in memory twice.
    del resume
    for _, event in train_fleet([spec], resumed, runs, execution):
        yield event


def train_fleet(
    specs: Sequence[Spec],
    resume: Iterable[Snapshot | None],
    runs: Path | None = None,
    execution: Any = None,
) -> Iterator[tuple[int, Event]]:
    """Trains runs in step, each as it would be trained alone.

    Args:
      specs: what to train; several only if they are equal in `Spec.common_part`.
      resume: a snapshot of each, one after the other; see `agents.loop.train`.
      runs, execution: as in `train`.

    Yields:
      The number of a run with its event; for each run in order of time.

    Raises:
      UserError: the specs ask for something that cannot be done, or not together.
    """
    if len({spec.common_part for spec in specs}) != 1:
        raise UserError(
            "These runs cannot be trained together, because they differ in more than seed and "
            "game; use --fleet 1."
        )
    specs[0].check()
    trainer = importlib.import_module(KINDS[specs[0].kind].training)
    if execution is None:
        from agents.fleet.execution import plan_execution

        execution = plan_execution(len(specs))
    return trainer.train(specs, resume, runs, execution)
