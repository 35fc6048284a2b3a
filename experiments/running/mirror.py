"""The folders of runs on a machine that does not see the results: fetched, and sent home.

Nearly all that a run leaves is written once and never changes, so only what is new travels. It
arrives in the order in which it was made: transitions, tables, then the checkpoint, whose folder
appears by a rename, and last the word that the run is finished. Whatever is cut off in between,
what is at home is something that a run can go on from.
"""

from collections.abc import Callable, Iterator, Sequence
import contextlib
import os
from pathlib import Path, PurePosixPath

from agents.files import remove_whole, replacing
from agents.identity import Spec
from agents.run_folder import CHECKPOINT, TRANSITIONS
from agents.saved_steps import LEARNER, OWNER, UNFINISHED
from experiments.running.progress import AGAIN, STATUS
from experiments.storing import transitions
from experiments.storing.locks import LOCK, TakenError, held
from experiments.storing.schema import RUN_TABLES, Store

# Of a file, in one message.
_CHUNK_BYTES = 64_000_000
_LEARNER = f"{CHECKPOINT}/{LEARNER}"
_PATIENCE_S = 5.0

# What a home is asked, as `ask("read", run_id, name, offset)`.
Ask = Callable[..., object]


class Home:
    """The folders of runs where the results are, for machines that do not see them."""

    def __init__(self, root: str, preset: str):
        self._store = Store(Path(root), preset)
        self._held: dict[str, contextlib.ExitStack] = {}

    def take(self, run_id: str) -> bool:
        """Holds a run's lock here; whether nobody else does. Again is the same as once."""
        if run_id in self._held:
            return True
        stack = contextlib.ExitStack()
        try:
            stack.enter_context(held(self._store.folder_of(run_id) / LOCK, _PATIENCE_S))
        except TakenError:
            return False
        self._held[run_id] = stack
        return True

    def release(self, run_id: str) -> None:
        """Hands it back."""
        self._held.pop(run_id, contextlib.ExitStack()).close()

    def keeps_transitions(self, run_id: str) -> bool:
        """Whether another run is to learn from the transitions of this one."""
        return transitions.are_kept(self._store.folder_of(run_id))

    def names(self, run_id: str) -> list[str]:
        """Files of a run, relative to its folder."""
        return list(_stamps(self._store.folder_of(run_id)))

    def read(self, run_id: str, name: str, offset: int) -> bytes:
        """A part of a file; empty at its end."""
        with open(self._store.folder_of(run_id) / name, "rb") as stream:
            stream.seek(offset)
            return stream.read(_CHUNK_BYTES)

    def write(self, run_id: str, name: str, offset: int, data: bytes, last: bool) -> None:
        """A part of a file, which appears with the last one."""
        path = self._store.folder_of(run_id) / name
        coming = path.with_name(f".{path.name}.coming.partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(coming, "ab" if offset else "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if last:
            os.replace(coming, path)

    def rename(self, run_id: str, source: str, target: str) -> None:
        """Lets a folder that has arrived appear."""
        folder = self._store.folder_of(run_id)
        if (folder / target).exists():
            remove_whole(folder / target)
        os.replace(folder / source, folder / target)

    def keep(self, run_id: str, names: Sequence[str]) -> None:
        """Removes what is no part of the checkpoint any more."""
        folder = self._store.folder_of(run_id)
        learner = folder / _LEARNER
        steps = {PurePosixPath(name).parts[2] for name in names if name.startswith(_LEARNER)}
        for path in list(learner.iterdir()) if learner.is_dir() else ():
            if path.name not in steps:
                remove_whole(path)
        for name in set(_stamps(folder)) - set(names):
            if name.startswith(f"{CHECKPOINT}/"):
                (folder / name).unlink(missing_ok=True)


class Mirror:
    """The folder of a run on this machine.

    Args:
      ask: asks the home.
      store: of this machine, for the time being.
      spec: the run.
    """

    def __init__(self, ask: Ask, store: Store, spec: Spec):
        self._ask, self._id = ask, spec.run_id
        self._folder = store.run_folder(spec)
        self._sent: dict[str, tuple[int, int]] = {}

    def fetch(self) -> None:
        """Brings all that is at home."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in self._ask("names", self._id):
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path, durable=False) as stream:
                offset = 0
                while data := self._ask("read", self._id, name, offset):
                    stream.write(data)
                    offset += len(data)
        if self._ask("keeps_transitions", self._id):
            transitions.keep(self._folder)
        self._sent = _stamps(self._folder)

    def send(self) -> None:
        """Sends home what has changed. Of what vanishes meanwhile, the next time tells."""
        stamps = _stamps(self._folder)
        with contextlib.suppress(FileNotFoundError):
            for name in sorted((n for n in stamps if not n.startswith(_LEARNER)), key=_rank):
                if _rank(name) < _rank(_LEARNER):
                    self._send(name, name, stamps[name])
            for step in sorted(_steps(stamps), key=int):
                self._send_learner(step, stamps)
            self._ask("keep", self._id, list(stamps))
            for name in sorted(stamps, key=_rank):
                if _rank(name) > _rank(_LEARNER):
                    self._send(name, name, stamps[name])

    def _send_learner(self, step: str, stamps: dict[str, tuple[int, int]]) -> None:
        target, coming = f"{_LEARNER}/{step}", f"{_LEARNER}/.{step}.coming.partial"
        names = [name for name in stamps if name.startswith(f"{target}/")]
        if all(self._sent.get(name) == stamps[name] for name in names):
            return
        for name in names:
            self._send(name, coming + name.removeprefix(target), None)
        self._ask("rename", self._id, coming, target)
        self._sent.update({name: stamps[name] for name in names})

    def _send(self, name: str, target: str, stamp: tuple[int, int] | None) -> None:
        if stamp is not None and self._sent.get(name) == stamp:
            return
        with open(self._folder / name, "rb") as stream:
            offset, data = 0, stream.read(_CHUNK_BYTES)
            while True:
                following = stream.read(_CHUNK_BYTES)
                self._ask("write", self._id, target, offset, data, not following)
                if not following:
                    break
                offset, data = offset + len(data), following
        if stamp is not None:
            self._sent[name] = stamp


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Files of a run that are worth sending, with what changes whenever they do."""
    return dict(_files(folder, ""))


def _files(folder: Path, prefix: str) -> Iterator[tuple[str, tuple[int, int]]]:
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    # A checkpoint that is there is whole, whatever its files are called.
    in_a_checkpoint = PurePosixPath(_LEARNER) in PurePosixPath(prefix).parents
    for path in entries:
        if not in_a_checkpoint and _is_passed_over(path.name):
            continue
        with contextlib.suppress(FileNotFoundError):
            if path.is_dir():
                yield from _files(path, f"{prefix}{path.name}/")
            else:
                about = path.stat()
                yield prefix + path.name, (about.st_size, about.st_mtime_ns)


def _is_passed_over(name: str) -> bool:
    """Whether it is a lock, on its way, or a training for transitions that is done again."""
    return name.startswith(".") or UNFINISHED in name or name == AGAIN


def _steps(names: dict[str, tuple[int, int]]) -> set[str]:
    found = (PurePosixPath(name).parts for name in names)
    return {p[2] for p in found if len(p) > 3 and p[:2] == (CHECKPOINT, LEARNER)}


def _rank(name: str) -> int:
    """When it may be sent: what others refer to comes first."""
    if name.startswith(_LEARNER):
        return 4
    if name.endswith(".parquet"):
        return 2 if name in RUN_TABLES else 0
    if name == f"{CHECKPOINT}/{OWNER}" or name.startswith(f"{TRANSITIONS}/"):
        return 1
    return 6 if name == STATUS else 5
