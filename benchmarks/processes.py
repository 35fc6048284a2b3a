"""Measuring processes: each is pinned to a core, warms up, and idles until it is asked.

Speeds that are added up must be taken at the same time, and speeds that are compared one right
after the other: the parent asks several processes at once, or one by one, for a few seconds
each. Whoever is not asked waits for a line on its standard input and takes no time from others.

A program for such a process takes its arguments as one JSON text, calls `respond(None)` once it
is warm, and from then on `respond(answer)` for every answer to a request.
"""

from collections.abc import Iterator, Mapping, Sequence
import contextlib
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time
from typing import Any

from experiments.running.devices import worker_environment

_KILOBYTE = 1024


class Process:
    """A program that is asked for measurements.

    Args:
      program: a module of this package, for instance "our_agent".
      arguments: for its `main`.
      environment: of the process; None is that of a worker on the CPU.
      core: the only one that it may use; None leaves all of them to it.
    """

    def __init__(
        self,
        program: str,
        arguments: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        core: int | None = None,
    ):
        self._name = program
        # Not a pipe: nobody would read it, and a full pipe stops its writer.
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{program}", json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env=worker_environment("cpu", 2) if environment is None else environment,
            cwd=Path(__file__).parents[1],
        )
        if core is not None:
            # Python has only begun to start: the threads that follow inherit this.
            os.sched_setaffinity(self.pid, {core})

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Any) -> None:
        """Sends a request; returns at once."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Waits for the answer to the oldest request; the first one, to none, means "warm".

        Raises:
          RuntimeError: the process ended instead.
        """
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self._stderr.seek(0)
        raise RuntimeError(f"{self._name} stopped unexpectedly:\n{self._stderr.read()[-2000:]}")

    def close(self) -> None:
        """Ends the process, which is idle or has failed."""
        self._process.kill()
        self._process.communicate()
        self._stderr.close()


@contextlib.contextmanager
def warm(*processes: Process) -> Iterator[Sequence[Process]]:
    """Waits until processes are warm; they end with the block."""
    try:
        for process in processes:
            process.answer()
        yield processes
    finally:
        for process in processes:
            process.close()


def ask_at_once(processes: Sequence[Process], request: Any) -> list[Any]:
    """The answers of processes that measure at the same time."""
    for process in processes:
        process.ask(request)
    return [process.answer() for process in processes]


def cores(count: int) -> list[int]:
    """The first `count` cores that this process may use; the last ones again if it has fewer."""
    usable = sorted(os.sched_getaffinity(0))
    return [usable[min(index, len(usable) - 1)] for index in range(count)]


def respond(answer: Any) -> Any:
    """Inside a program: hands over an answer and waits, idly, for the next request.

    Ends the program when the parent is gone.
    """
    print(json.dumps(answer), flush=True)
    line = sys.stdin.readline()
    if not line:
        sys.exit()
    return json.loads(line)


class Window:
    """Inside an agent's program: counts what the agent does in the seconds that are asked for.

    Args:
      warm_up_agent_steps: before the first window.
    """

    def __init__(self, warm_up_agent_steps: int):
        self._warm_up_agent_steps = warm_up_agent_steps
        self._started_at_s: float | None = None

    def step(self, agent_step: int, gradient_step: int) -> None:
        """Notes how far the agent is; between two windows this waits."""
        now = time.perf_counter()
        if self._started_at_s is None:
            if agent_step < self._warm_up_agent_steps:
                return
            answer = None
        else:
            elapsed_s = now - self._started_at_s
            if elapsed_s < self._length_s:
                return
            answer = {
                "agent_steps_per_s": (agent_step - self._agent_step) / elapsed_s,
                "gradient_steps_per_s": (gradient_step - self._gradient_step) / elapsed_s,
                "cpu_s_per_s": (time.process_time() - self._started_at_cpu_s) / elapsed_s,
                "peak_memory_bytes": peak_memory_bytes(),
            }
        self._agent_step, self._gradient_step = agent_step, gradient_step
        self._length_s = respond(answer)
        self._started_at_s, self._started_at_cpu_s = time.perf_counter(), time.process_time()


def peak_memory_bytes() -> int:
    """The most memory that this process has held so far."""
    return _status_bytes("VmHWM")


def memory_bytes() -> int:
    """The memory that this process holds now."""
    return _status_bytes("VmRSS")


def _status_bytes(field: str) -> int:
    # Not `resource.getrusage`, whose maximum includes the parent's memory.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * _KILOBYTE
    raise RuntimeError(f"/proc/self/status lacks {field}.")
