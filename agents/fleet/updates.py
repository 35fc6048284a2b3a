"""A group of updates of all members, with the refreshes that fall between them."""

from collections.abc import Callable, Iterator
import functools

import jax
from jaxtyping import PyTree
import numpy as np

from agents.fleet.execution import Execution
from agents.fleet.over_members import STATE, over_members
from agents.learner import Learner


def compile_refresh(learner: Learner, members: int) -> Callable[[PyTree, int], PyTree]:
    """(agents' states, gradient steps done) -> states after the refresh that is due, if one is."""
    if learner.refresh is None:
        return lambda state, _: state
    refresh = over_members(learner.refresh, members, in_axes=(STATE,), out_axes=STATE)
    refresh = jax.jit(refresh, donate_argnums=0)
    period = learner.refresh_period_gradient_steps
    return lambda state, done: state if done % period else refresh(state)


def compile_updates(
    learner: Learner, execution: Execution, members: int
) -> Callable[..., tuple[PyTree, list[dict[str, jax.Array]]]]:
    """A group of updates of all members as one function.

    Args:
      learner: whose `update` and `refresh`.
      execution: one compiled loop over the group, or one call each.
      members: how many.

    Returns:
      (agents' states, batches (members, updates, ...), gradient steps done before, whether the
      last refresh is done) -> states, metrics; see `Fleet.update`.
    """
    refresh_due = compile_refresh(learner, members)

    def update_fused(state: PyTree, batches: PyTree):
        return jax.lax.scan(learner.update, state, batches)

    update_part = jax.jit(
        over_members(
            update_fused if execution.fuse_updates else learner.update,
            members,
            in_axes=(STATE, 0),
            out_axes=(STATE, 0),
        ),
        donate_argnums=0,
    )

    def parts(done: int, count: int) -> Iterator[tuple[int, int]]:
        """First and number of the updates that are one call; a refresh falls between two calls."""
        if not execution.fuse_updates:
            yield from ((first, 1) for first in range(count))
            return
        refreshed = learner.refresh is not None
        period, first = learner.refresh_period_gradient_steps if refreshed else count, 0
        while first < count:
            last = min(count, first + period - (done + first) % period if refreshed else count)
            yield first, last - first
            first = last

    def update_group(state: PyTree, batches: PyTree, gradient_step: int, refresh_last: bool):
        metrics = []
        total = jax.tree.leaves(batches)[0].shape[1]
        for first, count in parts(gradient_step, total):
            batch = batches
            if not execution.fuse_updates:
                batch = jax.tree.map(functools.partial(_one, index=first), batches)
            elif count < total:
                batch = jax.tree.map(functools.partial(_some, first=first, count=count), batches)
            state, found = update_part(state, batch)
            metrics.append(found)
            if refresh_last or first + count < total:
                state = refresh_due(state, gradient_step + first + count)
        return state, metrics

    return update_group


def _one(column: np.ndarray | jax.Array, index: int) -> np.ndarray | jax.Array:
    """One of (members, updates, ...): of the host's a view, of the device's by one program."""
    if isinstance(column, np.ndarray):
        return column[:, index]
    return _one_on_device(column, np.int32(index))


def _some(column: np.ndarray | jax.Array, first: int, count: int) -> np.ndarray | jax.Array:
    """As `_one`, several."""
    if isinstance(column, np.ndarray):
        return column[:, first : first + count]
    return _some_on_device(column, np.int32(first), count)


@jax.jit
def _one_on_device(column: jax.Array, index: jax.Array) -> jax.Array:
    return jax.lax.dynamic_index_in_dim(column, index, axis=1, keepdims=False)


@functools.partial(jax.jit, static_argnames="count")
def _some_on_device(column: jax.Array, first: jax.Array, count: int) -> jax.Array:
    return jax.lax.dynamic_slice_in_dim(column, first, count, axis=1)
