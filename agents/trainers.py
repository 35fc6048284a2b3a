"""Which function trains which kind of run."""

from collections.abc import Callable, Iterator
from pathlib import Path

from agents import loop as training
from agents.distillation import training as distillation
from agents.distillation.spec import DistillationSpec
from agents.events import Event, Snapshot
from agents.identity import Spec
from agents.offline import training as offline
from agents.offline.spec import OfflineSpec
from agents.spec import RunSpec
from agents.supervised import training as classification
from agents.supervised.spec import ClassificationSpec

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
