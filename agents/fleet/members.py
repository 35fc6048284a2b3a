"""Many runs as one program: what the training loop calls, for one run or for many in step.

The members of a fleet differ in their seeds and games only. Every result is that of the member
trained alone, up to rounding. A fleet of one is compiled as it is; more are vectorised with
`jax.vmap`, their states stacked along a leading axis. Where games have different numbers of
actions, all heads are padded to the widest one with values that no policy ever prefers.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flax import serialization
import jax
import jax.numpy as jnp
import numpy as np

from agents.dqn.learner import LearnerState, build_learner
from agents.errors import UserError
from agents.fleet.execution import IN_A_HURRY, Execution, compile_updates
from agents.networks.build import OUTPUT_LAYER
from agents.randomness import Purpose, run_key
from agents.replay.ring import Batch
from agents.spec import RunSpec

# The value of an action that a game does not have. Finite, because weight decay makes a gradient
# of it, which Adam squares.
_NEVER = -1e9


class Fleet(NamedTuple):
    """Attributes:

    begin: saved states, one a member, None for a new run -> state.
    act: (state, observations (members, stack, height, width), epsilon, agent_step, purpose)
      -> (members,) int32 actions on the host.
    update: (state, batches with leading axes (members, updates)) -> state, metrics
      (members, updates).
    measure: (state, frames (members, probe, ...)) -> hidden layer -> (members, neurons) mean
      |activation| on the host.
    intervene: (state, frames (members, probe, ...), gradient_step) -> state, metrics (members,).
    save: (state, member) -> nested dictionary of host arrays, the same as of a run alone.
    layers: hidden layers in order of depth.
    """

    begin: Callable[[Sequence[dict[str, Any] | None]], Any]
    act: Callable[..., np.ndarray]
    update: Callable[[Any, Batch], tuple[Any, dict[str, jax.Array]]]
    measure: Callable[..., dict[str, np.ndarray]]
    intervene: Callable[..., tuple[Any, dict[str, np.ndarray]]]
    save: Callable[[Any, int], dict[str, Any]]
    layers: tuple[str, ...]


def build_fleet(
    specs: Sequence[RunSpec], num_actions: Sequence[int], execution: Execution
) -> Fleet:
    """Compiles what the members need.

    Args:
      specs: the runs.
      num_actions: of the game of each.
      execution: how to use the device.

    Raises:
      UserError: the runs differ in more than seed and game.
    """
    if len({spec.common_part for spec in specs}) != 1:
        raise UserError(
            "These runs cannot be trained together, because they differ in more than seed and "
            "game; use --fleet 1."
        )
    build = _alone if len(specs) == 1 else _together
    return build(specs, [int(number) for number in num_actions], execution)


def _alone(specs: Sequence[RunSpec], num_actions: Sequence[int], execution: Execution) -> Fleet:
    [spec], [actions] = specs, num_actions
    learner = build_learner(spec, actions, execution.convolution)
    act_one, measure_one = jax.jit(learner.act), jax.jit(learner.measure)
    update_group = compile_updates(learner.update, execution)
    intervene_one = jax.jit(learner.intervene)
    init = jax.jit(learner.init, compiler_options=IN_A_HURRY)
    keys = _keys(spec)

    def begin(saved: Sequence[dict[str, Any] | None]) -> LearnerState:
        return _begin(init, spec, saved[0])

    def act(state, observations, epsilon, agent_step, purpose) -> np.ndarray:
        action = act_one(
            keys[purpose],
            state.agent.params,
            observations[0],
            np.float32(epsilon),
            np.int32(agent_step),
        )
        return np.array([action], np.int32)

    def update(state, batches: Batch):
        state, metrics = update_group(state, Batch(*(column[0] for column in batches)))
        return state, {name: values[None] for name, values in metrics.items()}

    def measure(state, frames) -> dict[str, np.ndarray]:
        found = measure_one(state.agent.params, frames[0])
        return {layer: np.asarray(values)[None] for layer, values in found.items()}

    def intervene(state, frames, gradient_step):
        key, step = keys[Purpose.INTERVENE], np.int32(gradient_step)
        state, metrics = intervene_one(key, state, frames[0], step)
        return state, {name: np.asarray(value)[None] for name, value in metrics.items()}

    def save(state, member: int) -> dict[str, Any]:
        del member
        return jax.device_get(serialization.to_state_dict(state))

    return Fleet(begin, act, update, measure, intervene, save, learner.layers)


def _together(specs: Sequence[RunSpec], num_actions: Sequence[int], execution: Execution) -> Fleet:
    widest = max(num_actions)
    # Acting, learning and measuring are vectorised over padded states. What is rare, and may
    # draw whole networks anew, is done member by member on states of its own shape.
    padded = build_learner(specs[0], widest, execution.convolution)
    own = {number: build_learner(specs[0], number) for number in set(num_actions)}
    init = {
        number: jax.jit(learner.init, compiler_options=IN_A_HURRY)
        for number, learner in own.items()
    }
    keys = [_keys(spec) for spec in specs]
    act_keys = {
        purpose: jnp.stack([of_member[purpose] for of_member in keys])
        for purpose in (Purpose.ACT, Purpose.EVAL_ACT)
    }
    available = np.array(num_actions, np.int32)
    act_all = jax.jit(jax.vmap(padded.act, in_axes=(0, 0, 0, None, None, 0)))
    measure_all = jax.jit(jax.vmap(padded.measure))
    update = compile_updates(padded.update, execution, vectorised=True)

    def take(state: LearnerState, member: jax.Array, number: int) -> LearnerState:
        return _crop(jax.tree.map(lambda leaf: leaf[member], state), number)

    take_one = jax.jit(take, static_argnums=2)

    def begin(saved: Sequence[dict[str, Any] | None]) -> LearnerState:
        states = [
            _pad(_begin(init[number], spec, state), widest)
            for number, spec, state in zip(num_actions, specs, saved, strict=True)
        ]
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)

    def act(state, observations, epsilon, agent_step, purpose) -> np.ndarray:
        step = np.int32(agent_step)
        actions = act_all(
            act_keys[purpose],
            state.agent.params,
            observations,
            np.float32(epsilon),
            step,
            available,
        )
        return np.asarray(actions)

    def measure(state, frames) -> dict[str, np.ndarray]:
        return jax.device_get(measure_all(state.agent.params, frames))

    def intervene_on(number: int) -> Callable[..., tuple[LearnerState, dict[str, jax.Array]]]:
        """The intervention on one member, within the state of all, for a number of actions."""

        def intervene(key, state: LearnerState, member, frames, gradient_step):
            before = take(state, member, number)
            after, metrics = own[number].intervene(key, before, frames, gradient_step)
            together = jax.tree.map(
                lambda whole, part: whole.at[member].set(part), state, _pad(after, widest)
            )
            return together, metrics

        return jax.jit(intervene, donate_argnums=1)

    intervene_own = {number: intervene_on(number) for number in own}

    def intervene(state, frames, gradient_step):
        found = []
        for member, number in enumerate(num_actions):
            key, index = keys[member][Purpose.INTERVENE], np.int32(member)
            step = np.int32(gradient_step)
            state, metrics = intervene_own[number](key, state, index, frames[member], step)
            found.append(metrics)
        found = jax.device_get(found)
        return state, {name: np.stack([each[name] for each in found]) for name in found[0]}

    def save(state, member: int) -> dict[str, Any]:
        alone = take_one(state, np.int32(member), num_actions[member])
        return jax.device_get(serialization.to_state_dict(alone))

    return Fleet(begin, act, update, measure, intervene, save, padded.layers)


def _keys(spec: RunSpec) -> dict[Purpose, jax.Array]:
    purposes = (Purpose.ACT, Purpose.EVAL_ACT, Purpose.INTERVENE)
    return {purpose: run_key(spec.seed, purpose) for purpose in purposes}


def _begin(
    init: Callable[[jax.Array], LearnerState], spec: RunSpec, saved: dict[str, Any] | None
) -> LearnerState:
    state = init(run_key(spec.seed, Purpose.INIT))
    return state if saved is None else serialization.from_state_dict(state, saved)


def _in_head(path: Sequence[Any]) -> bool:
    return any(getattr(step, "key", None) == OUTPUT_LAYER for step in path)


def _pad(state: LearnerState, num_actions: int) -> LearnerState:
    """A state whose head has more actions; the new ones have a fixed, very low value.

    No gradient reaches them: they are never taken and never the best.
    """

    def widen(path: Sequence[Any], leaf: Any, bias: float) -> Any:
        if not _in_head(path):
            return leaf
        missing = [(0, 0)] * (leaf.ndim - 1) + [(0, num_actions - leaf.shape[-1])]
        return jnp.pad(leaf, missing, constant_values=bias if path[-1].key == "bias" else 0)

    def widen_all(tree: Any, bias: float) -> Any:
        return jax.tree_util.tree_map_with_path(lambda path, leaf: widen(path, leaf, bias), tree)

    agent = state.agent.replace(
        params=widen_all(state.agent.params, _NEVER),
        target_params=widen_all(state.agent.target_params, _NEVER),
        opt_state=widen_all(state.agent.opt_state, 0.0),
    )
    return state.replace(agent=agent)


def _crop(state: LearnerState, num_actions: int) -> LearnerState:
    """Inverse of `_pad`."""

    def narrow(path: Sequence[Any], leaf: Any) -> Any:
        return leaf[..., :num_actions] if _in_head(path) else leaf

    return jax.tree_util.tree_map_with_path(narrow, state)
