"""DQN as pure functions of one state.

`build` closes over what never changes (network, optimizer, numbers) and returns `init`,
`act` and `update`, which jit, and which `jax.vmap` over a leading axis of seeds.
Names carry time as in rlax: `q_tm1` is read before the action, `r_t` comes after it.
"""

from collections.abc import Callable
from typing import NamedTuple

from flax import struct
import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree, Real, UInt8
import numpy as np
import optax

from agents.dqn.augmentation import augment
from agents.replay.ring import Batch
from agents.spec import DQNSpec

Params = PyTree[Float[Array, "..."]]
AnyArray = Array | np.ndarray


@struct.dataclass
class DQNState:
    """Everything that learning changes.

    The fields are typed as trees only: JAX also builds this node around masks, shapes and
    host arrays.

    Attributes:
      params, target_params: online and target network, float32.
      opt_state: the optimizer's state.
      gradient_step: () int32 updates done so far; a fleet has a leading axis of seeds in all.
    """

    params: PyTree
    target_params: PyTree
    opt_state: PyTree
    gradient_step: PyTree


class Agent(NamedTuple):
    """The pure functions of an agent, and the optimizer whose state it carries.

    Attributes:
      init: key -> state.
      act: (params, observation (stack, height, width), epsilon, key, num_actions) -> () action;
        random ones are the first `num_actions`, by default all.
      bootstrap: (state, batch) -> (batch,) targets from the target network; the returns
        themselves where they are Monte Carlo's.
      loss: (params, batch, targets) -> loss of the actions taken, (their mean value,
        activations).
      regress: (state, batch, targets) -> state, metrics; one gradient step towards any
        targets of the actions taken. The target network stays.
      copy_target: state -> state whose target network is the online one.
      update: (state, batch) -> state, metrics; one gradient step towards the bootstrapped
        targets, and the target network copied when it is time.
      apply: (params, observations (batch, stack, height, width)) -> values, activations.
      init_params: key -> freshly initialised network parameters.
      optimizer: the optax transformation behind `update`.
    """

    init: Callable[[PRNGKeyArray], DQNState]
    act: Callable[..., Int[Array, ""]]
    bootstrap: Callable[[DQNState, Batch], Float[Array, " batch"]]
    loss: Callable[..., tuple[Float[Array, ""], tuple[Float[Array, ""], dict[str, Array]]]]
    regress: Callable[..., tuple[DQNState, dict[str, Float[Array, ""]]]]
    copy_target: Callable[[DQNState], DQNState]
    update: Callable[[DQNState, Batch], tuple[DQNState, dict[str, Float[Array, ""]]]]
    apply: Callable[..., tuple[Float[Array, "batch actions"], dict[str, Float[Array, "..."]]]]
    init_params: Callable[[PRNGKeyArray], Params]
    optimizer: optax.GradientTransformation


def make_optimizer(spec: DQNSpec) -> optax.GradientTransformation:
    """The optimizer; weight decay enters the gradient before it, as in the paper's code."""
    optimizer = optax.adam(spec.learning_rate, spec.adam_b1, spec.adam_b2, spec.adam_epsilon)
    if spec.optimizer == "sgd":
        optimizer = optax.sgd(spec.learning_rate)
    if spec.weight_decay == 0:
        return optimizer
    return optax.chain(optax.add_decayed_weights(spec.weight_decay), optimizer)


def linear_epsilon(spec: DQNSpec, agent_step: int | np.ndarray) -> float | np.ndarray:
    """Exploration at an agent step: 1 during warm-up, then linear down to `epsilon_train`.

    Reference:
      Dopamine's `linearly_decaying_epsilon`.
    """
    left = spec.epsilon_decay_agent_steps + spec.min_replay_agent_steps - agent_step
    share = left / max(spec.epsilon_decay_agent_steps, 1)
    return spec.epsilon_train + (1 - spec.epsilon_train) * np.clip(share, 0.0, 1.0)


def epsilons(spec: DQNSpec) -> np.ndarray:
    """(steps,) float32 `linear_epsilon` of each agent step; that of the last holds ever after."""
    decayed = spec.epsilon_decay_agent_steps + spec.min_replay_agent_steps
    return linear_epsilon(spec, np.arange(decayed + 1)).astype(np.float32)


def td_targets(
    r_t: Float[AnyArray, " batch"],
    discount_t: Float[AnyArray, " batch"],
    q_t: Float[Array, "batch actions"],
) -> Float[Array, " batch"]:
    r"""Bootstrapped targets $r_t + \gamma_t \max_a q_t(a)$ (Mnih et al. 2015)."""
    return r_t + discount_t * jnp.max(q_t, axis=-1)


def double_td_targets(
    r_t: Float[AnyArray, " batch"],
    discount_t: Float[AnyArray, " batch"],
    q_t: Float[Array, "batch actions"],
    q_t_selector: Float[Array, "batch actions"],
) -> Float[Array, " batch"]:
    r"""$r_t + \gamma_t q_t(\arg\max_a q^{selector}_t(a))$ (van Hasselt et al. 2016)."""
    chosen = jnp.argmax(q_t_selector, axis=-1)
    return r_t + discount_t * jnp.take_along_axis(q_t, chosen[:, None], axis=-1)[:, 0]


def build(network: nn.Module, spec: DQNSpec, *, frame_size_px: int, frame_stack: int) -> Agent:
    """DQN for one network and one set of hyper-parameters.

    Args:
      network: module mapping (batch, height, width, stack) uint8 to (values, activations).
      spec: hyper-parameters.
      frame_size_px, frame_stack: shape of an observation.
    """
    optimizer = make_optimizer(spec)
    errors = optax.losses.huber_loss if spec.loss == "huber" else optax.losses.squared_error

    def init_params(key: PRNGKeyArray) -> Params:
        blank = jnp.zeros((1, frame_size_px, frame_size_px, frame_stack), jnp.uint8)
        return network.init(key, blank)["params"]

    def apply(params: Params, observations: Real[AnyArray, "batch stack height width"]):
        return network.apply({"params": params}, jnp.moveaxis(observations, 1, -1))

    def augmented(
        batch: Batch, observations: UInt8[AnyArray, "batch stack height width"], side: int
    ) -> Real[AnyArray, "batch stack height width"]:
        """As learned from; those of a probe batch, which brings no seed, as they are."""
        if spec.augmentation == "none" or batch.seed is None:
            return observations
        key = jax.random.fold_in(jax.random.key(batch.seed), side)
        return augment(key, jnp.asarray(observations), spec.official_crop)

    def init(key: PRNGKeyArray) -> DQNState:
        params = init_params(key)
        return DQNState(
            params=params,
            # A copy, so that the buffers of a donated state never alias.
            target_params=jax.tree.map(jnp.copy, params),
            opt_state=optimizer.init(params),
            gradient_step=jnp.zeros((), jnp.int32),
        )

    def act(
        params: Params,
        observation: UInt8[AnyArray, "stack height width"],
        epsilon: Float[Array, ""] | float,
        key: PRNGKeyArray,
        num_actions: Int[Array, ""] | None = None,
    ) -> Int[Array, ""]:
        explore_key, action_key = jax.random.split(key)
        values, _ = apply(params, observation[None])
        greedy = jnp.argmax(values[0])
        if num_actions is None:
            num_actions = values.shape[-1]
        uniform = jax.random.randint(action_key, (), 0, num_actions)
        return jnp.where(jax.random.uniform(explore_key) < epsilon, uniform, greedy)

    def bootstrap(state: DQNState, batch: Batch) -> Float[Array, " batch"]:
        if spec.targets == "monte_carlo":
            return jnp.asarray(batch.r_t)
        s_t = augmented(batch, batch.frames[:, -frame_stack:], side=1)
        q_t, _ = apply(state.target_params, s_t)
        if spec.double:
            q_t_selector, _ = apply(state.params, s_t)
            targets = double_td_targets(batch.r_t, batch.discount_t, q_t, q_t_selector)
        else:
            targets = td_targets(batch.r_t, batch.discount_t, q_t)
        return jax.lax.stop_gradient(targets)

    def loss(params: Params, batch: Batch, targets: Float[Array, " batch"]):
        q_tm1, activations = apply(params, augmented(batch, batch.frames[:, :frame_stack], side=0))
        chosen = jnp.take_along_axis(q_tm1, batch.a_tm1[:, None], axis=-1)[:, 0]
        return jnp.mean(errors(chosen, targets)), (jnp.mean(chosen), activations)

    def regress(
        state: DQNState, batch: Batch, targets: Float[Array, " batch"]
    ) -> tuple[DQNState, dict[str, Float[Array, ""]]]:
        differentiated = jax.value_and_grad(loss, has_aux=True)
        (error, (q_mean, _)), gradients = differentiated(state.params, batch, targets)
        updates, opt_state = optimizer.update(gradients, state.opt_state, state.params)
        learned = state.replace(
            params=optax.apply_updates(state.params, updates),
            opt_state=opt_state,
            gradient_step=state.gradient_step + 1,
        )
        # Behind the barrier the squares are not shared with Adam's second moments: shared, they
        # are an array of their own, 71 against 55 ms an update at full width on one CPU core.
        measured = jax.lax.optimization_barrier(gradients)
        metrics = {
            "td_loss": error,
            "q_mean": q_mean,
            "gradient_norm": optax.tree.norm(measured),
        }
        return learned, metrics

    def copy_target(state: DQNState) -> DQNState:
        return state.replace(target_params=jax.tree.map(jnp.copy, state.params))

    def update(state: DQNState, batch: Batch) -> tuple[DQNState, dict[str, Float[Array, ""]]]:
        learned, metrics = regress(state, batch, bootstrap(state, batch))
        is_time = learned.gradient_step % spec.target_period_gradient_steps == 0
        return jax.lax.cond(is_time, copy_target, lambda same: same, learned), metrics

    return Agent(
        init,
        act,
        bootstrap,
        loss,
        regress,
        copy_target,
        update,
        apply,
        init_params,
        optimizer,
    )
