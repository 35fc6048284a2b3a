"""Trains a classifier on CIFAR-10 with labels that stay or are shuffled (paper, Figure 3).

One epoch is one pass over the images in an order of its own. Dormancy is measured before
training and after every epoch, always on the same images and regardless of their labels, so a
measurement after epoch e is also the one at the start of epoch e + 1: that at the start of an
epoch with new labels still shows the network that learned the old ones.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from flax import serialization
import jax
import numpy as np

from agents.description import describe_neurons
from agents.errors import UserError
from agents.events import Event, Log, Progress, Snapshot
from agents.fleet.execution import IN_A_HURRY, Execution, plan_execution
from agents.randomness import Purpose, generator, run_key
from agents.supervised.cifar10 import load_training_images
from agents.supervised.learner import Classifier, ClassifierState, build, targets_of
from agents.supervised.spec import ClassificationSpec


def check_spec(spec: ClassificationSpec) -> None:
    """Raises UserError where the numbers make no sense together."""
    if not 1 <= spec.batch_size <= spec.training_images:
        raise UserError(
            f"A batch of {spec.batch_size} images cannot be taken from {spec.training_images}; "
            "change batch_size or training_images."
        )
    if not 1 <= spec.probe_images <= spec.training_images:
        raise UserError(
            f"Dormancy is measured on training images: probe_images ({spec.probe_images}) must be "
            f"between 1 and training_images ({spec.training_images})."
        )
    if min(spec.epochs, spec.shuffle_period_epochs, spec.checkpoint_period_epochs) < 1:
        raise UserError("epochs and both of its periods must be at least 1.")


def train(
    spec: ClassificationSpec,
    resume: Snapshot | None = None,
    runs: Path | None = None,
    execution: Execution | None = None,
) -> Iterator[Event]:
    """Trains one classifier; agent steps are gradient steps.

    Args:
      spec: what to train.
      resume: the snapshot to go on from; None starts a new run.
      runs: not used: the run needs no other run.
      execution: how to use the device; None takes the fastest way known.

    Yields:
      `Progress`, `Log` and `Snapshot`, in order of time. The metrics of a log are means over
      the epoch that just ended, each batch's being taken before it was learned from.

    Raises:
      UserError: the spec asks for something that cannot be done, or there are no images.
    """
    check_spec(spec)
    images, labels = load_training_images(spec.training_images)
    classifier = build(spec)
    run_epoch = compile_epoch(classifier, images, execution or plan_execution())
    measure = jax.jit(classifier.measure)
    probe = jax.device_put(images[: spec.probe_images])

    def log(epochs_done: int, state: ClassifierState, metrics: dict[str, float]) -> Log:
        measured = measure(state.params, probe)
        neurons = {layer: np.asarray(measured[layer]) for layer in classifier.layers}
        step = epochs_done * spec.steps_per_epoch
        return Log(step, step, metrics | describe_neurons(neurons), neurons)

    init = jax.jit(classifier.init, compiler_options=IN_A_HURRY)
    state = init(run_key(spec.seed, Purpose.INIT))
    if resume is None:
        first_epoch = 0
        yield log(0, state, {})
    else:
        first_epoch = resume.gradient_step // spec.steps_per_epoch
        state = serialization.from_state_dict(state, resume.state["learner"])

    for epoch in range(first_epoch, spec.epochs):
        targets = targets_of(labels_of_epoch(spec, labels, epoch), spec.objective)
        state, metrics = run_epoch(state, targets, order_of_epoch(spec, epoch))
        done = epoch + 1
        now = dict.fromkeys(("agent_step", "gradient_step"), done * spec.steps_per_epoch)
        yield Progress(**now)
        yield log(done, state, metrics)
        if done % spec.checkpoint_period_epochs == 0 or done == spec.epochs:
            saved = {"learner": jax.device_get(serialization.to_state_dict(state))}
            yield Snapshot(**now, state=saved, transitions={})


def order_of_epoch(spec: ClassificationSpec, epoch: int) -> np.ndarray:
    """Which images each gradient step of an epoch learns from.

    Returns:
      (steps_per_epoch, batch_size) numbers of images, none of them twice.
    """
    order = generator(spec.seed, Purpose.DATA, epoch).permutation(spec.training_images)
    used = spec.steps_per_epoch * spec.batch_size
    return order[:used].reshape(spec.steps_per_epoch, spec.batch_size)


def labels_of_epoch(spec: ClassificationSpec, labels: np.ndarray, epoch: int) -> np.ndarray:
    """The labels that are learned in an epoch, from the true ones; both (images,).

    Shuffled labels are the true ones in another order over the images, so that every class
    keeps its number of images. Every period has an order of its own, the first one the true one.
    """
    period = epoch // spec.shuffle_period_epochs
    if spec.labels == "fixed" or period == 0:
        return labels
    return generator(spec.seed, Purpose.LABELS, period).permutation(labels)


def compile_epoch(
    classifier: Classifier, images: np.ndarray, execution: Execution
) -> Callable[..., tuple[ClassifierState, dict[str, float]]]:
    """One pass over the images as a function of (state, targets, order).

    Args:
      classifier: what learns; its state's buffers are given up to the new state's.
      images: (images, 32, 32, 3) uint8; `targets` has one entry an image, and `order` is that of
        `order_of_epoch`.
      execution: one compiled loop over the steps, or one call each.

    Returns:
      The function; its metrics are means over the steps.
    """
    if execution.fuse_updates:
        on_device = jax.device_put(images)

        @jax.jit
        def fused(state, images, targets, order):
            return jax.lax.scan(
                lambda state, chosen: classifier.update(state, (images[chosen], targets[chosen])),
                state,
                order,
            )

        def run(state, targets, order):
            state, steps = fused(state, on_device, targets, order)
            return state, _means(jax.device_get(steps))

        return run

    update = jax.jit(classifier.update, donate_argnums=0)

    def run_step_by_step(state, targets, order):
        steps = []
        for chosen in order:
            state, metrics = update(state, (images[chosen], targets[chosen]))
            steps.append(metrics)
        steps = jax.device_get(steps)
        return state, _means({name: [m[name] for m in steps] for name in steps[0]})

    return run_step_by_step


def _means(steps) -> dict[str, float]:
    return {name: float(np.mean(values, dtype=np.float64)) for name, values in steps.items()}
