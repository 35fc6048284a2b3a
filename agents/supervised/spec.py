"""A supervised run on CIFAR-10 is a value: everything that decides its result.

The paper's Figure 3 takes reinforcement learning away and keeps only what it does to targets:
a convolutional network learns 10,000 images by SGD, and every 20 epochs their labels are
shuffled. What the paper does not tell, `ClassificationSpec` says where it decides it.
"""

import dataclasses
from typing import ClassVar, Literal

from agents.errors import UserError
from agents.fields import field
from agents.identity import Spec

CLASSIFICATION_VERSION = 2

Objective = Literal["classification", "regression"]
Labels = Literal["fixed", "shuffled"]


@dataclasses.dataclass(frozen=True)
class ClassificationSpec(Spec):
    """One supervised run; the defaults are the published settings as far as they are known.

    Units: a gradient step is one update on `batch_size` images; an epoch is
    `steps_per_epoch` of them, each image being used at most once.

    Attributes:
      objective: "classification" is the paper's. "regression" is ours: the same network with
        one output fits the class as one standardised number, (class - 4.5) / sqrt(8.25), by
        mean squared error. Values are learned by regression, not by classification, so only
        this says whether targets that move do the same to the loss of a value function.
      labels: "fixed", or "shuffled": at the start of every `shuffle_period_epochs`-th epoch
        the true labels are handed out to the images in a new random order. The published
        curves of both agree until epoch 20, so the first period has the true labels.
      shuffle_period_epochs: epochs between two shuffles.
      training_images: the first ones of the training set, for every seed.
      width: multiplies channels and dense units, rounded up. 1 is 32-64-64 channels and 128
        units: the published percentages are multiples of 1 / (3 seeds * 288 neurons).
      epochs: passes over the images, in an order of their own each.
      batch_size: images of a gradient step; those of an epoch that fill no batch are left out.
      learning_rate, momentum: of SGD.
      probe_images: dormancy is measured on the first ones of the training images, at every
        epoch on the same. The paper does not say which inputs it took, and more inputs make
        fewer neurons silent on all of them. No number fits the published curves throughout:
        after one epoch, where they begin with 8.5 and 9.3 %, 13, 11 and 9.4 % are silent on
        256, 1,000 and 2,500 images (mean of three tuning seeds, of which one says 10, 9 and
        7), but at epoch 20, where they are at 5 %, 1, 0 and 0 % (one seed; 2 % on 64 images).
        256 is the default of the official code.
      checkpoint_period_epochs: epochs between two snapshots. It changes nothing about the
        training.
      seed, version: see `Spec`.
    """

    kind: ClassVar[str] = "classification"

    objective: Objective = "classification"
    labels: Labels = "fixed"
    shuffle_period_epochs: int = field(20, label="period of shuffles", at_least=1)
    training_images: int = field(10_000, label="training set", at_least=1)
    width: float = field(1.0, label="network width", above=0)
    epochs: int = field(100, at_least=1)
    batch_size: int = field(256, unit="images", at_least=1)
    learning_rate: float = field(0.01, at_least=0)
    momentum: float = field(0.9, at_least=0, below=1)
    probe_images: int = field(256, label="probe batch", at_least=1)
    checkpoint_period_epochs: int = field(10, told=False, at_least=1)
    seed: int = field(0, told=False)
    version: int = field(CLASSIFICATION_VERSION, told=False)

    @property
    def idle(self) -> dict[str, str]:
        return {"shuffle_period_epochs": "labels are fixed"} if self.labels == "fixed" else {}

    def check(self) -> None:
        """Raises UserError where the numbers make no sense together."""
        super().check()
        if self.batch_size > self.training_images:
            raise UserError(
                f"A batch of {self.batch_size} images cannot be taken from {self.training_images}; "
                "change batch_size or training_images."
            )
        if self.probe_images > self.training_images:
            raise UserError(
                f"Dormancy is measured on training images: probe_images ({self.probe_images}) must "
                f"be no more than training_images ({self.training_images})."
            )

    @property
    def game(self) -> str:
        return "CIFAR-10"

    @property
    def steps_per_epoch(self) -> int:
        """Gradient steps of an epoch."""
        return self.training_images // self.batch_size

    @property
    def total_gradient_steps(self) -> int:
        return self.epochs * self.steps_per_epoch
