"""The compiled functions of a distillation: a student, its teacher, a device.

Everything is a pure function of `Student`; when each is called is decided by
`agents.distillation.training`, how it is executed by `agents.fleet.execution`.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from flax import struct
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree
import numpy as np
import optax

from agents.distillation.spec import DistillationSpec
from agents.dqn import agent as dqn
from agents.dqn.learner import build_agent, network_layers, observation_shapes
from agents.fleet.execution import IN_A_HURRY, Execution
from agents.networks.build import OUTPUT_LAYER
from agents.spec import RunSpec
from dormancy import mean_abs_activation


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
    """Everything that learning changes: network parameters and the optimizer's state."""

    params: PyTree
    opt_state: PyTree


class Examined(NamedTuple):
    """A student on a batch of examples.

    Attributes:
      loss: ().
      agreement: () share of the examples on which student and teacher choose alike.
      neurons: hidden layer -> (neurons,) mean |activation|.
    """

    loss: Array
    agreement: Array
    neurons: dict[str, Array]


class Distiller(NamedTuple):
    """Attributes:

    init_params: key -> freshly initialised parameters of a student.
    begin: parameters -> student with a fresh optimizer.
    update: (student, examples with a leading axis of updates) -> student, losses (updates,).
    examine: (parameters, examples) -> `Examined`.
    layers: hidden layers in order of depth.
    """

    init_params: Callable[[PRNGKeyArray], PyTree]
    begin: Callable[[PyTree], Student]
    update: Callable[[Student, Examples], tuple[Student, np.ndarray]]
    examine: Callable[[PyTree, Examples], Examined]
    layers: tuple[str, ...]


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


def build_distiller(spec: DistillationSpec, teacher: PyTree, execution: Execution) -> Distiller:
    """Compiles what a run needs.

    Args:
      spec: the run.
      teacher: parameters of the teacher's network.
      execution: how to use the device.
    """
    num_actions = len(teacher[OUTPUT_LAYER]["bias"])
    apply_teacher = _agent(spec.teacher, num_actions).apply
    agent = _agent(spec.student, num_actions)
    optimizer = optax.adam(spec.learning_rate, spec.adam_b1, spec.adam_b2, spec.adam_epsilon)

    def begin(params: PyTree) -> Student:
        return Student(params, optimizer.init(params))

    def error(values: Array, targets: Array, examples: Examples) -> Array:
        return distillation_loss(values, targets, examples.actions, spec.loss, spec.actions)

    # The teacher's parameters are arguments, because XLA would fold closed-over constants.
    def update_one(teacher: PyTree, student: Student, examples: Examples):
        targets, _ = apply_teacher(teacher, examples.observations)

        def loss_fn(params: PyTree) -> Array:
            values, _ = agent.apply(params, examples.observations)
            return error(values, targets, examples)

        loss, gradients = jax.value_and_grad(loss_fn)(student.params)
        updates, opt_state = optimizer.update(gradients, student.opt_state, student.params)
        return Student(optax.apply_updates(student.params, updates), opt_state), loss

    @jax.jit
    def update_fused(teacher: PyTree, student: Student, examples: Examples):
        return jax.lax.scan(lambda s, part: update_one(teacher, s, part), student, examples)

    compiled_update = jax.jit(update_one)

    def update(student: Student, examples: Examples) -> tuple[Student, np.ndarray]:
        if execution.fuse_updates:
            student, losses = update_fused(teacher, student, examples)
            return student, np.asarray(losses)
        losses = []
        for part in zip(*examples, strict=True):
            student, loss = compiled_update(teacher, student, Examples(*part))
            losses.append(loss)
        return student, np.array(jax.device_get(losses))

    @jax.jit
    def examine(teacher: PyTree, params: PyTree, examples: Examples) -> Examined:
        targets, _ = apply_teacher(teacher, examples.observations)
        values, activations = agent.apply(params, examples.observations)
        alike = jnp.argmax(values, axis=-1) == jnp.argmax(targets, axis=-1)
        neurons = {name: mean_abs_activation(value) for name, value in activations.items()}
        return Examined(error(values, targets, examples), jnp.mean(alike), neurons)

    param_shapes = jax.eval_shape(agent.init_params, jax.random.key(0))
    layers = network_layers(agent, param_shapes, observation_shapes(spec.student.task))
    init_params = jax.jit(agent.init_params, compiler_options=IN_A_HURRY)
    return Distiller(
        init_params,
        begin,
        update,
        lambda params, examples: examine(teacher, params, examples),
        layers,
    )


def _agent(run: RunSpec, num_actions: int) -> dqn.Agent:
    return build_agent(run.task, run.network, run.agent, num_actions)
