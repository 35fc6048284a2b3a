"""Which engine a command takes, and what its options mean there."""

from collections.abc import Sequence
import dataclasses
import os

from agents.errors import UserError
from experiments.running.devices import choose_device, default_jobs
from experiments.running.engine import Engine
from experiments.running.local import LocalEngine
from experiments.running.order import Order, deciding_environment
from experiments.storing.schema import Store

ENGINES = ("local", "ray", "slurm")


@dataclasses.dataclass(frozen=True)
class Where:
    """Where runs are to be trained, as a user says it.

    Attributes:
      on: one of `ENGINES`.
      device: "auto", "cpu", "gpu" or "tpu". On a cluster "auto" is what the options ask for.
      jobs: at a time; None for as many as suit this machine, and on a cluster for all that are
        ready, for it has a scheduler.
      fleet: runs in step; None for one on a CPU and on a cluster, and on an accelerator of this
        machine for as many as its memory holds.
      ray_address: of a Ray cluster.
      ray, slurm: what a job takes there, as "key=value".
    """

    on: str
    device: str
    jobs: int | None
    fleet: int | None
    ray_address: str
    ray: Sequence[str]
    slurm: Sequence[str]


def check_options(where: Where) -> None:
    """Proves that what is said to a cluster is for the one that is asked, and can be read.

    Raises:
      UserError: it is not.
    """
    for name, given in (("ray", where.ray or where.ray_address), ("slurm", where.slurm)):
        if given and where.on != name:
            raise UserError(f"What --{name} says is for --on {name}, and this is --on {where.on}.")
    options(where.ray, "ray")
    options(where.slurm, "slurm")


def jobs_at_a_time(where: Where, device: str, count: int) -> int:
    """How many jobs are trained at a time.

    Args:
      where: see `Where.jobs`.
      device: "cpu", "gpu" or "tpu".
      count: how many runs there are, with those that they require.
    """
    # A cluster takes all that is ready.
    suiting = default_jobs(device) if where.on == "local" else count
    return min(where.jobs or suiting, count)


def make_engine(
    where: Where, store: Store, count: int, plugins: Sequence[str], checkpoint_minutes: float
) -> tuple[Engine, str, int | None]:
    """An engine, the device on which it trains, and how many runs are trained in step.

    Args:
      where: which engine; its options have been checked.
      store: where the runs are kept.
      count: how many runs there are, with those that they require.
      plugins: modules of a user's own.
      checkpoint_minutes: between two snapshots inside an iteration; 0 for none.

    Raises:
      UserError: an option makes no sense there, or something is missing here.
    """
    fleet: int | None
    engine: Engine
    if where.on == "local":
        device = choose_device(where.device)
        fleet = (where.fleet or 1) if device == "cpu" else where.fleet
        number = jobs_at_a_time(where, device, count)
        engine = LocalEngine(store, device, number, fleet, plugins, checkpoint_minutes)
        return engine, device, fleet
    fleet, jobs = where.fleet or 1, jobs_at_a_time(where, where.device, count)
    order = Order(
        root=os.path.abspath(store.root),
        preset=store.preset,
        device=where.device,
        fleet=fleet,
        plugins=tuple(plugins),
        checkpoint_minutes=checkpoint_minutes,
        environment=deciding_environment(),
    )
    if where.on == "ray":
        from experiments.running.ray import RayEngine

        engine = RayEngine(order, jobs, where.ray_address, options(where.ray, "ray"))
    else:
        from experiments.running.slurm import SlurmEngine

        engine = SlurmEngine(order, jobs, options(where.slurm, "slurm"))
    return engine, engine.order.device, fleet


def options(given: Sequence[str], name: str) -> dict[str, str]:
    """What was said as "key=value".

    Raises:
      UserError: something else was said.
    """
    found = {}
    for option in given:
        key, separator, value = option.partition("=")
        if not (key and separator):
            raise UserError(f"--{name} {option} is no key=value.")
        found[key] = value
    return found
