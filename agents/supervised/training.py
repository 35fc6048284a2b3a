"""Trains a classifier on CIFAR-10 with labels that stay or are shuffled (paper, Figure 3).

One epoch is one pass over the images in an order of its own. Dormancy is measured before
training and after every epoch, always on the same images and regardless of their labels, so a
measurement after epoch e is also the one at the start of epoch e + 1: that at the start of an
epoch with new labels still shows the network that learned the old ones.
"""

from collections.abc import Iterable, Iterator, Sequence
import functools
from pathlib import Path
from typing import Any

import jax
import numpy as np

from agents import loop
from agents.events import Snapshot
from agents.experience import Experience, Moment
from agents.fleet.execution import Execution
from agents.fleet.members import build_fleet
from agents.loop import FleetEvent, Timetable
from agents.randomness import Purpose, generator
from agents.supervised.cifar10 import load_training_images
from agents.supervised.learner import build, targets_of
from agents.supervised.spec import ClassificationSpec

# Updates between two signs of life, and in one call where an accelerator fuses them.
_GROUP = 50


def train(
    specs: Sequence[ClassificationSpec],
    resume: Iterable[Snapshot | None],
    runs: Path | None,
    execution: Execution,
) -> Iterator[FleetEvent]:
    """Trains one classifier; see `agents.kinds.train_fleet`.

    The metrics of a log are means over the epoch that just ended, each batch's being taken
    before it was learned from.
    """
    del runs
    [spec] = specs
    experience = Epochs(spec, *load_training_images(spec.training_images), execution)
    fleet = build_fleet([spec.seed], [build(spec)], execution, init=Purpose.CLASSIFIER_INIT)
    epochs = (*range(spec.checkpoint_period_epochs, spec.epochs, spec.checkpoint_period_epochs),)
    timetable = Timetable(
        iterations_end=[spec.steps_per_epoch * done for done in (*epochs, spec.epochs)],
        log_period_gradient_steps=spec.steps_per_epoch,
        probe_batch_size=spec.probe_images,
    )
    yield from loop.train(fleet, experience, timetable, resume)


class Epochs(Experience):
    """Passes over the images with the labels of each epoch.

    Args:
      spec: the run.
      images: (images, 32, 32, 3) uint8.
      labels: (images,) uint8, the true ones.
      execution: how the device is used: fused updates find the images in its memory.
    """

    def __init__(
        self,
        spec: ClassificationSpec,
        images: np.ndarray,
        labels: np.ndarray,
        execution: Execution,
    ):
        self._spec, self._labels = spec, labels
        self._images = jax.device_put(images) if execution.fuse_updates else images
        # Those of an epoch, which are drawn once.
        self._order = functools.lru_cache(1)(lambda epoch: order_of_epoch(spec, epoch))
        self._targets = functools.lru_cache(1)(self._targets_of_epoch)

    def _targets_of_epoch(self, epoch: int) -> np.ndarray:
        labels = labels_of_epoch(self._spec, self._labels, epoch)
        return targets_of(labels, self._spec.objective)

    def updates_due(self, now: Moment, end: int) -> int:
        del end  # Which is that of an epoch.
        left = self._spec.steps_per_epoch - now.gradient_step % self._spec.steps_per_epoch
        return min(_GROUP, left)

    def draw(self, steps: range) -> tuple[Any, np.ndarray]:
        epoch, first = divmod(steps.start, self._spec.steps_per_epoch)
        chosen = self._order(epoch)[None, first : first + len(steps)]
        return self._images[chosen], self._targets(epoch)[chosen]

    def probe(self, size: int, purpose: Purpose, gradient_step: int) -> tuple[Any, np.ndarray]:
        del purpose  # Always the same images, with the labels that were learned last.
        epoch = max(gradient_step - 1, 0) // self._spec.steps_per_epoch
        return self._images[None, :size], self._targets(epoch)[None, :size]


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
