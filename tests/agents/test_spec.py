"""A run is a value: its identity, its text form, and what it refuses."""

import dataclasses
import typing

import pytest

from agents.errors import UserError
from agents.kinds import parse_spec
from agents.loop import check_spec
from agents.spec import DQNSpec, InterventionSpec, RunSpec, ScheduleSpec


def test_the_published_run_keeps_its_id():
    # Shipped results are found by these ids: a change here orphans them.
    assert RunSpec().run_id == "2e818bf29b74"


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
    ],
)
def test_what_the_loop_cannot_honour_is_refused(changes, message):
    with pytest.raises(UserError, match=message):
        check_spec(RunSpec(**changes))


def test_a_check_is_due_on_the_clock_of_the_intervention():
    ours = InterventionSpec(kind="reset", period_gradient_steps=100)
    assert [step for step in range(1, 401) if ours.is_due(step)] == [100, 200, 300, 400]
    # Dopamine's clock is 20 ahead, and its resets stop at 320.
    official = dataclasses.replace(ours, clock_offset_gradient_steps=20, end_gradient_step=300)
    assert [step for step in range(1, 401) if official.is_due(step)] == [80, 180]
