"""Writes snapshots beside the training, which goes on meanwhile."""

from collections.abc import Callable
import concurrent.futures
import dataclasses
from typing import Any

import jax
import numpy as np

from agents.events import Snapshot


class Writer:
    """Writes snapshots in a thread of its own, one at a time and in order.

    At most one snapshot waits in memory beside the one that training holds. What goes wrong
    while writing is raised by the next call, or at the end, unless training ended by an error.
    """

    def __init__(self):
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "checkpoints")
        self._writing: concurrent.futures.Future | None = None

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        # Whatever ended the training, what it had handed over is written to its end.
        self._thread.shutdown(wait=True)
        # An error says enough. Whoever only asked for an end relies on what was handed over.
        if not isinstance(error, Exception):
            self.wait()

    def submit(self, write: Callable[..., None], snapshot: Snapshot, *arguments: Any) -> None:
        """Calls `write(snapshot, *arguments)` once all earlier ones are done.

        Raises:
          Exception: what an earlier call raised.
        """
        self.wait()
        # On a CPU the state may be a view of buffers that the next update writes to.
        state = jax.tree.map(np.array, snapshot.state)
        snapshot = dataclasses.replace(snapshot, state=state)
        self._writing = self._thread.submit(write, snapshot, *arguments)

    def wait(self) -> None:
        """Returns when everything is written.

        Raises:
          Exception: what went wrong.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()
