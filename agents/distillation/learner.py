"""The learner of a distillation: a student and its teacher, as pure functions of `Student`."""

from typing import Literal, NamedTuple

from flax import struct
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree, UInt8
import numpy as np
import optax

from agents.distillation.spec import DistillationSpec
from agents.dqn import agent as dqn
from agents.dqn.learner import build_agent, observation_shapes
from agents.learner import Learner, LearnerState, Measured
from agents.measuring import measure_network
from agents.networks.build import OUTPUT_LAYER
from agents.networks.traced import trace
from agents.randomness import Purpose, run_key
from agents.spec import RunSpec
from agents.standardising import Scale, scale_over


class Examples(NamedTuple):
    """What is learned from; any leading axes.

    Attributes:
      observations: (..., stack, height, width) uint8.
      actions: (...) int32, taken by the run that saw them.
    """

    observations: np.ndarray
    actions: np.ndarray


@struct.dataclass
class Student:
    """A network that learns and the one that it learns from.

    Attributes:
      params, opt_state: network parameters and the optimizer's state, which learning changes.
      teacher: the teacher's network parameters.
    """

    params: PyTree
    opt_state: PyTree
    teacher: PyTree


def distillation_loss(
    values: Float[Array, "batch actions"],
    targets: Float[Array, "batch actions"],
    taken: Int[Array, " batch"],
    loss: Literal["mse", "huber"] = "mse",
    actions: Literal["all", "taken"] = "all",
) -> Float[Array, ""]:
    r"""Error of a student's values.

    With $e = q_{student}(s, a) - q_{teacher}(s, a)$, the mean of $e^2$ ("mse"), or of
    $e^2 / 2$ where $|e| \le 1$ and $|e| - 1/2$ elsewhere ("huber"), over the batch and over
    all actions or only the taken one.

    Args:
      values, targets: of the student and of the teacher.
      taken: actions.
      loss, actions: see `DistillationSpec`.

    Reference:
      The paper's Figure 8, which names neither the loss nor the actions.
    """
    if actions == "taken":
        values, targets = (
            jnp.take_along_axis(table, taken[:, None], axis=-1) for table in (values, targets)
        )
    errors = optax.losses.huber_loss if loss == "huber" else optax.losses.squared_error
    return jnp.mean(errors(values, targets))


def scale_of(
    spec: DistillationSpec, teacher: PyTree, observations: UInt8[np.ndarray, "batch stack h w"]
) -> Scale:
    """Mean and standard deviation of each action's values over these observations."""
    apply = _agent(spec.teacher, len(teacher[OUTPUT_LAYER]["bias"])).apply
    return scale_over(jax.jit(apply)(teacher, observations)[0])


def build_learner(
    spec: DistillationSpec,
    teacher: PyTree,
    pretrained: PyTree | None = None,
    scale: Scale | None = None,
) -> Learner:
    """The functions of a run.

    Args:
      spec: the run.
      teacher: parameters of the teacher's network.
      pretrained: parameters of the student's; None initialises them.
      scale: of the targets; None leaves the teacher's values as they are.
    """
    num_actions = len(teacher[OUTPUT_LAYER]["bias"])
    apply_teacher = _agent(spec.teacher, num_actions).apply
    agent = _agent(spec.student, num_actions)
    optimizer = optax.adam(spec.learning_rate, spec.adam_b1, spec.adam_b2, spec.adam_epsilon)
    if spec.optimizer == "sgd":
        optimizer = optax.sgd(spec.learning_rate)

    # The teacher's parameters are part of the state, because XLA would fold closed-over constants.
    def init(key: PRNGKeyArray) -> LearnerState:
        params = agent.init_params(key) if pretrained is None else pretrained
        if pretrained is not None and spec.student.game != spec.teacher.game:
            params = pretrained | {OUTPUT_LAYER: agent.init_params(key)[OUTPUT_LAYER]}
        return LearnerState(Student(params, optimizer.init(params), teacher), {})

    def error(params: PyTree, teacher: PyTree, examples: Examples):
        targets, _ = apply_teacher(teacher, examples.observations)
        values, activations = agent.apply(params, examples.observations)
        learned = targets if scale is None else scale.standardise(targets)
        loss = distillation_loss(values, learned, examples.actions, spec.loss, spec.actions)
        if scale is not None:
            values = scale.restore(values)
        alike = jnp.argmax(values, axis=-1) == jnp.argmax(targets, axis=-1)
        return loss, (jnp.mean(alike), activations)

    differentiated = jax.value_and_grad(error, has_aux=True)

    def update(student: Student, examples: Examples):
        (loss, _), gradients = differentiated(student.params, student.teacher, examples)
        updates, opt_state = optimizer.update(gradients, student.opt_state, student.params)
        params = optax.apply_updates(student.params, updates)
        learned = student.replace(params=params, opt_state=opt_state)
        return learned, {"distillation_loss": loss}

    network = trace(agent.apply, agent.init_params, observation_shapes(spec.student.task))
    measure_on = measure_network(network)

    def measure(student: Student, examples: Examples) -> Measured:
        (loss, (agreement, activations)), gradients = differentiated(
            student.params, student.teacher, examples
        )
        measured = measure_on(student.params, activations, gradients)
        told = {"distillation_loss": loss, "greedy_agreement": agreement}
        return measured._replace(metrics=measured.metrics | told)

    return Learner(init, update, measure, network.layers)


def random_teacher(
    spec: DistillationSpec, num_actions: int, observations: UInt8[np.ndarray, "batch ..."]
) -> PyTree:
    """Parameters of a network of the teacher's architecture, fresh but for its scale.

    Its output layer is such that the values of every action have mean 0 and variance 1 over the
    observations: an untrained network's differ mostly between actions and hardly between inputs.

    Args:
      spec: the run, whose seed decides the parameters.
      num_actions: of the game.
      observations: what the values are standardised over.
    """
    agent = _agent(spec.teacher, num_actions)
    params = agent.init_params(run_key(spec.seed, Purpose.TARGETS))
    scale = scale_over(jax.jit(agent.apply)(params, observations)[0])
    head = params[OUTPUT_LAYER]
    standardised = {
        "kernel": head["kernel"] / scale.spread,
        "bias": scale.standardise(head["bias"][None])[0],
    }
    return {**params, OUTPUT_LAYER: standardised}


def _agent(run: RunSpec, num_actions: int) -> dqn.Agent:
    return build_agent(run.task, run.network, run.agent, num_actions)
