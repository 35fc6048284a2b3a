"""Which engine a command takes, and what its options mean there."""

from collections.abc import Sequence
import os

from agents.errors import UserError
from experiments.running.devices import choose_device, default_jobs
from experiments.running.engine import Engine
from experiments.running.local import LocalEngine
from experiments.running.order import Order, deciding_environment
from experiments.storing.schema import Store

ENGINES = ("local", "ray", "slurm")


def check_options(on: str, ray_address: str, ray: Sequence[str], slurm: Sequence[str]) -> None:
    """Proves that what is said to a cluster is for the one that is asked, and can be read.

    Raises:
      UserError: it is not.
    """
    for name, given in (("ray", ray or ray_address), ("slurm", slurm)):
        if given and on != name:
            raise UserError(f"What --{name} says is for --on {name}, and this is --on {on}.")
    options(ray, "ray")
    options(slurm, "slurm")


def make_engine(
    on: str,
    store: Store,
    count: int,
    device: str,
    jobs: int | None,
    fleet: int | None,
    plugins: Sequence[str],
    checkpoint_minutes: float,
    ray_address: str,
    ray: Sequence[str],
    slurm: Sequence[str],
) -> tuple[Engine, str, int | None]:
    """An engine, the device on which it trains, and how many runs are trained in step.

    Args:
      on: one of `ENGINES`.
      store: where the runs are kept.
      count: how many runs there are, with those that they require.
      device: "auto", "cpu", "gpu" or "tpu". On a cluster "auto" is what the options ask for.
      jobs: at a time; by default as many as suit this machine, and on a cluster all that are
        ready, for it has a scheduler.
      fleet: runs in step; by default one on a CPU and on a cluster, and on an accelerator of this
        machine as many as its memory holds.
      plugins: modules of a user's own.
      checkpoint_minutes: between two snapshots inside an iteration; 0 for none.
      ray_address: of a Ray cluster.
      ray, slurm: what a job takes there, as "key=value".

    Raises:
      UserError: an option makes no sense, or something is missing here.
    """
    check_options(on, ray_address, ray, slurm)
    if on == "local":
        device = choose_device(device)
        fleet = fleet or 1 if device == "cpu" else fleet
        number = min(jobs or default_jobs(device), count)
        engine = LocalEngine(store, device, number, fleet, plugins, checkpoint_minutes)
        return engine, device, fleet
    fleet, jobs = fleet or 1, min(jobs or count, count)
    order = Order(
        root=os.path.abspath(store.root),
        preset=store.preset,
        device=device,
        fleet=fleet,
        plugins=tuple(plugins),
        checkpoint_minutes=checkpoint_minutes,
        environment=deciding_environment(),
    )
    engine: Engine
    if on == "ray":
        from experiments.running.ray import RayEngine

        engine = RayEngine(order, jobs, ray_address, options(ray, "ray"))
    else:
        from experiments.running.slurm import SlurmEngine

        engine = SlurmEngine(order, jobs, options(slurm, "slurm"))
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
