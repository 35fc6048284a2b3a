"""Many runs as one program: what the training loop calls, for one run or for many in step.

The members of a fleet differ in their seeds and games only, and every result is that of the
member trained alone, up to rounding. Their states are stacked along a leading axis; the state
of a single one has none, because XLA copies a donated array whose axis it has to take off (see
docs/performance.md). From the loop to an agent's update it is two steps: a function of `Fleet`,
which is the agent's own function taken `over_members` and compiled, and that function.
"""

from collections.abc import Callable, Iterator, Sequence
import functools
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

# Of an argument that is a fleet's state: see above.
STATE = "state"
_KEYS = (Purpose.ACT, Purpose.EVAL_ACT, Purpose.INTERVENE)


class Fleet(NamedTuple):
    """Attributes:

    begin: saved states, one a member, None for a new run -> state.
    update: (state, batches with leading axes (members, updates), gradient steps done before,
      whether a refresh that is due after the last of them is done) -> state, metrics: parts of
      the group in order of time, (members,) or (members, updates), on the device. Nothing waits
      for them. The state's buffers are given up to the new one's.
    refresh: (state, gradient steps done) -> state after the refresh that is due then, if one is.
    measure: (state, probe batches (members, ...)) -> metrics (members,) and hidden layer ->
      column -> (members, neurons), on the host.
    intervene: (state, probe batches (members, ...), gradient_step) -> state, metrics (members,).
    act: (state, observations (members, ...), agent_step, ring, slot) -> (members,) actions, ring;
      on the device. The newest frame of every observation, which is there for this, is written
      into a slot of the ring (members, slots, ...), whose buffer is given up; without a ring,
      None.
    act_in_parallel: (state, observations (members, environments, ...), epsilon, agent_step) ->
      (members, environments) actions on the host, for evaluation.
    save: (state, member) -> nested dictionary of host arrays, the same as of a run alone.
    layers: hidden layers in order of depth.
    """

    begin: Callable[[Sequence[dict[str, Any] | None]], LearnerState]
    update: Callable[
        [LearnerState, Any, int, bool], tuple[LearnerState, list[dict[str, jax.Array]]]
    ]
    refresh: Callable[[LearnerState, int], LearnerState]
    measure: Callable[..., tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]]
    intervene: Callable[..., tuple[LearnerState, dict[str, np.ndarray]]]
    act: Callable[..., tuple[jax.Array, jax.Array | None]]
    act_in_parallel: Callable[..., np.ndarray]
    save: Callable[[LearnerState, int], dict[str, Any]]
    layers: tuple[str, ...]


def over_members(
    function: Callable[..., PyTree], members: int, in_axes: tuple = (0,), out_axes: Any = 0
) -> Callable:
    """A function of one run as a function of all, whose arguments have a leading axis of members.

    Args:
      function: pure.
      members: several are vectorised with `jax.vmap`; one is computed as it is.
      in_axes: for each argument 0, None if it is the same for all, or STATE.
      out_axes: of what is returned: 0, STATE, or a tuple with one for each part.
    """

    def known(axis: Any) -> int | None:
        return (0 if members > 1 else None) if axis is STATE else axis

    in_axes = tuple(map(known, in_axes))
    out_axes = tuple(map(known, out_axes)) if isinstance(out_axes, tuple) else known(out_axes)
    if members > 1:
        return jax.vmap(function, in_axes, out_axes)

    def with_axis(part: PyTree, axis: int | None) -> PyTree:
        return part if axis is None else jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], part)

    def alone(*arguments: Any) -> PyTree:
        own = [
            argument if axis is None else jax.tree.map(lambda leaf: leaf[0], argument)
            for argument, axis in zip(arguments, in_axes, strict=True)
        ]
        found = function(*own)
        if isinstance(out_axes, tuple):
            return tuple(map(with_axis, found, out_axes))
        return with_axis(found, out_axes)

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
    refresh_due = compile_refresh(common, members)
    update_group = compile_updates(common, execution, members)
    measure_all = jax.jit(over_members(common.measure, members, in_axes=(STATE, 0)))

    def begin(saved: Sequence[dict[str, Any] | None]) -> LearnerState:
        states = []
        for seed, learner, own in zip(seeds, learners, saved, strict=True):
            state = inits[id(learner)](run_key(seed, init))
            state = state if own is None else serialization.from_state_dict(state, own)
            states.append(pad(state, shapes))
        if members == 1:
            # Copies: an update gives its state's buffers up, and these may be a snapshot's.
            return jax.tree.map(jnp.array, states[0])
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)

    def update(state: LearnerState, batches: Any, gradient_step: int, refresh_last: bool = True):
        agent, metrics = update_group(state.agent, batches, gradient_step, refresh_last)
        return state.replace(agent=agent), metrics

    def refresh(state: LearnerState, gradient_step: int) -> LearnerState:
        return state.replace(agent=refresh_due(state.agent, gradient_step))

    def measure(state: LearnerState, batches: Any):
        measured = jax.device_get(measure_all(state.agent, batches))
        return measured.metrics, {layer: measured.neurons[layer] for layer in common.layers}

    def take(learner: Learner, state: LearnerState, member: jax.Array) -> LearnerState:
        if members == 1:
            # A copy: what is saved may outlive the buffers, which the next update gives up.
            return jax.tree.map(jnp.copy, state)
        return crop(jax.tree.map(lambda leaf: leaf[member], state), own_shapes[id(learner)])

    takes = {id(one): jax.jit(lambda *args, one=one: take(one, *args)) for one in learners}

    def intervene_on(learner: Learner) -> Callable:
        """The intervention on one member, within the state of all."""

        def intervene(state: LearnerState, keys, member, batches, gradient_step):
            batch = jax.tree.map(lambda column: column[member], batches)
            before = state if members == 1 else take(learner, state, member)
            after, metrics = learner.intervene(keys[member], before, batch, gradient_step)
            if members == 1:
                return after, metrics
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
            *(begin, update, refresh, measure, intervene, _plays_nothing, _plays_nothing, save),
            common.layers,
        )

    available = jnp.array(num_actions or [0] * members, jnp.int32)
    epsilons = jnp.asarray(common.epsilons)
    act_for_each = over_members(common.act, members, in_axes=(0, STATE, 0, None, None, 0))

    @functools.partial(jax.jit, donate_argnames="ring")
    def act_and_store(keys, agent, observations, when, available, epsilons, ring):
        agent_step, slot = when
        epsilon = epsilons[jnp.minimum(agent_step, len(epsilons) - 1)]
        actions = act_for_each(keys, agent, observations, epsilon, agent_step, available)
        if ring is not None:
            newest = observations[:, -1:]
            ring = jax.lax.dynamic_update_slice_in_dim(ring, newest, slot, axis=1)
        return actions, ring

    def act(state, observations, agent_step, ring=None, slot=0):
        when = np.array([agent_step, slot], np.int32)
        return act_and_store(
            keys[Purpose.ACT], state.agent, observations, when, available, epsilons, ring
        )

    def act_on_each(key, agent, observations, epsilon, agent_step, num_actions):
        numbers = jnp.arange(observations.shape[0])
        each = jax.vmap(common.act, in_axes=(0, None, 0, None, None, None))
        own_keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, numbers)
        return each(own_keys, agent, observations, epsilon, agent_step, num_actions)

    act_on_all = jax.jit(over_members(act_on_each, members, in_axes=(0, STATE, 0, None, None, 0)))

    def act_in_parallel(state, observations, epsilon, agent_step) -> np.ndarray:
        epsilon, step = np.float32(epsilon), np.int32(agent_step)
        actions = act_on_all(
            keys[Purpose.EVAL_ACT], state.agent, observations, epsilon, step, available
        )
        return np.asarray(actions)

    return Fleet(
        begin, update, refresh, measure, intervene, act, act_in_parallel, save, common.layers
    )


def compile_refresh(learner: Learner, members: int = 1) -> Callable[[PyTree, int], PyTree]:
    """(agents' states, gradient steps done) -> states after the refresh that is due, if one is."""
    if learner.refresh is None:
        return lambda state, _: state
    refresh = over_members(learner.refresh, members, in_axes=(STATE,), out_axes=STATE)
    refresh = jax.jit(refresh, donate_argnums=0)
    period = learner.refresh_period_gradient_steps
    return lambda state, done: state if done % period else refresh(state)


def compile_updates(
    learner: Learner, execution: Execution, members: int = 1
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

    def update_group(state: PyTree, batches: PyTree, gradient_step: int, refresh_last: bool = True):
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


def _shapes(learner: Learner) -> LearnerState:
    return jax.eval_shape(learner.init, jax.random.key(0))


def _plays_nothing(*_: Any) -> np.ndarray:
    raise TypeError("This learner does not act.")
