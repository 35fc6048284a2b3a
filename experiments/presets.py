"""Three sizes of the same experiments: seconds, minutes, and as published.

A preset is nothing but a `RunSpec` whose numbers (units in their names and in
`agents.spec`) replace the published ones, and the number of seeds that are reported. There
is one code path: whatever a preset does not mention is the paper's.
"""

from collections.abc import Iterator, Mapping
import dataclasses
from typing import Any

from agents.classification_spec import ClassificationSpec
from agents.distillation_spec import DistillationSpec
from agents.errors import UserError
from agents.identity import Spec
from agents.offline_spec import OfflineSchedule, OfflineSpec
from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec

# Settings are chosen on these seeds and reported on the seeds 0, 1, ... of a preset, so that
# no reported number has been selected for.
TUNING_SEEDS = tuple(range(100, 110))


@dataclasses.dataclass(frozen=True)
class Preset:
    """A size of the experiments.

    Attributes:
      name: what `--preset` takes.
      purpose: one line for help texts.
      seed_count: seeds 0 to `seed_count - 1` are trained and reported.
      atari: the DQN run that every Atari experiment starts from. An experiment states its
        conditions relative to it (half its learning rate, twice its replay ratio).
      comparison_iterations: length of the runs that the paper compares after 40 iterations
        rather than 100 (Figures 6, 7 and 9); None is the length of `atari`.
      sweep_iterations: of those, the ones at other replay ratios than that of `atari`
        (Figure 7), where a laptop must be shorter.
      high_replay_iterations: length of the runs at replay ratio 1 that the paper compares
        after 10 iterations (Figures 1, 11, 12 and 13).
      redo_period_gradient_steps: gradient steps between two recyclings by ReDo.
      reset_period_gradient_steps: gradient steps between two resets of layers.
      widths: of the networks of Figure 12, each twice as wide as the one before.
      games: experiment -> its games, where they are fewer than the paper's.
      offline: the offline run of Figure 4; experiments choose its data and targets.
      distillation: the student of Figure 8; experiments choose teacher and student.
      classification: the supervised run of Figure 3.
    """

    name: str
    purpose: str
    seed_count: int
    atari: RunSpec
    comparison_iterations: int | None = None
    sweep_iterations: int | None = None
    high_replay_iterations: int | None = None
    redo_period_gradient_steps: int = 1_000
    reset_period_gradient_steps: int = 100_000
    widths: tuple[float, ...] = (1.0, 2.0, 4.0)
    games: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    offline: OfflineSpec = OfflineSpec()
    distillation: DistillationSpec = DistillationSpec()
    classification: ClassificationSpec = ClassificationSpec()

    @property
    def seeds(self) -> tuple[int, ...]:
        """The reported seeds."""
        return tuple(range(self.seed_count))

    def run(self, game: str, seed: int) -> RunSpec:
        """The preset's DQN run of one game and seed."""
        task = dataclasses.replace(self.atari.task, game=game)
        return dataclasses.replace(self.atari, task=task, seed=seed)

    def comparison_run(self, game: str, seed: int) -> RunSpec:
        """`run` at the length of a comparison; the very same run where the lengths agree."""
        return with_iterations(self.run(game, seed), self.comparison_iterations)

    def sweep_run(self, game: str, seed: int, replay_ratio: float) -> RunSpec:
        """DQN at any replay ratio; at that of `atari` the very same run as `run`."""
        run = self.run(game, seed)
        if replay_ratio == run.agent.replay_ratio:
            return run
        agent = dataclasses.replace(run.agent, replay_ratio=replay_ratio)
        return with_iterations(dataclasses.replace(run, agent=agent), self.sweep_iterations)

    def high_replay_run(self, game: str, seed: int) -> RunSpec:
        """DQN at replay ratio 1, where the paper compares remedies."""
        run = self.run(game, seed)
        agent = dataclasses.replace(run.agent, replay_ratio=1.0)
        return with_iterations(dataclasses.replace(run, agent=agent), self.high_replay_iterations)

    def data_run(self, game: str) -> RunSpec:
        """`comparison_run` of the first seed, whose transitions stay on disk for other runs."""
        return dataclasses.replace(self.comparison_run(game, 0), keep_transitions=True)


def with_iterations(run: RunSpec, iterations: int | None) -> RunSpec:
    """The run with that many iterations; None leaves its own."""
    if iterations is None:
        return run
    return dataclasses.replace(
        run, schedule=dataclasses.replace(run.schedule, iterations=iterations)
    )


PAPER = Preset(
    name="paper",
    purpose="the published settings; meant for an accelerator",
    seed_count=5,
    atari=RunSpec(),
    comparison_iterations=40,
    sweep_iterations=40,
    high_replay_iterations=10,
)

_LAPTOP_ATARI = RunSpec(
    task=AtariTask(frame_size_px=42),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(
        learning_rate=1e-3,
        adam_epsilon=1e-4,
        replay_ratio=0.5,
        target_period_gradient_steps=500,
        replay_capacity_transitions=100_000,
        min_replay_agent_steps=1_000,
        epsilon_decay_agent_steps=10_000,
    ),
    schedule=ScheduleSpec(
        iterations=16,
        agent_steps_per_iteration=5_000,
        eval_agent_steps=2_000,
        log_period_gradient_steps=1_000,
        probe_batch_size=256,
    ),
)

LAPTOP = Preset(
    name="laptop",
    purpose="the paper's shape on real games in minutes, on two CPU cores",
    seed_count=3,
    # At 1,000 most neurons died between two recyclings; see docs/laptop-preset.md.
    redo_period_gradient_steps=100,
    sweep_iterations=8,
    high_replay_iterations=4,
    reset_period_gradient_steps=4_000,
    widths=(0.125, 0.25, 0.5),
    games={
        "regularization": ("DemonAttack", "Asterix"),
        "learning_rate": ("DemonAttack", "Asterix"),
        "width_scaling": ("DemonAttack",),
    },
    atari=_LAPTOP_ATARI,
    classification=ClassificationSpec(training_images=2_500, width=0.5, batch_size=32),
    distillation=DistillationSpec(
        learning_rate=1e-3,
        adam_epsilon=1e-4,
        gradient_steps=10_000,
        probe_batch_size=256,
        buffers_in_memory=16,
    ),
    offline=OfflineSpec(
        network=_LAPTOP_ATARI.network,
        agent=DQNSpec(learning_rate=1e-3, adam_epsilon=1e-4, target_period_gradient_steps=500),
        buffers_in_memory=16,
        schedule=OfflineSchedule(
            iterations=5,
            gradient_steps_per_iteration=5_000,
            log_period_gradient_steps=1_000,
            probe_batch_size=256,
        ),
    ),
)

_SMOKE_ATARI = RunSpec(
    task=AtariTask(frame_size_px=42),
    network=NetworkSpec(width=0.25),
    agent=DQNSpec(
        learning_rate=1e-3,
        replay_ratio=2.0,
        target_period_gradient_steps=100,
        replay_capacity_transitions=1_000,
        min_replay_agent_steps=200,
        epsilon_decay_agent_steps=200,
    ),
    schedule=ScheduleSpec(
        iterations=3,
        agent_steps_per_iteration=200,
        eval_agent_steps=100,
        log_period_gradient_steps=40,
    ),
)

SMOKE = Preset(
    name="smoke",
    purpose="seconds; proves that everything works, says nothing about the claims",
    seed_count=2,
    atari=_SMOKE_ATARI,
    classification=ClassificationSpec(
        training_images=200,
        width=0.125,
        batch_size=50,
        epochs=6,
        shuffle_period_epochs=2,
        probe_images=50,
        checkpoint_period_epochs=2,
    ),
    distillation=DistillationSpec(
        learning_rate=1e-3,
        gradient_steps=200,
        log_period_gradient_steps=20,
        checkpoint_period_gradient_steps=100,
    ),
    offline=OfflineSpec(
        network=_SMOKE_ATARI.network,
        agent=DQNSpec(learning_rate=1e-3, target_period_gradient_steps=100),
        buffers_in_memory=2,
        schedule=OfflineSchedule(
            iterations=2,
            gradient_steps_per_iteration=100,
            log_period_gradient_steps=50,
        ),
    ),
    redo_period_gradient_steps=80,
    reset_period_gradient_steps=80,
    widths=(0.125, 0.25, 0.5),
    games={
        "regularization": ("DemonAttack", "Asterix"),
        "learning_rate": ("DemonAttack", "Asterix"),
        "width_scaling": ("DemonAttack",),
    },
)

PRESETS = {preset.name: preset for preset in (SMOKE, LAPTOP, PAPER)}


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
      UserError: there is none.
    """
    if name not in PRESETS:
        raise UserError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


# What a reader of a caption understands. A field that is missing here shows its own name.
_LABELS = {
    "frame_size_px": "frame size (pixels)",
    "sticky_action_probability": "sticky action probability",
    "width": "network width",
    "learning_rate": "learning rate",
    "adam_epsilon": "Adam epsilon",
    "replay_ratio": "replay ratio (gradient steps per agent step)",
    "update_period_agent_steps": "update period (agent steps)",
    "target_period_gradient_steps": "target period (gradient steps)",
    "replay_capacity_transitions": "replay capacity (transitions)",
    "min_replay_agent_steps": "random agent steps before learning",
    "epsilon_decay_agent_steps": "epsilon decay (agent steps)",
    "intervention.period_gradient_steps": "intervention period (gradient steps)",
    "intervention.probe_batch_size": "intervention's probe batch (transitions)",
    "eval_agent_steps": "evaluation phase (agent steps)",
    "log_period_gradient_steps": "log period (gradient steps)",
    "schedule.probe_batch_size": "probe batch (transitions)",
    "probe_batch_size": "probe batch (transitions)",
    "probe_images": "probe images",
    "training_images": "training images",
    "shuffle_period_epochs": "epochs between shuffles",
    "batch_size": "batch size",
    "data": "agent steps of the run that left the data",
    "teacher": "agent steps of the teacher",
    "student": "agent steps of the pretrained student",
}
# Told better by the totals below, or not a matter of scale.
_LEFT_OUT = {
    "game",
    "seed",
    "version",
    "start",
    "targets",
    "iterations",
    "agent_steps_per_iteration",
    "gradient_steps_per_iteration",
    "gradient_steps",
    "checkpoint_period_gradient_steps",
    "checkpoint_period_epochs",
    "clock_offset_gradient_steps",
    "end_gradient_step",
    "buffers_in_memory",
}


def scale_down(ours: Spec, papers: Spec) -> list[list[str]]:
    """What a run changes of the published one, as rows `[field, ours, paper's]` to print."""
    rows = {"gradient steps per run": [ours.total_gradient_steps, papers.total_gradient_steps]}
    if papers.total_agent_steps != papers.total_gradient_steps:
        steps = [ours.total_agent_steps, papers.total_agent_steps]
        rows = {"agent steps per run": steps} | rows
    published = dict(_leaves(papers))
    for path, value in _leaves(ours):
        name = path.rpartition(".")[2]
        if name not in _LEFT_OUT:
            label = _LABELS.get(path, _LABELS.get(name, name.replace("_", " ")))
            rows[label] = [value, published[path]]
    return [[label, _text(a), _text(b)] for label, (a, b) in rows.items() if a != b]


def _leaves(spec: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        path = prefix + field.name
        if isinstance(value, Spec):
            # Of a run that another one learns from, what the other inherits.
            yield path, value.total_agent_steps
            yield from _leaves(value.task, "task.")
        elif dataclasses.is_dataclass(value):
            yield from _leaves(value, path + ".")
        else:
            yield path, value


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
