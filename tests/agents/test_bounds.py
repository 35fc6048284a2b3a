"""Numbers that make no sense get one sentence, whatever kind of run they are of."""

from collections.abc import Iterator
import dataclasses
import math
from typing import Any

import pytest

from agents.errors import UserError
from agents.fields import bounds_of
from agents.identity import Spec
from agents.kinds import KINDS, read_spec
from agents.spec import AtariTask, DQNSpec, RunSpec

# Any number is one: an entropy may be negative, and there is a version of a task or there is not.
BOUNDLESS = {"agent.target_entropy_per_action", "task.version"}
# Checked when a specification is made (seed), or no matter of choice.
OTHERS = {"seed", "version"}


def fields(settings: Any, path: str = "") -> Iterator[tuple[str, dataclasses.Field]]:
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Spec):
            continue
        if dataclasses.is_dataclass(value):
            yield from fields(value, f"{path}{field.name}.")
        elif "int" in str(field.type) or "float" in str(field.type):
            yield path + field.name, field


NUMBERS = {
    (kind, path): field
    for kind in KINDS
    for path, field in fields(read_spec({"kind": kind}))
    if path not in BOUNDLESS | OTHERS
}


def specification(kind: str, path: str, value: float) -> Spec:
    values: Any = value
    for name in reversed(path.split(".")):
        values = {name: values}
    return read_spec({"kind": kind} | values)


def refusal(kind: str, path: str, value: float) -> str:
    try:
        specification(kind, path, value).check()
    except UserError as error:
        return str(error)
    return ""


def test_there_are_numbers_of_every_kind():
    assert {kind for kind, _ in NUMBERS} == set(KINDS)
    assert len(NUMBERS) > 80


@pytest.mark.parametrize(("kind", "path"), NUMBERS, ids=map(".".join, NUMBERS))
def test_a_number_beyond_its_bounds_is_refused_in_one_sentence(kind, path):
    field = NUMBERS[kind, path]
    bounds, whole = bounds_of(field), "int" in str(field.type)
    assert field.default is None or bounds.allow(field.default)
    step = 1 if whole else 1e-9
    just_beyond = [
        *([] if bounds.at_least is None else [bounds.at_least - step]),
        *([] if bounds.at_most is None else [bounds.at_most + step]),
        *(bound for bound in (bounds.above, bounds.below) if bound is not None),
    ]
    # Nothing is negative, and a number without a lower bound would be.
    for value in (-1, *just_beyond) if whole else (-1.0, math.nan, *map(float, just_beyond)):
        assert refusal(kind, path, value) == f"{path} is {value} and has to be {bounds}."
    for value in (bounds.at_least, bounds.at_most):
        if value is not None:
            value = value if whole else float(value)
            assert f"{path} is {value} and has to be {bounds}." != refusal(kind, path, value)


def test_runs_that_were_stored_are_read_whatever_they_hold():
    stored = read_spec({"agent": {"n_step": 0}, "schedule": {"log_period_gradient_steps": 0}})
    assert stored.agent.n_step == 0
    with pytest.raises(UserError, match="agent.n_step is 0 and has to be at least 1"):
        stored.check()


def test_a_replay_holds_an_observation_and_its_return():
    agent = DQNSpec(n_step=3, replay_capacity_transitions=6)
    with pytest.raises(
        UserError, match="replay_capacity_transitions is 6 .* at least 7: the 4 frames"
    ):
        RunSpec(agent=agent).check()
    RunSpec(agent=dataclasses.replace(agent, replay_capacity_transitions=7)).check()
    RunSpec(task=AtariTask(frame_stack=3), agent=agent).check()
