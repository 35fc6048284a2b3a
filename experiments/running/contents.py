"""What a store holds, read from its run folders: which runs, how far, and why not further."""

import contextlib
import dataclasses
from pathlib import Path
import platform
import time

import pyarrow.compute as pc

from agents.errors import UserError
from agents.identity import Spec
from agents.kinds import parse_spec, read_spec
from experiments.running.progress import STATUS, Status, read_status
from experiments.storing import failures
from experiments.storing.divergence import not_finite
from experiments.storing.locks import LOCK, is_held
from experiments.storing.schema import METRICS, METRICS_SCHEMA, RUN_KEY, Store
from experiments.storing.store import SPEC, is_complete, read_metadata, read_table

# A worker writes its status about once a second, but compiles for minutes without.
_SILENT_S = 600.0

FINISHED, RUNNING, STOPPED, UNUSABLE, WAITING = (
    "finished",
    "running",
    "stopped",
    "unusable",
    "waiting",
)


@dataclasses.dataclass(frozen=True)
class Held:
    """A run in a store.

    Attributes:
      run_id: of its folder.
      state: one of the constants above; "waiting" is a run that nobody has begun.
      spec: what it is; None if its folder does not tell.
      status: its latest sign of life; None if it never gave one.
      why: for what reason it is unusable or has failed; "" if none is known.
    """

    run_id: str
    state: str
    spec: Spec | None = None
    status: Status | None = None
    why: str = ""

    @property
    def share_done(self) -> float:
        """Of its agent steps, 0 to 1."""
        if self.state == FINISHED:
            return 1.0
        if self.spec is None or self.status is None:
            return 0.0
        return min(1.0, self.status.agent_step / self.spec.total_agent_steps)

    @property
    def seconds_left(self) -> float | None:
        """At the speed it has now; None if nothing is known of it."""
        if self.state != RUNNING or self.spec is None or not self.status.agent_steps_per_s:
            return None
        left = self.spec.total_agent_steps - self.status.agent_step
        return left / self.status.agent_steps_per_s


def look_at(store: Store, run_id: str) -> Held:
    """How one run is; whatever is wrong with it is told and not raised."""
    folder, spec = store.folder_of(run_id), None
    try:
        spec = _spec(store, run_id)
        if spec is None:
            return Held(run_id, WAITING)
        status = read_status(folder)
        # Runs of older versions were found under the id in their index and keep it.
        if spec.run_id != run_id:
            complete = read_metadata(folder / METRICS, RUN_KEY)["complete"]
        else:
            complete = is_complete(folder, spec)
    except UserError as error:
        return Held(run_id, UNUSABLE, spec, why=str(error))
    if complete:
        return Held(run_id, FINISHED, spec, status)
    if status is None:
        return Held(run_id, WAITING, spec)
    alive = _is_alive(status, store, run_id)
    if alive:
        return Held(run_id, RUNNING, spec, status)
    return Held(run_id, STOPPED, spec, status, failures.read(folder))


def has_diverged(store: Store, run_id: str) -> bool:
    """Whether a value that a run recorded is no number; False of a run that recorded nothing."""
    path = store.folder_of(run_id) / METRICS
    try:
        table, _ = read_table(path, RUN_KEY, METRICS_SCHEMA)
    except UserError:
        return False
    return bool(pc.any(not_finite(table)).as_py())


def _spec(store: Store, run_id: str) -> Spec | None:
    """What a run is; None if nobody has begun it. Of shipped results, a table alone tells."""
    folder = store.folder_of(run_id)
    try:
        return parse_spec((folder / SPEC).read_text())
    except (FileNotFoundError, NotADirectoryError):
        if not (folder / METRICS).exists():
            return None
        return _spec_of_table(folder)
    except (UserError, OSError, ValueError) as error:
        with contextlib.suppress(UserError):
            return _spec_of_table(folder)
        raise UserError(
            f"{folder / SPEC} tells of no run that is known here ({str(error).rstrip('.')}); if a "
            "module of yours made it, name that with --plugin, or else restore it from a copy."
        ) from error


def _spec_of_table(folder: Path) -> Spec:
    return read_spec(read_metadata(folder / METRICS, RUN_KEY)["spec"])


def _is_alive(status: Status, store: Store, run_id: str) -> bool:
    """Whether a worker may still be at it. Of other machines, only its silence tells."""
    folder = store.folder_of(run_id)
    if status.finished or is_held(folder / LOCK):
        return not status.finished
    silent_s = time.time() - (folder / STATUS).stat().st_mtime
    return status.host != platform.node() and silent_s < _SILENT_S
