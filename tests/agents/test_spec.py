"""A run is a value: its identity, its text form, and what it refuses."""

import dataclasses
import json
import typing

import pytest

from agents.errors import UserError
from agents.identity import Settings, Spec
from agents.kinds import KINDS, parse_spec, read_spec
from agents.spec import DQNSpec, InterventionSpec, RunSpec, ScheduleSpec


def test_the_published_run_keeps_its_id():
    # Shipped results are found by these ids: a change here orphans them.
    assert RunSpec(version=1).run_id == "2e818bf29b74"
    assert RunSpec().run_id == "c8edcfe74c21"


LAPTOP = {
    "task": {"frame_size_px": 42},
    "network": {"width": 0.25},
    "agent": {
        "learning_rate": 0.001,
        "adam_epsilon": 0.0001,
        "replay_ratio": 1.0,
        "target_period_gradient_steps": 500,
        "replay_capacity_transitions": 100000,
        "min_replay_agent_steps": 1000,
        "epsilon_decay_agent_steps": 10000,
    },
    "intervention": {
        "kind": "reset",
        "period_gradient_steps": 4000,
        "clock_offset_gradient_steps": 1000,
        "end_gradient_step": 20000,
    },
    "schedule": {
        "iterations": 4,
        "agent_steps_per_iteration": 5000,
        "eval_agent_steps": 2000,
        "log_period_gradient_steps": 1000,
        "probe_batch_size": 256,
    },
    "seed": 2,
    "version": 1,
}
SUPERVISED = {
    "kind": "classification",
    "objective": "regression",
    "labels": "shuffled",
    "training_images": 2500,
    "width": 0.5,
    "batch_size": 32,
    "seed": 2,
    "version": 1,
}


@pytest.mark.parametrize(
    ("values", "run_id"), [(LAPTOP, "2f2ecfc11077"), (SUPERVISED, "503129e2bb34")]
)
def test_runs_that_were_stored_keep_their_ids(values, run_id):
    assert read_spec(values).run_id == run_id


def test_what_was_kept_of_a_run_is_no_part_of_it():
    """Tables of the first version tell it; it changes no result."""
    values = LAPTOP | {"keep_transitions": True}
    assert read_spec(values) == read_spec(LAPTOP)


def test_every_field_is_part_of_the_identity():
    def leaves(spec):
        for field in dataclasses.fields(spec):
            value = getattr(spec, field.name)
            if dataclasses.is_dataclass(value):
                for inner in leaves(value):
                    yield dataclasses.replace(spec, **{field.name: inner})
            else:
                options = typing.get_args(field.type) or (f"{value}x",)
                number = isinstance(value, int | float) and not isinstance(value, bool)
                other = value + 1 if number else next((o for o in options if o != value), None)
                other = not value if isinstance(value, bool) else other
                if value is None:
                    other = 1
                if other is not None:  # a choice of one has no other
                    yield dataclasses.replace(spec, **{field.name: other})

    ids = [spec.run_id for spec in leaves(RunSpec())]
    assert len(set(ids)) == len(ids) > 25
    assert RunSpec().run_id not in ids


def test_text_form_round_trips_and_tolerates_missing_fields():
    spec = RunSpec(agent=DQNSpec(learning_rate=1e-3), seed=7)
    assert parse_spec(spec.to_json()) == spec
    assert parse_spec('{"seed": 7, "agent": {"learning_rate": 0.001}}') == spec
    assert parse_spec('{"agent": {"replay_ratio": 1}}').run_id == (
        RunSpec(agent=DQNSpec(replay_ratio=1.0)).run_id
    )


@dataclasses.dataclass(frozen=True)
class Hen(Settings):
    """Made up, as the ones below: two types whose fields print alike."""

    eggs: int = 3
    colour: str = "brown"


@dataclasses.dataclass(frozen=True)
class Duck(Settings):
    eggs: int = 3
    colour: str = "brown"


@dataclasses.dataclass(frozen=True)
class Farm(Spec):
    kind: typing.ClassVar[str] = "farm"

    bird: Settings = Hen()
    seed: int = 0
    version: int = 1


def test_the_type_of_nested_settings_is_part_of_the_identity():
    farms = [Farm(), Farm(bird=Hen(eggs=4)), Farm(bird=Duck()), Farm(bird=Duck(eggs=4))]
    assert len({farm.run_id for farm in farms}) == 4
    # As long as the type is the default, nothing is said of it.
    assert "type" not in farms[1].to_json()
    for farm in farms:
        assert Farm.from_dict(json.loads(farm.to_json())) == farm


def test_another_agent_is_another_run():
    @dataclasses.dataclass(frozen=True)
    class Other(DQNSpec):
        """Has the very fields of DQN."""

    assert RunSpec(agent=Other()).run_id != RunSpec().run_id
    assert read_spec(RunSpec(agent=Other()).to_dict()) == RunSpec(agent=Other())


def test_settings_that_could_not_be_read_back_are_refused():
    @dataclasses.dataclass(frozen=True)
    class Stranger:
        eggs: int = 3

    with pytest.raises(TypeError, match="must derive from"):
        _ = Farm(bird=Stranger()).run_id


def test_all_settings_of_all_kinds_can_be_read_back():
    def nested(settings):
        for field in dataclasses.fields(settings):
            value = getattr(settings, field.name)
            if dataclasses.is_dataclass(value):
                yield value
                yield from nested(value)

    specs = [read_spec({"kind": kind}) for kind in KINDS]
    found = [settings for spec in specs for settings in nested(spec)]
    assert len(found) > 10
    assert all(isinstance(settings, Settings) for settings in found)
    for spec in specs:
        assert read_spec(json.loads(spec.to_json())) == spec


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_are_unsigned_numbers_of_32_bits(seed):
    with pytest.raises(UserError, match=f"no seed {seed}; give one from 0 to 4294967295"):
        RunSpec(seed=seed)
    assert RunSpec(seed=2**32 - 1).seed == 2**32 - 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": "3"}, "RunSpec.seed is '3' and must be of type int"),
        ({"seed": True}, "RunSpec.seed is True"),
        ({"seed": 1.5}, "RunSpec.seed is 1.5"),
        ({"agent": {"learning_rate": "fast"}}, "DQNSpec.learning_rate is 'fast'"),
        ({"agent": {"loss": "l1"}}, "DQNSpec.loss is 'l1' and must be one of huber, mse"),
        ({"agent": {"type": "Gull"}}, "nothing is known of the type 'Gull'"),
        ({"agent": None}, "not a run specification"),
        ({"task": {"game": 3}}, "AtariTask.game is 3"),
        ({"intervention": {"end_gradient_step": "never"}}, "end_gradient_step is 'never'"),
    ],
)
def test_values_of_wrong_types_are_refused(values, message):
    with pytest.raises(UserError, match=message):
        read_spec(values)


@pytest.mark.parametrize("text", ["", "[]", '{"agnet": {}}', '{"agent": 3}', '{"kind": "quantum"}'])
def test_foreign_text_is_refused(text):
    with pytest.raises(UserError, match="not a run specification"):
        parse_spec(text)


@pytest.mark.parametrize(
    ("ratio", "period", "updates"),
    [(0.25, 4, 1), (0.5, 4, 2), (1.0, 4, 4), (8.0, 4, 32), (2.0, 5, 10)],
)
def test_replay_ratio_is_gradient_steps_per_agent_step(ratio, period, updates):
    agent = DQNSpec(replay_ratio=ratio, update_period_agent_steps=period)
    assert agent.updates_per_period == updates


def test_published_length():
    # 100 iterations of 250k agent steps, one update every 4 after 20k warm-up steps.
    assert RunSpec().total_agent_steps == 25_000_000
    assert RunSpec().total_gradient_steps == 6_245_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agent": DQNSpec(replay_ratio=0.3)}, "multiple of 0.25"),
        (
            {
                "agent": DQNSpec(replay_ratio=1.5),
                "schedule": ScheduleSpec(log_period_gradient_steps=20_002),
            },
            "log period of 20002",
        ),
        (
            {"schedule": ScheduleSpec(iterations=1, agent_steps_per_iteration=1000)},
            "before learning",
        ),
        ({"agent": DQNSpec(min_replay_agent_steps=1)}, "at least one whole transition"),
        (
            {"intervention": InterventionSpec(kind="redo", select="lowest")},
            "set intervention.end_gradient_step",
        ),
    ],
)
def test_what_the_loop_cannot_honour_is_refused(changes, message):
    with pytest.raises(UserError, match=message):
        RunSpec(**changes).check()


def test_a_check_is_due_on_the_clock_of_the_intervention():
    ours = InterventionSpec(kind="reset", period_gradient_steps=100)
    assert [step for step in range(1, 401) if ours.is_due(step)] == [100, 200, 300, 400]
    # Dopamine's clock is 20 ahead, and its resets stop at 320.
    official = dataclasses.replace(ours, clock_offset_gradient_steps=20, end_gradient_step=300)
    assert [step for step in range(1, 401) if official.is_due(step)] == [80, 180]
