"""How results lie on disk: names, columns and what tables say about themselves.

    <root>/<preset>/<experiment>.parquet             which runs an experiment consists of
    <root>/<preset>/runs/<run_id>/metrics.parquet    one row a number
    <root>/<preset>/runs/<run_id>/neurons.parquet    one row a neuron and log

Versions of the format, which every table tells:
  1. the columns below, but for the optional ones.
  2. optional columns; a digest of all that the table holds.
  3. metadata may be compressed.

A reader takes all versions up to its own. To add a column, add it to `OPTIONAL`: a table
without it has a missing value there and is as good as ever.
"""

import dataclasses
from pathlib import Path
from typing import Protocol

import pyarrow as pa

FORMAT = 3
# Under which key of a table's schema its metadata are, as JSON.
RUN_KEY = "dormant_run"
EXPERIMENT_KEY = "dormant_experiment"

RUNS = "runs"
METRICS = "metrics.parquet"
NEURONS = "neurons.parquet"

# Under this key the metadata of a compact table hold how many steps an octave of scores has, and a
# border between two steps, as is what lies whole steps away from it.
SCORE_STEPS = "score_steps_per_octave"
SCORE_BORDER = 0.1
# Under this key those of a table of rounded metrics hold how many binary digits a value has.
VALUE_DIGITS = "value_binary_digits"

# `layer` is empty for a metric of the whole network.
METRICS_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("gradient_step", pa.int64()),
        ("agent_step", pa.int64()),
        ("metric", pa.string()),
        ("layer", pa.string()),
        ("value", pa.float64()),
    ]
)
NEURONS_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("gradient_step", pa.int64()),
        ("agent_step", pa.int64()),
        ("layer", pa.string()),
        ("neuron", pa.int32()),
        ("mean_abs_activation", pa.float32()),
    ]
)
RUN_TABLES = {METRICS: METRICS_SCHEMA, NEURONS: NEURONS_SCHEMA}
INDEX_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("condition", pa.string()),
        ("game", pa.string()),
        ("seed", pa.int64()),
    ]
)
# Of neurons: what `agents.measuring` says of the probe batch that the activations are of, and
# `agents.crossing` of the log before's.
OPTIONAL = pa.schema(
    [
        ("mean_abs_gradient", pa.float32()),
        ("activation_of_old_weights", pa.float32()),
        ("activation_on_old_inputs", pa.float32()),
    ]
)

# Folders of every root, besides presets of a user's own.
PRESET_NAMES = ("smoke", "laptop", "desk", "paper")

# What the metadata of a table hold at least, and of which types.
FACTS = {
    RUN_KEY: {
        "run_id": str,
        "spec": dict,
        "complete": bool,
        "agent_step": int,
        "total_gradient_steps": int,
        "total_agent_steps": int,
        "layers": list,
    },
    EXPERIMENT_KEY: {
        "experiment": str,
        "preset": str,
        "title": str,
        "figures": list,
        "scale_down": list,
        "claims": list,
    },
}
# What an index tells of every claim.
CLAIM_FACTS = {
    "name": str,
    "figure": str,
    "statement": str,
    "estimator": str,
    "arguments": dict,
    "published": str,
}
# How `published` begins of a claim that the paper does not make, in any case of its letters.
NOT_IN_THE_PAPER = "not in the paper"


@dataclasses.dataclass(frozen=True)
class Condition:
    """What the runs of a line of a figure have in common; experiments make it, figures read it.

    Attributes:
      name: unique within an experiment; claims refer to it, legends show it.
      published_as: what the paper's legend calls it; "" if it calls it `name`.
      treatment: what was done to these runs besides training, as a sentence for captions; ""
        if nothing was. As made, with the run's own numbers in braces:
        "{run.intervention.tau:g}"; as stored, with one run's numbers.
      colour: as "#rrggbb"; "" leaves the choice to the figures.
    """

    name: str
    published_as: str = ""
    treatment: str = ""
    colour: str = ""


class Identified(Protocol):
    """Anything with the id of a run, as its specification."""

    @property
    def run_id(self) -> str: ...


@dataclasses.dataclass(frozen=True)
class Store:
    """Where the results of one preset under one root folder are.

    Attributes:
      root: for instance "results" (shipped) or "local_results" (one's own).
      preset: for instance "laptop".
    """

    root: Path
    preset: str

    @property
    def folder(self) -> Path:
        """Where the indexes are, and a folder for all runs."""
        return Path(self.root) / self.preset

    def run_folder(self, spec: Identified) -> Path:
        """Where everything about one run lies."""
        return self.folder_of(spec.run_id)

    def folder_of(self, run_id: str) -> Path:
        """Where everything about one run lies."""
        return self.folder / RUNS / run_id

    def index(self, experiment: str) -> Path:
        """The table of an experiment's runs."""
        return self.folder / f"{experiment}.parquet"

    def run_ids(self) -> list[str]:
        """Ids of the runs that have a folder; what is hidden, or on its way, is none."""
        folder = self.folder_of("")
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path.name for path in found if path.is_dir() and path.name[0] != "."]
