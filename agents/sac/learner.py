"""The learner of a continuous-control run: SAC, with an intervention on actor and critics.

The intervention is made once for the actor and once for a critic; that of the critics is
vectorised over both of them, as their updates are. Where layers are reset, those of the target
critics become the fresh ones too; everything else leaves target critics alone (both as in
google/dopamine `labs/redo/tfagents`).
"""

from typing import Any

import jax
import jax.numpy as jnp

from agents.interventions import Target, build_intervention, count_neurons, layers_to_reset
from agents.learner import Learner, LearnerState, Measured
from agents.measuring import measure_network
from agents.networks.traced import trace
from agents.replay.rows import RowBatch
from agents.sac import agent as sac
from agents.sac.agent import CRITICS, SACState
from agents.sac.spec import ContinuousSpec
from dormancy import Observed

ACTOR, CRITIC = "actor", "critics"


def build_learner(spec: ContinuousSpec, features: int, actions: int) -> Learner:
    """The functions of a run; its seed plays no part.

    Args:
      spec: the run.
      features, actions: lengths of an observation and of an action.
    """
    agent = sac.build(spec.agent, features, actions)
    observation, action = jnp.zeros((1, features)), jnp.zeros((1, actions))
    actor_network = trace(agent.apply_actor, agent.init_actor, observation)
    critic_network = trace(agent.apply_critic, agent.init_critic, (observation, action))
    targets = {
        ACTOR: Target(actor_network, agent.init_actor, agent.actor_optimizer),
        CRITIC: Target(critic_network, agent.init_critic, agent.critic_optimizer),
    }
    interventions = {
        name: build_intervention(spec.intervention, target) for name, target in targets.items()
    }
    measures = {name: measure_network(target.network) for name, target in targets.items()}

    def init(key) -> LearnerState:
        critics = [interventions[CRITIC].init(critic_network.activations) for _ in range(CRITICS)]
        begun = {
            ACTOR: interventions[ACTOR].init(actor_network.activations),
            CRITIC: jax.tree.map(lambda *each: jnp.stack(each), *critics),
        }
        return LearnerState(agent.init(key), begun)

    def act(key, state: SACState, observation, epsilon, step, num_actions=None):
        """A sampled action, or with an epsilon of 0 the mode of the policy."""
        del num_actions
        sampled = agent.act(state.actor, observation, jax.random.fold_in(key, step))
        return jnp.where(epsilon > 0, sampled, agent.act_greedily(state.actor, observation))

    def update(state: SACState, rows: RowBatch):
        return agent.update(state, rows, jax.random.key(rows.seed))

    def observe(state: SACState, rows: RowBatch) -> tuple[Observed, Observed]:
        """Actor, and critics with a leading axis: activations, and gradients of their losses."""
        # Measuring draws actions too; which ones is a function of how far the run is.
        key = jax.random.fold_in(jax.random.key(0), state.gradient_step)
        actor_loss, critic_loss = agent.losses(state, rows, key)
        _, of_actor = agent.apply_actor(state.actor, rows.s_tm1)
        _, of_critics = jax.vmap(lambda own: agent.apply_critic(own, (rows.s_tm1, rows.a_tm1)))(
            state.critics
        )
        return (
            Observed(of_actor, jax.grad(actor_loss)(state.actor)),
            Observed(of_critics, jax.grad(critic_loss)(state.critics)),
        )

    def intervene(key, state: LearnerState, rows: RowBatch, gradient_step):
        key = jax.random.fold_in(key, gradient_step)
        actor_key, critics_key = jax.random.split(key)
        old, before = state.agent, state.intervention
        of_actor, of_critics = observe(old, rows)
        actor, actor_opt, actor_after = interventions[ACTOR].update(
            actor_key, old.actor, old.actor_opt, of_actor, before[ACTOR]
        )
        # The optimizer's counters are shared by both critics: they get an axis for the while.
        critic_opt, shared = _each_its_own(old.critic_opt)
        critics, critic_opt, critics_after = jax.vmap(interventions[CRITIC].update)(
            jax.random.split(critics_key, CRITICS),
            old.critics,
            critic_opt,
            of_critics,
            before[CRITIC],
        )
        learned = old.replace(
            actor=actor,
            actor_opt=actor_opt,
            critics=critics,
            critic_opt=_together_again(critic_opt, shared),
            target_critics=target_critics_after(old.target_critics, critics),
        )
        after = {ACTOR: actor_after, CRITIC: critics_after}
        records = [(before[name], after[name]) for name in targets]
        return LearnerState(learned, after), count_neurons(spec.intervention.kind, records)

    def target_critics_after(old: dict[str, Any], critics: dict[str, Any]) -> dict[str, Any]:
        """Target critics after an intervention, given the critics after it."""
        if spec.intervention.kind != "reset":
            return old
        fresh = layers_to_reset(spec.intervention, targets[CRITIC])
        # Copies, so that the buffers of a donated state never alias.
        return {
            layer: jax.tree.map(jnp.copy, critics[layer]) if fresh[layer] else own
            for layer, own in old.items()
        }

    def measure(state: SACState, rows: RowBatch) -> Measured:
        of_actor, of_critics = observe(state, rows)
        found = {ACTOR: measures[ACTOR](state.actor, *of_actor)}
        both = jax.vmap(measures[CRITIC])(state.critics, *of_critics)
        for number in range(CRITICS):
            found[f"{CRITIC}/{number}"] = jax.tree.map(lambda leaf, i=number: leaf[i], both)
        return Measured(
            {
                f"{metric}/{network}": value
                for network, measured in found.items()
                for metric, value in measured.metrics.items()
            },
            {
                f"{network}/{layer}": columns
                for network, measured in found.items()
                for layer, columns in measured.neurons.items()
            },
        )

    names = (
        *(f"{ACTOR}/{layer}" for layer in actor_network.layers),
        *(f"{CRITIC}/{i}/{layer}" for i in range(CRITICS) for layer in critic_network.layers),
    )
    return Learner(init, update, measure, names, intervene, act)


def _each_its_own(opt_state: Any) -> tuple[Any, Any]:
    """Gives every leaf of an optimizer's state the leading axis of the critics.

    Returns:
      The state, and a tree that says which leaves had none (Adam's counter of updates).
    """
    shared = jax.tree.map(lambda leaf: leaf.ndim == 0, opt_state)
    widened = jax.tree.map(
        lambda leaf, one: jnp.broadcast_to(leaf, (CRITICS,)) if one else leaf, opt_state, shared
    )
    return widened, shared


def _together_again(opt_state: Any, shared: Any) -> Any:
    """Inverse of `_each_its_own`."""
    return jax.tree.map(lambda leaf, one: leaf[0] if one else leaf, opt_state, shared)
