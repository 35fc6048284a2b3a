"""Runs as tasks of a Ray cluster, with the cores, the share of a GPU and the memory they take.

A task trains as a desk would (`order`). Where its machine sees the results, it works in them;
where it does not, it fetches what there is of its runs and sends home what it makes (`mirror`).
A task whose machine is lost is begun again by Ray on another one, and goes on from the latest
checkpoint at home. What travels are texts and the bytes of files.
"""

import atexit
from collections.abc import Callable, Mapping, Sequence
import contextlib
import dataclasses
import functools
import os
from pathlib import Path
import secrets
import shutil
import tempfile
import time
from typing import Any

from agents.errors import UserError
from agents.identity import Spec
from agents.spec import RunSpec
from experiments.running.engine import Job, Outcome
from experiments.running.local import LOG
from experiments.running.mirror import Ask, Home, Mirror
from experiments.running.order import Order
from experiments.running.plan import Failure
from experiments.running.progress import Status, Watch
from experiments.storing.files import ensure_writable, replacing

_OPTIONS = ("cpus", "gpus", "memory_gb", "shared")
_SHARED = ("auto", "yes", "no")
# How often a task may lose its machine.
_RETRIES = 20
# Of a process besides its replay and networks: Python, JAX, compiled programs.
_PROCESS_BYTES = 1_000_000_000
_POLL_PERIOD_S = 0.25
_SEND_PERIOD_S = 5.0
_CANCEL_PATIENCE_S = 60.0


class RayEngine:
    """Starts tasks.

    Attributes:
      jobs: how many at a time.
      order: what all of them have in common.
    """

    def __init__(self, order: Order, jobs: int, address: str, options: Mapping[str, str]):
        """Connects to a cluster, or starts one of this machine alone.

        Args:
          order: without runs. Its device "auto" is the GPU if the cluster has one.
          jobs: at a time.
          address: of the cluster; "" for that of RAY_ADDRESS, if there is one.
          options: `cpus`, `gpus` and `memory_gb` that a task takes; by default one core, on a GPU
            a whole one, and the memory that its runs need. `shared` says whether all machines
            see the results folder: "auto" looks, "yes" or "no".

        Raises:
          UserError: Ray is missing, does not answer, or an option makes no sense.
        """
        _check(options)
        address = address or os.environ.get("RAY_ADDRESS", "")
        if address.startswith("ray://"):
            raise UserError(
                f"{address} is for clients outside of the cluster; run this command on a machine "
                "of the cluster, with --ray-address auto."
            )
        try:
            import ray
        except ImportError as error:
            raise UserError(
                "--on ray needs one more package; `make setup EXTRAS=ray` installs it."
            ) from error
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Where no task asks for a GPU, Ray is to leave those that there are as they are.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if not ray.is_initialized():
            try:
                ray.init(
                    address or None,
                    include_dashboard=None if address else False,
                    log_to_driver=False,
                    logging_level="warning",
                )
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise UserError(
                    f"There is no Ray cluster at {address or 'this machine'} "
                    f"({str(error).splitlines()[0]}); `ray status` tells more."
                ) from error
        device = order.device
        if device == "auto":
            device = "gpu" if ray.cluster_resources().get("GPU") else "cpu"
        gpus = float(options.get("gpus", device == "gpu"))
        # A GPU's memory is divided among those that share it.
        sharing = round(1 / gpus) if 0 < gpus < 1 else 1
        self.jobs = jobs
        self.order = dataclasses.replace(order, device=device, sharing=sharing)
        self._takes = {"num_cpus": float(options.get("cpus", 1)), "num_gpus": gpus}
        self._memory_gb = options.get("memory_gb")
        shared = options.get("shared", "auto")
        self._shared = _mark(self.order) if shared == "auto" else shared
        self._home: Any = None

    def start(self, groups: Sequence[Sequence[Spec]]) -> list[Job]:
        """Hands a task for each group to the cluster; see `engine.Engine`."""
        return [self._start(specs) for specs in groups]

    def _start(self, specs: Sequence[Spec]) -> "RayJob":
        import ray

        task = ray.remote(train).options(
            **self._takes,
            memory=self._memory(specs),
            max_retries=_RETRIES,
            scheduling_strategy="SPREAD",
            name=f"{specs[0].game} seed {specs[0].seed}",
        )
        order = self.order.of(specs)
        reference = task.remote(order.to_json(), self._shared, self._the_home())
        store = self.order.store
        return RayJob(specs, [store.run_folder(spec) for spec in specs], reference)

    def _memory(self, specs: Sequence[Spec]) -> int:
        """Bytes of host memory that a task takes, as far as can be planned."""
        if self._memory_gb is not None:
            return int(float(self._memory_gb) * 1e9)
        held = [_bytes_for(spec.common_part) for spec in specs if isinstance(spec, RunSpec)]
        fleet = self.order.fleet or len(held)
        return _PROCESS_BYTES + sum(held[:fleet])

    def _the_home(self) -> Any:
        """The actor beside this process that tasks without the results folder talk to."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        if self._home is None:
            here = ray.get_runtime_context().get_node_id()
            self._home = (
                ray.remote(Home)
                .options(
                    num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(here, soft=False)
                )
                .remote(self.order.root, self.order.preset)
            )
        return self._home


class RayJob:
    """A task and the runs that it trains."""

    def __init__(self, specs: Sequence[Spec], folders: Sequence[Path], reference: Any):
        self.specs = specs
        self._log, self._reference = folders[0] / LOG, reference
        self._watch = Watch(folders)

    def statuses(self) -> list[tuple[Spec, Status]]:
        return list(zip(self.specs, self._watch.read(), strict=True))

    def outcome(self) -> Outcome | None:
        import ray

        if not ray.wait([self._reference], timeout=0)[0]:
            return None
        try:
            return Outcome.from_json(ray.get(self._reference), self.specs, self._log)
        except ray.exceptions.RayError as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            sentence = f"Its Ray task has ended: {said[-1].strip()}"
            return Outcome(tuple(Failure(spec, sentence, self._log) for spec in self.specs))

    def stop(self) -> None:
        import ray

        with contextlib.suppress(ray.exceptions.RayError):
            ray.cancel(self._reference)

    def wait(self) -> None:
        import ray

        ray.wait([self._reference], timeout=_CANCEL_PATIENCE_S)


def train(text: str, shared: str, home: Any) -> str:
    """What a task does: trains what the order says, here or in a mirror of the results.

    Args:
      text: an `Order` as JSON.
      shared: "yes", "no", or the path of a file that is seen where the results are.
      home: the actor that is asked for what is not seen.

    Returns:
      The `Outcome` as JSON.
    """
    import ray

    def ask(method: str, *arguments: Any) -> Any:
        return ray.get(getattr(home, method).remote(*arguments))

    order = Order.from_json(text)
    if shared == "yes" or (shared != "no" and Path(shared).exists()):
        return _train_here(order, lambda: None).to_json()
    return train_in_mirror(order, ask).to_json()


def train_in_mirror(order: Order, ask: Ask) -> Outcome:
    """Trains in a folder of this machine alone, which is emptied afterwards.

    Args:
      order: with the root that the results have at home.
      ask: asks a `mirror.Home`.
    """
    specs = order.read_specs()
    taken = [spec for spec in specs if not ask("take", spec.run_id)]
    root = tempfile.mkdtemp(prefix="dormant-")
    try:
        if taken:
            return Outcome(retry=tuple(specs))
        order = dataclasses.replace(order, root=root)
        required = {each.run_id: each for spec in specs for each in spec.requires}
        for spec in required.values():
            Mirror(ask, order.store, spec).fetch()
        mirrors = [Mirror(ask, order.store, spec) for spec in specs]
        for mirror in mirrors:
            mirror.fetch()

        def send() -> None:
            for mirror in mirrors:
                mirror.send()

        return _train_here(order, send)
    finally:
        for spec in specs:
            if spec not in taken:
                ask("release", spec.run_id)
        shutil.rmtree(root, ignore_errors=True)


def _train_here(order: Order, send: Callable[[], None]) -> Outcome:
    """Trains in the order's store; calls `send` now and then, and at the end."""
    job, sent_at = order.begin(), time.monotonic()
    outcome = None
    try:
        while (outcome := job.outcome()) is None:
            time.sleep(_POLL_PERIOD_S)
            if time.monotonic() - sent_at > _SEND_PERIOD_S:
                send()
                sent_at = time.monotonic()
        return outcome
    finally:
        if outcome is None:
            # Ray cancels the task, or its machine is about to go.
            job.stop()
            job.wait()
        send()


def _check(options: Mapping[str, str]) -> None:
    for name, value in options.items():
        if name not in _OPTIONS:
            raise UserError(f"--ray knows no {name!r}; there are {', '.join(_OPTIONS)}.")
        if name == "shared":
            if value not in _SHARED:
                raise UserError(f"--ray shared={value}: choose one of {', '.join(_SHARED)}.")
            continue
        try:
            fits = 0 <= float(value) < float("inf")
        except ValueError:
            fits = False
        if not fits:
            raise UserError(f"--ray {name}={value} is no number.")


def _mark(order: Order) -> str:
    """A file that says by being there that a machine sees the results."""
    path = order.store.folder / f".seen-{secrets.token_hex(8)}"
    ensure_writable(path.parent)
    with replacing(path, durable=False) as stream:
        stream.write(b"whoever reads this sees the results\n")
    atexit.register(path.unlink, missing_ok=True)
    return str(path)


@functools.cache
def _bytes_for(spec: RunSpec) -> int:
    """Bytes of a run, planned on the CPU: this process is to take nobody's accelerator."""
    import jax

    jax.config.update("jax_platforms", "cpu")
    from agents.fleet.plan import bytes_for_run

    return bytes_for_run(spec)
