"""Many runs as one program: what the training loop calls, for one run or for many in step.

The members of a fleet differ in their seeds and games only, and every result is that of the
member trained alone, up to rounding. Their states are stacked along a leading axis. From the
loop to an agent's update it is two steps: a function of `Fleet`, which is the agent's own
function taken `over_members` and compiled, and that function.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from flax import serialization
import jax
import jax.numpy as jnp
from jaxtyping import PyTree
import numpy as np

from agents.fleet.execution import IN_A_HURRY, Execution
from agents.fleet.padding import crop, pad
from agents.learner import Learner, LearnerState
from agents.randomness import Purpose, run_key

_KEYS = (Purpose.ACT, Purpose.EVAL_ACT, Purpose.INTERVENE)


class Fleet(NamedTuple):
    """Attributes:

    begin: saved states, one a member, None for a new run -> state.
    update: (state, batches with leading axes (members, updates), gradient steps done before)
      -> state, metrics: parts of the group in order of time, (members,) or (members, updates),
      on the device. Nothing waits for them. The state's buffers are given up to the new one's.
    measure: (state, probe batches (members, ...)) -> metrics (members,) and hidden layer ->
      column -> (members, neurons), on the host.
    intervene: (state, probe batches (members, ...), gradient_step) -> state, metrics (members,).
    act: (state, observations (members, ...), epsilon, agent_step, purpose) -> (members,) actions
      on the host.
    act_in_parallel: the same for several environments of each member: observations
      (members, environments, ...), actions (members, environments).
    save: (state, member) -> nested dictionary of host arrays, the same as of a run alone.
    layers: hidden layers in order of depth.
    """

    begin: Callable[[Sequence[dict[str, Any] | None]], LearnerState]
    update: Callable[[LearnerState, Any, int], tuple[LearnerState, list[dict[str, jax.Array]]]]
    measure: Callable[..., tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]]
    intervene: Callable[..., tuple[LearnerState, dict[str, np.ndarray]]]
    act: Callable[..., np.ndarray]
    act_in_parallel: Callable[..., np.ndarray]
    save: Callable[[LearnerState, int], dict[str, Any]]
    layers: tuple[str, ...]


def over_members(function: Callable[..., PyTree], members: int, in_axes: Any = 0) -> Callable:
    """A function of one run as a function of all, whose arguments have a leading axis of members.

    Args:
      function: pure.
      members: several are vectorised with `jax.vmap`; one is computed as it is.
      in_axes: as of `jax.vmap`: 0, or for each argument 0 or None.
    """
    if members > 1:
        return jax.vmap(function, in_axes)

    def alone(*arguments: Any) -> PyTree:
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(arguments)
        own = [
            argument if axis is None else jax.tree.map(lambda leaf: leaf[0], argument)
            for argument, axis in zip(arguments, axes, strict=True)
        ]
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], function(*own))

    return alone


def build_fleet(
    seeds: Sequence[int],
    learners: Sequence[Learner],
    execution: Execution,
    common: Learner | None = None,
    num_actions: Sequence[int] | None = None,
    init: Purpose = Purpose.INIT,
) -> Fleet:
    """Compiles what the members need.

    What is frequent (acting, learning, measuring) is done with states of one shape. What is rare,
    and may draw whole networks anew, is done member by member on states of its own shape.

    Args:
      seeds: one a member.
      learners: one a member; the same object where they are equal.
      execution: how to use the device.
      common: a learner that is wide enough for all; None if they are all equal.
      num_actions: of the game of each; None where actions are not numbered.
      init: what their initial states are drawn for.
    """
    members, common = len(seeds), common or learners[0]
    keys = {purpose: jnp.stack([run_key(seed, purpose) for seed in seeds]) for purpose in _KEYS}
    shapes = _shapes(common)
    # By identity: a learner is a tuple of functions.
    own_shapes = {id(learner): _shapes(learner) for learner in learners}
    inits = {
        id(learner): jax.jit(learner.init, compiler_options=IN_A_HURRY) for learner in learners
    }
    update_group = compile_updates(common, execution, members)
    measure_all = jax.jit(over_members(common.measure, members))

    def begin(saved: Sequence[dict[str, Any] | None]) -> LearnerState:
        states = []
        for seed, learner, own in zip(seeds, learners, saved, strict=True):
            state = inits[id(learner)](run_key(seed, init))
            state = state if own is None else serialization.from_state_dict(state, own)
            states.append(pad(state, shapes))
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)

    def update(state: LearnerState, batches: Any, gradient_step: int):
        agent, metrics = update_group(state.agent, batches, gradient_step)
        return state.replace(agent=agent), metrics

    def measure(state: LearnerState, batches: Any):
        measured = jax.device_get(measure_all(state.agent, batches))
        return measured.metrics, {layer: measured.neurons[layer] for layer in common.layers}

    def take(learner: Learner, state: LearnerState, member: jax.Array) -> LearnerState:
        return crop(jax.tree.map(lambda leaf: leaf[member], state), own_shapes[id(learner)])

    takes = {id(one): jax.jit(lambda *args, one=one: take(one, *args)) for one in learners}

    def intervene_on(learner: Learner) -> Callable:
        """The intervention on one member, within the state of all."""

        def intervene(state: LearnerState, keys, member, batches, gradient_step):
            batch = jax.tree.map(lambda column: column[member], batches)
            before = take(learner, state, member)
            after, metrics = learner.intervene(keys[member], before, batch, gradient_step)
            together = jax.tree.map(
                lambda whole, part: whole.at[member].set(part), state, pad(after, shapes)
            )
            return together, metrics

        return jax.jit(intervene, donate_argnums=0)

    interventions = {id(learner): intervene_on(learner) for learner in learners}

    def intervene(state: LearnerState, batches: Any, gradient_step: int):
        found = []
        for member, learner in enumerate(learners):
            state, metrics = interventions[id(learner)](
                state,
                keys[Purpose.INTERVENE],
                np.int32(member),
                batches,
                np.int32(gradient_step),
            )
            found.append(metrics)
        found = jax.device_get(found)
        return state, {name: np.stack([each[name] for each in found]) for name in found[0]}

    def save(state: LearnerState, member: int) -> dict[str, Any]:
        alone = takes[id(learners[member])](state, np.int32(member))
        return jax.device_get(serialization.to_state_dict(alone))

    if common.act is None:
        return Fleet(
            begin, update, measure, intervene, _plays_nothing, _plays_nothing, save, common.layers
        )

    available = np.array(num_actions or [0] * members, np.int32)
    act_all = jax.jit(over_members(common.act, members, in_axes=(0, 0, 0, None, None, 0)))

    def act(state, observations, epsilon, agent_step, purpose) -> np.ndarray:
        step = np.int32(agent_step)
        actions = act_all(
            keys[purpose], state.agent, observations, np.float32(epsilon), step, available
        )
        return np.asarray(actions)

    def act_on_each(key, agent, observations, epsilon, agent_step, num_actions):
        numbers = jnp.arange(observations.shape[0])
        each = jax.vmap(common.act, in_axes=(0, None, 0, None, None, None))
        own_keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, numbers)
        return each(own_keys, agent, observations, epsilon, agent_step, num_actions)

    act_on_all = jax.jit(over_members(act_on_each, members, in_axes=(0, 0, 0, None, None, 0)))

    def act_in_parallel(state, observations, epsilon, agent_step, purpose) -> np.ndarray:
        step = np.int32(agent_step)
        actions = act_on_all(
            keys[purpose], state.agent, observations, np.float32(epsilon), step, available
        )
        return np.asarray(actions)

    return Fleet(begin, update, measure, intervene, act, act_in_parallel, save, common.layers)


def compile_updates(
    learner: Learner, execution: Execution, members: int = 1
) -> Callable[[PyTree, PyTree, int], tuple[PyTree, list[dict[str, jax.Array]]]]:
    """A group of updates of all members as one function.

    Args:
      learner: whose `update` and `refresh`.
      execution: one compiled loop over the group, or one call each.
      members: how many.

    Returns:
      (agents' states (members, ...), batches (members, updates, ...), gradient steps done
      before) -> states, metrics; see `Fleet.update`.
    """
    refresh = None
    if learner.refresh is not None:
        refresh = jax.jit(over_members(learner.refresh, members), donate_argnums=0)
    if execution.fuse_updates:

        def update_fused(state: PyTree, batches: PyTree):
            return jax.lax.scan(learner.update, state, batches)

        update_part = jax.jit(over_members(update_fused, members), donate_argnums=0)
    else:
        update_part = jax.jit(over_members(learner.update, members), donate_argnums=0)

    def parts(done: int, count: int) -> Iterator[slice | int]:
        """The updates of a group that are one call; a refresh falls between two calls."""
        if not execution.fuse_updates:
            yield from range(count)
            return
        period, first = learner.refresh_period_gradient_steps if refresh else count, 0
        while first < count:
            last = min(count, first + period - (done + first) % period if refresh else count)
            yield slice(first, last)
            first = last

    def update_group(state: PyTree, batches: PyTree, gradient_step: int):
        metrics = []
        count = jax.tree.leaves(batches)[0].shape[1]
        for part in parts(gradient_step, count):
            batch = jax.tree.map(lambda column, part=part: column[:, part], batches)
            state, found = update_part(state, batch)
            metrics.append(found)
            done = gradient_step + (part.stop if isinstance(part, slice) else part + 1)
            if refresh is not None and done % learner.refresh_period_gradient_steps == 0:
                state = refresh(state)
        return state, metrics

    return update_group


def _shapes(learner: Learner) -> LearnerState:
    return jax.eval_shape(learner.init, jax.random.key(0))


def _plays_nothing(*_: Any) -> np.ndarray:
    raise TypeError("This learner does not act.")
