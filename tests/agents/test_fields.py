import dataclasses

import pytest

from agents.fields import is_told, unit_of, with_unit
from agents.kinds import KINDS, read_spec
from agents.spec import DQNSpec, InterventionSpec, NetworkSpec, RunSpec


@pytest.mark.parametrize(
    ("settings", "name", "words"),
    [
        (DQNSpec, "learning_rate", "learning rate"),
        (DQNSpec, "target_period_gradient_steps", "target period (gradient steps)"),
        (DQNSpec, "replay_ratio", "replay ratio (gradient steps per agent step)"),
        (NetworkSpec, "width", "network width"),
        (InterventionSpec, "period_gradient_steps", "intervention period (gradient steps)"),
    ],
)
def test_words_and_unit(settings, name, words):
    (found,) = [field for field in dataclasses.fields(settings) if field.name == name]
    assert with_unit(found) == words


def test_a_told_field_keeps_its_default_and_says_whether_captions_tell_it():
    fields = {field.name: field for field in dataclasses.fields(RunSpec)}
    assert RunSpec().seed == fields["seed"].default == 0
    assert not is_told(fields["seed"])
    assert is_told(fields["network"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_length_has_a_unit(kind):
    def leaves(settings):
        for field in dataclasses.fields(settings):
            value = getattr(settings, field.name)
            yield from leaves(value) if dataclasses.is_dataclass(value) else [field]

    for field in leaves(read_spec({"kind": kind})):
        if "period" in field.name or field.name.endswith("_size"):
            assert unit_of(field), field.name
