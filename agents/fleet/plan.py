"""How many runs a device's memory holds, planned before any of them starts."""

import os

import jax
from jaxtyping import PyTree

from agents.dqn.learner import build_agent
from agents.errors import UserError
from agents.spec import RunSpec

# Of a device's memory, left to what is not counted here: compiled code, fragments.
_SPARE = 0.05
# All games have at most as many.
_MOST_ACTIONS = 18
# Temporary arrays of an update, in batches of float32 frames: twice XLA's own account for the
# full network on a CPU, with convolutions by matrix products, the larger form.
_WORK_BATCHES = 32


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
    return agent.replay_capacity_transitions * frame + 2 * state + work


def device_bytes() -> int:
    """Bytes that this process may take on JAX's first device, or of the host for a CPU."""
    stats = jax.local_devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return stats["bytes_limit"]
    # All of it, not what is free: other runs may have begun to take their share.
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def largest_fleet(spec: RunSpec, available_bytes: int) -> int:
    """How many runs like this one fit.

    Args:
      spec: any of them.
      available_bytes: of the device, for them alone.
    """
    return int(available_bytes * (1 - _SPARE)) // bytes_for_run(spec)


def fleet_size(spec: RunSpec, wanted: int | None, available_bytes: int) -> int:
    """How many runs like this one to train in step.

    Args:
      spec: any of them.
      wanted: as many; None takes as many as fit.
      available_bytes: of the device, for them alone.

    Raises:
      UserError: there is no room for that many, or for a single one.
    """
    largest = largest_fleet(spec, available_bytes)
    if largest < 1:
        raise UserError(
            f"One run of this size needs {bytes_for_run(spec) / 1e9:.1f} GB and the device has "
            f"{available_bytes / 1e9:.1f} GB for it; take another device, or fewer --jobs."
        )
    if wanted is not None and wanted > largest:
        raise UserError(
            f"{wanted} runs at a time need {wanted * bytes_for_run(spec) / 1e9:.0f} GB and the "
            f"device has {available_bytes / 1e9:.0f} GB; at most {largest} fit: use --fleet "
            f"{largest}."
        )
    return wanted or largest


def _bytes(tree: PyTree) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))
