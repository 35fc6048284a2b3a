"""Three sizes of the same experiments: seconds, minutes, and as published.

A preset is nothing but a `RunSpec` whose numbers (units in their names and in
`agents.spec`) replace the published ones, and the number of seeds that are reported. There
is one code path: whatever a preset does not mention is the paper's.
"""

from collections.abc import Iterator
import dataclasses
from typing import Any

from agents.errors import UserError
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
        rather than 100; None is the length of `atari`.
      redo_period_gradient_steps: gradient steps between two recyclings by ReDo.
    """

    name: str
    purpose: str
    seed_count: int
    atari: RunSpec
    comparison_iterations: int | None = None
    redo_period_gradient_steps: int = 1_000

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
        run = self.run(game, seed)
        iterations = self.comparison_iterations or run.schedule.iterations
        schedule = dataclasses.replace(run.schedule, iterations=iterations)
        return dataclasses.replace(run, schedule=schedule)


PAPER = Preset(
    name="paper",
    purpose="the published settings; meant for an accelerator",
    seed_count=5,
    atari=RunSpec(),
    comparison_iterations=40,
)

LAPTOP = Preset(
    name="laptop",
    purpose="the paper's shape on real games in minutes, on two CPU cores",
    seed_count=3,
    # At 1,000 most neurons died between two recyclings; see docs/laptop-preset.md.
    redo_period_gradient_steps=100,
    atari=RunSpec(
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
    ),
)

SMOKE = Preset(
    name="smoke",
    purpose="seconds; proves that everything works, says nothing about the claims",
    seed_count=2,
    atari=RunSpec(
        task=AtariTask(frame_size_px=42),
        network=NetworkSpec(width=0.25),
        agent=DQNSpec(
            learning_rate=1e-3,
            replay_ratio=2.0,
            update_period_agent_steps=10,
            target_period_gradient_steps=100,
            replay_capacity_transitions=1_000,
            min_replay_agent_steps=200,
            epsilon_decay_agent_steps=200,
        ),
        schedule=ScheduleSpec(
            iterations=3,
            agent_steps_per_iteration=200,
            eval_agent_steps=100,
            log_period_gradient_steps=100,
            probe_batch_size=64,
        ),
    ),
    redo_period_gradient_steps=100,
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
    "task.frame_size_px": "frame size (pixels)",
    "task.sticky_action_probability": "sticky action probability",
    "network.width": "network width",
    "agent.learning_rate": "learning rate",
    "agent.adam_epsilon": "Adam epsilon",
    "agent.replay_ratio": "replay ratio (gradient steps per agent step)",
    "agent.update_period_agent_steps": "update period (agent steps)",
    "agent.target_period_gradient_steps": "target period (gradient steps)",
    "agent.replay_capacity_transitions": "replay capacity (transitions)",
    "agent.min_replay_agent_steps": "random agent steps before learning",
    "agent.epsilon_decay_agent_steps": "epsilon decay (agent steps)",
    "intervention.period_gradient_steps": "recycling period (gradient steps)",
    "schedule.eval_agent_steps": "evaluation phase (agent steps)",
    "schedule.log_period_gradient_steps": "log period (gradient steps)",
    "schedule.probe_batch_size": "probe batch (transitions)",
}
# Told better by the totals below, or not a matter of scale.
_LEFT_OUT = {
    "task.game",
    "seed",
    "version",
    "schedule.iterations",
    "schedule.agent_steps_per_iteration",
}


def scale_down(ours: RunSpec, papers: RunSpec) -> list[list[str]]:
    """What a run changes of the published one, as rows `[field, ours, paper's]` to print."""
    rows = [
        ["agent steps per run", ours.total_agent_steps, papers.total_agent_steps],
        ["gradient steps per run", ours.total_gradient_steps, papers.total_gradient_steps],
    ]
    published = dict(_leaves(papers))
    for path, value in _leaves(ours):
        if path not in _LEFT_OUT:
            label = _LABELS.get(path, path.replace(".", " ").replace("_", " "))
            rows.append([label, value, published[path]])
    return [[label, _text(a), _text(b)] for label, a, b in rows if a != b]


def _leaves(spec: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        path = prefix + field.name
        if dataclasses.is_dataclass(value):
            yield from _leaves(value, path + ".")
        else:
            yield path, value


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
