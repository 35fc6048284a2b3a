"""Many runs as one program: what the training loop calls, for one run or for many in step.

The members of a fleet differ in their seeds and games only, and every result is that of the
member trained alone, up to rounding. Their states are stacked along a leading axis; the state
of a single one has none. From the loop to an agent's update it is two steps: a function of
`Fleet`, which is the agent's own function taken `over_members` and compiled, and that function.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flax import serialization
import jax
import jax.numpy as jnp
import numpy as np

from agents.fleet.acting import compile_acting
from agents.fleet.execution import IN_A_HURRY, Execution
from agents.fleet.over_members import STATE, over_members
from agents.fleet.padding import crop, pad
from agents.fleet.updates import compile_refresh, compile_updates
from agents.learner import Learner, LearnerState
from agents.randomness import Purpose, run_key, run_keys


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
    shapes = _shapes(common)
    # By identity: a learner is a tuple of functions.
    compiled = {id(one): _compile_alone(one, shapes, members) for one in learners}
    alone = [compiled[id(learner)] for learner in learners]
    intervention_keys = run_keys(seeds, Purpose.INTERVENE)
    refresh_due = compile_refresh(common, members)
    update_group = compile_updates(common, execution, members)
    measure_all = jax.jit(over_members(common.measure, members, in_axes=(STATE, 0)))

    def begin(saved: Sequence[dict[str, Any] | None]) -> LearnerState:
        states = []
        for seed, own, kept in zip(seeds, alone, saved, strict=True):
            state = own.init(run_key(seed, init))
            state = state if kept is None else serialization.from_state_dict(state, kept)
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

    def intervene(state: LearnerState, batches: Any, gradient_step: int):
        found, step = [], np.int32(gradient_step)
        for member, own in enumerate(alone):
            state, metrics = own.intervene(
                state, intervention_keys, np.int32(member), batches, step
            )
            found.append(metrics)
        found = jax.device_get(found)
        return state, {name: np.stack([each[name] for each in found]) for name in found[0]}

    def save(state: LearnerState, member: int) -> dict[str, Any]:
        taken = alone[member].take(state, np.int32(member))
        return jax.device_get(serialization.to_state_dict(taken))

    act = act_in_parallel = _plays_nothing
    if common.act is not None:
        act, act_in_parallel = compile_acting(common, seeds, num_actions)
    return Fleet(
        begin, update, refresh, measure, intervene, act, act_in_parallel, save, common.layers
    )


class _Alone(NamedTuple):
    """What is done for one member at a time.

    Attributes:
      init: key -> its state.
      take: (state of all, member) -> its state, in its own shapes.
      intervene: (state of all, keys of all, member, probe batches of all, gradient_step) -> state
        of all after the intervention on one, metrics.
    """

    init: Callable[..., LearnerState]
    take: Callable[..., LearnerState]
    intervene: Callable[..., tuple[LearnerState, dict[str, jax.Array]]]


def _compile_alone(learner: Learner, shapes: LearnerState, members: int) -> _Alone:
    """For the members with this learner; `shapes` are those that all members share."""
    own_shapes = _shapes(learner)

    def take(state: LearnerState, member: jax.Array) -> LearnerState:
        if members == 1:
            # A copy: what is saved may outlive the buffers, which the next update gives up.
            return jax.tree.map(jnp.copy, state)
        return crop(jax.tree.map(lambda leaf: leaf[member], state), own_shapes)

    def intervene(state: LearnerState, keys, member, batches, gradient_step):
        batch = jax.tree.map(lambda column: column[member], batches)
        before = state if members == 1 else take(state, member)
        after, metrics = learner.intervene(keys[member], before, batch, gradient_step)
        if members == 1:
            return after, metrics
        together = jax.tree.map(
            lambda whole, part: whole.at[member].set(part), state, pad(after, shapes)
        )
        return together, metrics

    return _Alone(
        jax.jit(learner.init, compiler_options=IN_A_HURRY),
        jax.jit(take),
        jax.jit(intervene, donate_argnums=0),
    )


def _shapes(learner: Learner) -> LearnerState:
    return jax.eval_shape(learner.init, jax.random.key(0))


def _plays_nothing(*_: Any) -> np.ndarray:
    raise TypeError("This learner does not act.")
