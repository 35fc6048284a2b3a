"""What a plan will cost, told from what finished runs took."""

import dataclasses
import re

import pytest

from agents.offline.spec import OfflineSpec
from experiments.games import without_human_score
from experiments.presets.presets import PAPER
from experiments.running.cost import announcement, cost, describe
from experiments.running.durations import Measured, finished_runs, recorded, time_for
from experiments.running.runner import run_one
from experiments.running.survey import Survey
from experiments.storing.schema import Store
from tests.experiments.fake_training import SPEC, fake_train, with_seed


def at_ratio(ratio):
    return dataclasses.replace(
        SPEC, agent=dataclasses.replace(SPEC.agent, replay_ratio=ratio, min_replay_agent_steps=0)
    )


def took(spec, per_agent_step, per_gradient_step, device="cpu (cpu), x86_64"):
    seconds = per_agent_step * spec.total_agent_steps
    return Measured(spec, device, seconds + per_gradient_step * spec.total_gradient_steps)


def a_survey(wanted, unfinished, again=()):
    return Survey(tuple(wanted), tuple(unfinished), tuple(again), frozenset(), frozenset(), {})


def test_times_follow_from_agent_steps_and_gradient_steps():
    measured = [took(at_ratio(ratio), 0.5, 2.0) for ratio in (0.25, 0.5)]
    expected = took(at_ratio(1.0), 0.5, 2.0).wall_time_s
    found = time_for(at_ratio(1.0), measured, "cpu")
    assert found.seconds == pytest.approx(expected)
    assert not found.at_most
    assert time_for(at_ratio(1.0), measured, "gpu") is None
    wider = dataclasses.replace(SPEC, network=dataclasses.replace(SPEC.network, width=1.0))
    assert time_for(wider, measured, "cpu") is None
    assert time_for(OfflineSpec(data=SPEC), measured, "cpu") is None


@pytest.mark.parametrize("costs", [(0.0, 2.0), (0.5, 0.5), (2.0, 0.0)])
@pytest.mark.parametrize("wanted", [0.25, 1.0, 4.0])
def test_one_replay_ratio_tells_at_most_how_long_another_takes(wanted, costs):
    measured = [took(at_ratio(1.0), *costs)]
    actual = took(at_ratio(wanted), *costs).wall_time_s
    found = time_for(at_ratio(wanted), measured, "cpu")
    assert found.at_most == (wanted != 1.0)
    assert actual <= found.seconds * (1 + 1e-9)
    assert found.seconds <= max(wanted, 1.0) * measured[0].wall_time_s * (1 + 1e-9)
    survey = a_survey([at_ratio(wanted)], [at_ratio(wanted)])
    told = announcement(survey, measured, "cpu", 1)
    assert ("at most about" in told and "other replay ratios" in told) == found.at_most
    text = describe(cost(survey, measured, "cpu"), 1, "cpu")
    assert ("at most, for 1 run" in text) == found.at_most


def test_a_run_on_a_busy_machine_does_not_lengthen_the_others():
    quiet = [took(at_ratio(ratio), 0.5, 2.0) for ratio in (0.25, 0.5, 0.25, 0.5, 1.0)]
    busy = [took(at_ratio(ratio), 4.0, 16.0) for ratio in (0.25, 0.5)]
    for ratio in (0.25, 0.5, 1.0, 2.0):
        found = time_for(at_ratio(ratio), quiet + busy, "cpu")
        assert found.seconds == pytest.approx(took(at_ratio(ratio), 0.5, 2.0).wall_time_s)


def test_a_run_of_seconds_says_little_about_one_of_minutes(tmp_path):
    """Its start and compilation would be taken for the time of its steps."""
    long = dataclasses.replace(SPEC, schedule=dataclasses.replace(SPEC.schedule, iterations=12))
    minutes, seconds = took(long, 0.001, 0.002), Measured(SPEC, "cpu", 60.0)
    assert SPEC.total_gradient_steps * 5 < long.total_gradient_steps
    found = time_for(long, [minutes, seconds], "cpu")
    assert found.seconds == pytest.approx(minutes.wall_time_s)
    # Where nothing else is known, it is better than nothing.
    assert time_for(long, [seconds], "cpu").seconds > 60
    run_one(SPEC, Store(tmp_path / "own", "smoke").run_folder(SPEC), fake_train)
    run_one(long, Store(tmp_path / "shipped", "laptop").run_folder(long), fake_train)
    known = recorded(tmp_path / "own", tmp_path / "shipped")
    assert [each.spec for each in known] == [SPEC, long]


def test_the_whole_is_counted_and_what_is_unknown_is_said():
    measured = [took(SPEC, 3600 / SPEC.total_agent_steps, 0.0)]
    specs = [with_seed(seed) for seed in range(4)]
    other = OfflineSpec(data=SPEC)
    costs = cost(a_survey([*specs, other], [*specs[1:], other]), measured, "cpu")
    assert (costs.wanted, costs.to_train, costs.unknown) == (5, 4, 1)
    assert costs.hours == pytest.approx(3)
    assert costs.agent_steps == 3 * SPEC.total_agent_steps + other.total_agent_steps
    text = describe(costs, jobs=2, device="cpu")
    assert text.startswith("4 of 5 runs are to be trained:")
    assert "3.0 hours of one process, 90 minutes with 2 at a time" in text
    short = dataclasses.replace(costs, hours=0.001, longest_hours=0.001)
    assert "1 minute of one process" in describe(short, 1, "cpu")
    assert "without 1 run whose like was never finished" in text
    assert "no time to tell" in describe(cost(a_survey(specs, specs), [], "gpu"), 1, "gpu")


@pytest.mark.parametrize(("count", "said"), [(1, "60 minutes with 1 at"), (3, "60 minutes with 3")])
def test_a_run_cannot_be_shared_among_processes(count, said):
    measured = [took(SPEC, 3600 / SPEC.total_agent_steps, 0.0)]
    specs = [with_seed(seed) for seed in range(count)]
    assert said in describe(cost(a_survey(specs, specs), measured, "cpu"), jobs=8, device="cpu")


def test_the_published_run_takes_seven_gigabytes():
    run = PAPER.run("Pong", 0)
    costs = cost(a_survey([run], [run]), [], "gpu")
    assert costs.bytes_for_run == pytest.approx(7.3e9, rel=0.05)
    # Python, JAX and compiled programs are no part of a run.
    assert re.search(r"7\.\d+ GB .* online run, besides half a GB", describe(costs, 1, "gpu"))


def test_recorded_times_are_read_and_strange_things_passed_over(tmp_path):
    folder = Store(tmp_path, "smoke").run_folder(SPEC)
    run_one(SPEC, folder, fake_train)
    strange = Store(tmp_path, "other").run_folder(with_seed(4))
    strange.mkdir(parents=True)
    (strange / "metrics.parquet").write_bytes(b"strange")
    (found,) = finished_runs([tmp_path])
    assert found.spec == SPEC
    assert found.device.startswith("cpu")


def test_before_training_it_is_said_what_is_missing_and_how_long_it_takes():
    specs = [with_seed(seed) for seed in range(5)]
    measured = [took(SPEC, 600 / SPEC.total_agent_steps, 0.0)]
    # Ten minutes each, two at a time.
    assert announcement(a_survey(specs, specs[1:]), measured, "cpu", jobs=2).startswith(
        "4 of 5 runs are to be trained: about 20 minutes by recorded times"
    )
    other = OfflineSpec(data=SPEC)
    wanted = [*specs, other]
    assert "more than 20 minutes" in announcement(
        a_survey(wanted, [*specs[1:], other]), measured, "cpu", 2
    )
    # A single run cannot be shared.
    single = announcement(a_survey(specs, specs[:1]), measured, "cpu", 8)
    assert single.startswith("1 of 5 runs is to be trained: about 10 minutes")
    nothing_like_them = announcement(a_survey(specs, specs), [], "cpu", 2)
    assert "nothing like them was finished here" in nothing_like_them
    assert announcement(a_survey(specs, []), measured, "cpu", 2) == ""


def test_what_is_trained_once_more_costs_as_much_as_before():
    measured = [took(SPEC, 3600 / SPEC.total_agent_steps, 0.0)]
    learner = OfflineSpec(data=SPEC)
    found = a_survey([SPEC, learner], [learner], [SPEC])
    costs = cost(found, measured, "cpu")
    assert (costs.to_train, costs.again) == (2, 1)
    assert costs.hours == pytest.approx(1)
    told = "2 of 2 runs are to be trained (1 once more, for what others learn from): "
    assert describe(costs, 2, "cpu").startswith(told.strip())
    assert announcement(found, measured, "cpu", 2).startswith(f"{told}more than 60 minutes")


def test_shipped_times_help_where_ones_own_do_not(tmp_path):
    """As after a smoke run, before the first one of the laptop's."""
    small = dataclasses.replace(SPEC, network=dataclasses.replace(SPEC.network, width=0.125))
    for root, spec in (("own", small), ("shipped", small), ("shipped", SPEC)):
        run_one(spec, Store(tmp_path / root, "smoke").run_folder(spec), fake_train)
    found = recorded(tmp_path / "own", tmp_path / "shipped")
    assert [measured.spec for measured in found] == [small, SPEC]


def test_games_without_a_human_score():
    assert without_human_score(["Pong", "DemonAttack", "Kaboom", "Trondead"]) == [
        "Kaboom",
        "Trondead",
    ]
