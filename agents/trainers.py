"""Which function trains which kind of run."""

from collections.abc import Callable, Iterator
from pathlib import Path

from agents import classification, distillation, offline, training
from agents.classification_spec import ClassificationSpec
from agents.distillation_spec import DistillationSpec
from agents.events import Event, Snapshot
from agents.identity import Spec
from agents.offline_spec import OfflineSpec
from agents.spec import RunSpec

TRAINERS: dict[type[Spec], Callable[..., Iterator[Event]]] = {
    RunSpec: training.train,
    OfflineSpec: offline.train,
    DistillationSpec: distillation.train,
    ClassificationSpec: classification.train,
}


def train(spec: Spec, resume: Snapshot | None, runs: Path) -> Iterator[Event]:
    """Trains one run of any kind; a generator that writes no files.

    Args:
      spec: what to train.
      resume: the snapshot to go on from; None starts a new run.
      runs: the folder with one folder a run, where those in `spec.requires` are finished.

    Yields:
      `Progress`, `Log` and `Snapshot`, in order of time; a snapshot is the last.

    Raises:
      UserError: the spec asks for something that cannot be done.
    """
    return TRAINERS[type(spec)](spec, resume, runs)
