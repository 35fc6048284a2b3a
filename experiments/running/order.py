"""What is sent to another machine: which runs are to be trained, where and how, as JSON.

There a local engine does the rest, so that a run is trained on a cluster as it is on a desk.
"""

from collections.abc import Sequence
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from agents.identity import Spec
from agents.kinds import read_spec
from experiments.plugins import load
from experiments.running.engine import Job
from experiments.running.local import LocalEngine
from experiments.running.worker import CHECKPOINT_MINUTES
from experiments.storing.schema import Store

_DECISIVE = ("DORMANT_", "JAX_", "XLA_")
# Which devices there are is another machine's own affair.
_LOCAL = ("JAX_PLATFORMS",)


def deciding_environment() -> dict[str, str]:
    """Variables of this process that decide what is computed, or from what."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_DECISIVE) and name not in _LOCAL
    }


@dataclasses.dataclass(frozen=True)
class Order:
    """Runs to train in step, and all that their machine has to know.

    Attributes:
      root, preset: of the store.
      device: "cpu", "gpu" or "tpu".
      sharing: processes that share the device, of which this job is one.
      fleet: runs in step at most; None takes as many as the memory holds.
      plugins: modules of a user's own to import first.
      checkpoint_minutes: between two snapshots inside an iteration; 0 for none.
      environment: variables of the command that decide what is computed, or from what.
      specs: the runs, as `Spec.to_dict` writes them.
    """

    root: str
    preset: str
    device: str = "cpu"
    sharing: int = 1
    fleet: int | None = 1
    plugins: tuple[str, ...] = ()
    checkpoint_minutes: float = CHECKPOINT_MINUTES
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    specs: tuple[dict[str, Any], ...] = ()

    def of(self, specs: Sequence[Spec]) -> "Order":
        """The same for these runs."""
        return dataclasses.replace(self, specs=tuple(spec.to_dict() for spec in specs))

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """Inverse of `to_json`."""
        values = json.loads(text)
        return cls(**values | {name: tuple(values[name]) for name in ("plugins", "specs")})

    @property
    def store(self) -> Store:
        return Store(Path(self.root), self.preset)

    def read_specs(self) -> list[Spec]:
        """The runs.

        Raises:
          UserError: a plugin or a kind of run is unknown on this machine.
        """
        load(self.plugins)
        return [read_spec(values) for values in self.specs]

    def begin(self) -> Job:
        """Starts to train them here, in a process of their own.

        Raises:
          UserError: as in `read_specs`.
        """
        os.environ.update(self.environment)
        engine = LocalEngine(
            self.store,
            self.device,
            self.sharing,
            self.fleet,
            self.plugins,
            self.checkpoint_minutes,
        )
        [job] = engine.start([self.read_specs()])
        return job
