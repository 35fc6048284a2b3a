"""Soft actor-critic as pure functions of one state.

`build` closes over what never changes and returns `init`, `act` and `update`, which jit and
vmap. The two critics are one tree of parameters with a leading axis of 2, and run by `jax.vmap`.
"""

from collections.abc import Callable
from typing import NamedTuple

from flax import struct
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
import numpy as np
import optax

from agents.networks.mlp import MLP
from agents.replay.rows import RowBatch
from agents.sac import policy
from agents.sac.spec import SACSpec

CRITICS = 2
AnyArray = Array | np.ndarray


@struct.dataclass
class SACState:
    """Everything that learning changes.

    Attributes:
      actor, critics, target_critics: parameters; those of critics have a leading axis of 2.
      log_temperature: () logarithm of the entropy's weight alpha.
      actor_opt, critic_opt, temperature_opt: optimizer states.
      gradient_step: () int32 updates done so far.
    """

    actor: PyTree
    critics: PyTree
    target_critics: PyTree
    log_temperature: PyTree
    actor_opt: PyTree
    critic_opt: PyTree
    temperature_opt: PyTree
    gradient_step: PyTree


class Agent(NamedTuple):
    """The pure functions of an agent.

    Attributes:
      init: key -> state.
      act: (actor parameters, (features,) observation, key) -> (actions,) sampled action.
      act_greedily: (actor parameters, (features,) observation) -> (actions,) the mode.
      update: (state, rows, key) -> state, metrics; one gradient step of everything.
      losses: (state, rows, key) -> the actor's and the critics' losses as functions of their
        parameters, for scores that need gradients.
      apply_actor: (parameters, observations) -> outputs, activations.
      apply_critic: (parameters of one critic, (observations, actions)) -> values, activations.
      init_actor, init_critic: key -> freshly initialised parameters of one network.
      actor_optimizer, critic_optimizer: optax transformations.
    """

    init: Callable[[PRNGKeyArray], SACState]
    act: Callable[..., Float[Array, " actions"]]
    act_greedily: Callable[..., Float[Array, " actions"]]
    update: Callable[..., tuple[SACState, dict[str, Float[Array, ""]]]]
    losses: Callable[..., tuple[Callable[[PyTree], Array], Callable[[PyTree], Array]]]
    apply_actor: Callable
    apply_critic: Callable
    init_actor: Callable[[PRNGKeyArray], PyTree]
    init_critic: Callable[[PRNGKeyArray], PyTree]
    actor_optimizer: optax.GradientTransformation
    critic_optimizer: optax.GradientTransformation


def make_optimizer(spec: SACSpec, penalty_weight: float) -> optax.GradientTransformation:
    """Adam, with weight decay, if any, as the gradient of a penalty on the kernels.

    Args:
      spec: hyper-parameters; see `SACSpec.weight_decay`.
      penalty_weight: what the sum of squares is multiplied with besides the coefficient: as the
        loss that it is added to in google/dopamine `labs/redo/tfagents`, 1 for the actor and
        half for the critics.
    """
    adam = optax.adam(spec.learning_rate, eps=spec.adam_epsilon)
    if spec.weight_decay == 0:
        return adam
    slope = 2 * penalty_weight * spec.weight_decay
    return optax.chain(optax.add_decayed_weights(slope, mask=_is_kernel), adam)


def _is_kernel(params: PyTree) -> PyTree:
    """Which parameters are weights rather than biases."""
    return jax.tree.map_with_path(lambda path, _: path[-1].key == "kernel", params)


def soft_targets(
    r_t: Float[AnyArray, " batch"],
    discount_t: Float[AnyArray, " batch"],
    q_t: Float[Array, "critics batch"],
    log_pi_t: Float[Array, " batch"],
    temperature: Float[Array, ""],
) -> Float[Array, " batch"]:
    r"""$r_t + \gamma_t (\min_i q_i(s_t, a_t) - \alpha \log \pi(a_t | s_t))$ (Haarnoja et al.)."""
    return r_t + discount_t * (jnp.min(q_t, axis=0) - temperature * log_pi_t)


def build(spec: SACSpec, features: int, actions: int) -> Agent:
    """SAC for one set of hyper-parameters.

    Args:
      spec: hyper-parameters.
      features: length of an observation.
      actions: length of an action, each component in [-1, 1].
    """
    actor_network, critic_network = MLP(2 * actions, spec.width), MLP(1, spec.width)
    actor_optimizer = make_optimizer(spec, penalty_weight=1.0)
    critic_optimizer = make_optimizer(spec, penalty_weight=0.5)
    temperature_optimizer = optax.adam(spec.learning_rate, eps=spec.adam_epsilon)
    target_entropy = spec.target_entropy_per_action * actions

    def init_actor(key: PRNGKeyArray) -> PyTree:
        return actor_network.init(key, jnp.zeros((1, features)))["params"]

    def init_critic(key: PRNGKeyArray) -> PyTree:
        return critic_network.init(key, jnp.zeros((1, features + actions)))["params"]

    def apply_actor(params: PyTree, observations: Float[AnyArray, "batch features"]):
        return actor_network.apply({"params": params}, observations)

    def apply_critic(params: PyTree, inputs: tuple[AnyArray, AnyArray]):
        values, activations = critic_network.apply(
            {"params": params}, jnp.concatenate(inputs, axis=-1)
        )
        return values[:, 0], activations

    def critic_values(params: PyTree, observations, actions) -> Float[Array, "critics batch"]:
        return jax.vmap(lambda own: apply_critic(own, (observations, actions))[0])(params)

    def init(key: PRNGKeyArray) -> SACState:
        actor_key, critics_key = jax.random.split(key)
        actor = init_actor(actor_key)
        critics = jax.vmap(init_critic)(jax.random.split(critics_key, CRITICS))
        log_temperature = jnp.zeros(())
        return SACState(
            actor=actor,
            critics=critics,
            # A copy, so that the buffers of a donated state never alias.
            target_critics=jax.tree.map(jnp.copy, critics),
            log_temperature=log_temperature,
            actor_opt=actor_optimizer.init(actor),
            critic_opt=critic_optimizer.init(critics),
            temperature_opt=temperature_optimizer.init(log_temperature),
            gradient_step=jnp.zeros((), jnp.int32),
        )

    def act(actor: PyTree, observation: Float[AnyArray, " features"], key: PRNGKeyArray):
        return policy.sample(apply_actor(actor, observation[None])[0], key)[0][0]

    def act_greedily(actor: PyTree, observation: Float[AnyArray, " features"]):
        return policy.mode(apply_actor(actor, observation[None])[0])[0]

    def targets(state: SACState, rows: RowBatch, key: PRNGKeyArray) -> Float[Array, " batch"]:
        a_t, log_pi_t = policy.sample(apply_actor(state.actor, rows.s_t)[0], key)
        q_t = critic_values(state.target_critics, rows.s_t, a_t)
        temperature = jnp.exp(state.log_temperature)
        rewards = spec.reward_scale * rows.r_t
        return soft_targets(rewards, rows.discount_t, q_t, log_pi_t, temperature)

    def critic_loss_of(state: SACState, rows: RowBatch, key: PRNGKeyArray):
        fixed = jax.lax.stop_gradient(targets(state, rows, key))

        def loss(critics: PyTree) -> Array:
            errors = critic_values(critics, rows.s_tm1, rows.a_tm1) - fixed[None]
            # Half the squared error of each, summed over the critics.
            return jnp.sum(jnp.mean(0.5 * errors**2, axis=1))

        return loss

    def actor_loss_of(state: SACState, rows: RowBatch, key: PRNGKeyArray):
        temperature = jnp.exp(state.log_temperature)

        def loss(actor: PyTree) -> tuple[Array, Array]:
            chosen, log_pi = policy.sample(apply_actor(actor, rows.s_tm1)[0], key)
            values = jnp.min(critic_values(state.critics, rows.s_tm1, chosen), axis=0)
            return jnp.mean(temperature * log_pi - values), jnp.mean(log_pi)

        return loss

    def losses(state: SACState, rows: RowBatch, key: PRNGKeyArray):
        target_key, actor_key = jax.random.split(key)
        actor_loss = actor_loss_of(state, rows, actor_key)
        return lambda actor: actor_loss(actor)[0], critic_loss_of(state, rows, target_key)

    def learn_critics(state: SACState, rows: RowBatch, key: PRNGKeyArray):
        """One step of the critics; their loss, and the norm of its gradient."""
        loss, gradients = jax.value_and_grad(critic_loss_of(state, rows, key))(state.critics)
        updates, critic_opt = critic_optimizer.update(gradients, state.critic_opt, state.critics)
        norm = optax.tree.norm(gradients)
        critics = optax.apply_updates(state.critics, updates)
        return state.replace(critics=critics, critic_opt=critic_opt), loss, norm

    def learn_actor(state: SACState, rows: RowBatch, key: PRNGKeyArray):
        """One step of the actor; its loss, and the mean log-probability of what it chose."""
        loss_of = jax.value_and_grad(actor_loss_of(state, rows, key), has_aux=True)
        (loss, log_pi), gradients = loss_of(state.actor)
        updates, actor_opt = actor_optimizer.update(gradients, state.actor_opt, state.actor)
        actor = optax.apply_updates(state.actor, updates)
        return state.replace(actor=actor, actor_opt=actor_opt), loss, log_pi

    def learn_temperature(state: SACState, log_pi: Float[Array, ""]) -> SACState:
        # The gradient of log alpha * (-log pi - target entropy), which pulls the entropy
        # towards its target.
        updates, temperature_opt = temperature_optimizer.update(
            -log_pi - target_entropy, state.temperature_opt, state.log_temperature
        )
        log_temperature = optax.apply_updates(state.log_temperature, updates)
        return state.replace(log_temperature=log_temperature, temperature_opt=temperature_opt)

    def update(
        state: SACState, rows: RowBatch, key: PRNGKeyArray
    ) -> tuple[SACState, dict[str, Float[Array, ""]]]:
        target_key, actor_key = jax.random.split(key)
        state, critic_loss, critic_norm = learn_critics(state, rows, target_key)
        state, actor_loss, log_pi = learn_actor(state, rows, actor_key)
        state = learn_temperature(state, log_pi)
        state = state.replace(
            target_critics=optax.incremental_update(
                state.critics, state.target_critics, spec.target_smoothing
            ),
            gradient_step=state.gradient_step + 1,
        )
        metrics = {
            "critic_loss": critic_loss,
            "actor_loss": actor_loss,
            "entropy": -log_pi,
            "temperature": jnp.exp(state.log_temperature),
            "gradient_norm": critic_norm,
        }
        return state, metrics

    return Agent(
        init,
        act,
        act_greedily,
        update,
        losses,
        apply_actor,
        apply_critic,
        init_actor,
        init_critic,
        actor_optimizer,
        critic_optimizer,
    )
