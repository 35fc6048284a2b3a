"""How many runs a device's memory holds, and where their frames lie, planned before any starts."""

from typing import NamedTuple

import jax
from jaxtyping import PyTree

from agents.dqn.learner import build_agent
from agents.errors import UserError
from agents.fleet.host import host_bytes
from agents.spec import RunSpec

# Of a memory, left to what is not counted here: compiled code, fragments, other programs.
_SPARE = 0.05
# All games have at most as many.
_MOST_ACTIONS = 18
# Temporary arrays of an update, in batches of float32 frames: twice XLA's own account for the
# full network on a CPU, with convolutions by matrix products, the larger form.
_WORK_BATCHES = 32


class Memory(NamedTuple):
    """Bytes that runs may take.

    Attributes:
      device: of the device.
      host: of the host beside it; 0 where the device is the host, as on a CPU.
    """

    device: int
    host: int

    def shared(self, jobs: int) -> "Memory":
        """The share of each of so many processes."""
        return Memory(self.device // jobs, self.host // jobs)


class FleetPlan(NamedTuple):
    """Attributes:

    members: runs to train in step.
    frames_on_host: whether frames, which otherwise lie with the device, have no room there.
    """

    members: int
    frames_on_host: bool = False


def memory() -> Memory:
    """What this process may take of JAX's first device and of the host."""
    host = host_bytes()
    stats = jax.local_devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return Memory(stats["bytes_limit"], host)
    return Memory(host, 0)


def frame_bytes(spec: RunSpec) -> int:
    """Bytes of the frames of one run's replay."""
    return spec.agent.replay_capacity_transitions * spec.task.frame_size_px**2


def bytes_for_run(spec: RunSpec) -> int:
    """Bytes that one run takes on its device: frames, networks, batches, temporary arrays.

    Twice the state of the learner is counted: an intervention builds the new one beside the old.
    """
    agent, task = spec.agent, spec.task
    frame = task.frame_size_px**2
    # What an intervention remembers, a few numbers a neuron, is not worth building it for.
    learned = build_agent(task, spec.network, agent, _MOST_ACTIONS)
    state = _bytes(jax.eval_shape(learned.init, jax.random.key(0)))
    batch = agent.batch_size * (task.frame_stack + agent.n_step) * frame
    work = agent.updates_per_period * batch + _WORK_BATCHES * 4 * batch
    return frame_bytes(spec) + 2 * state + work


def largest_fleet(spec: RunSpec, available: Memory, frames_on_host: bool = False) -> int:
    """How many runs like this one fit.

    Args:
      spec: any of them.
      available: for them alone.
      frames_on_host: keeps the frames out of the device's memory.
    """
    needed = bytes_for_run(spec)
    if not frames_on_host:
        return _room(available.device) // needed
    frames = frame_bytes(spec)
    return min(_room(available.device) // (needed - frames), _room(available.host) // frames)


def plan_fleet(spec: RunSpec, wanted: int | None, available: Memory) -> FleetPlan:
    """How many runs like this one to train in step, and where their frames lie.

    With the device if it holds them there, because they need not travel then; with the host if
    only that way there is room.

    Args:
      spec: any of them.
      wanted: as many; None takes as many as fit.
      available: for them alone.

    Raises:
      UserError: there is no room for that many, or for a single one.
    """
    plans = [
        FleetPlan(largest_fleet(spec, available, on_host), on_host) for on_host in (False, True)
    ]
    for plan in plans:
        if plan.members >= (wanted or 1):
            return plan._replace(members=wanted or plan.members)
    largest = max(plan.members for plan in plans)
    if largest < 1:
        raise UserError(
            f"{_too_much_for_one(spec, available)}; take another device, or fewer --jobs."
        )
    raise UserError(
        f"{wanted} runs at a time need {wanted * bytes_for_run(spec) / 1e9:.0f} GB and the "
        f"device has {available.device / 1e9:.0f} GB; at most {largest} fit: use --fleet "
        f"{largest}."
    )


def why_frames_are_on_host(spec: RunSpec, members: int, available: Memory) -> str:
    """The sentence for a plan whose frames lie with the host."""
    runs = "a run" if members == 1 else f"{members} runs"
    return (
        f"The device's {available.device / 1e9:.1f} GB do not hold {runs} of "
        f"{bytes_for_run(spec) / 1e9:.1f} GB each, so that the frames of the replay "
        f"({frame_bytes(spec) / 1e9:.1f} GB a run) stay in the host's memory, from where every "
        "batch has to travel."
    )


def _too_much_for_one(spec: RunSpec, available: Memory) -> str:
    """What a single run needs, and where, beside what there is."""
    needed, frames = bytes_for_run(spec) / 1e9, frame_bytes(spec) / 1e9
    there = f"on the device, which has {available.device / 1e9:.1f} GB for it"
    if not available.host:
        return f"One run of this size needs {needed:.1f} GB {there}"
    return (
        f"One run of this size needs {needed - frames:.1f} GB {there}, and {frames:.1f} GB for "
        f"frames, there as well or on the host, which has {available.host / 1e9:.1f} GB"
    )


def _room(total: int) -> int:
    return int(total * (1 - _SPARE))


def _bytes(tree: PyTree) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))
