"""What waits for what, what goes together, what a failure takes with it: without any process."""

import dataclasses

from hypothesis import given, settings, strategies as st

from agents import identity
from agents.identity import Spec
from agents.offline.spec import OfflineSpec
from experiments.running.plan import Failure, Plan, with_required
from tests.experiments.fake_training import SPEC, with_seed

SPECS = [with_seed(seed) for seed in range(4)]
NEEDS = OfflineSpec(data=SPECS[0])


def test_a_fleet_is_made_of_ready_runs_alike_in_all_but_seed_and_game():
    other_game = dataclasses.replace(SPEC, task=dataclasses.replace(SPEC.task, game="Pong"))
    wider = dataclasses.replace(SPEC, network=dataclasses.replace(SPEC.network, width=0.5))
    plan = Plan(waiting=(NEEDS, SPECS[0], wider, other_game, SPECS[1], SPECS[2]))
    first = plan.ready(3)
    assert first == (SPECS[0], other_game, SPECS[1])
    plan = plan.start(first)
    assert plan.ready(None) == (wider,)
    plan = plan.start([wider])
    assert plan.ready(None) == (SPECS[2],)
    plan = plan.start([SPECS[2]])
    assert plan.ready(None) == ()
    plan = plan.finish(plan.running)
    assert plan.ready(None) == (NEEDS,)
    assert plan.finish([NEEDS]).is_over


def test_a_plan_of_thousands_hashes_no_run_twice(monkeypatch):
    """Everything at the preset paper is 5,318 runs, of which a cluster is handed each by itself."""
    hashed = []
    real = identity.differences
    monkeypatch.setattr(identity, "differences", lambda it: hashed.append(it) or real(it))
    specs = [OfflineSpec(data=with_seed(seed)) for seed in range(5)]
    plan = Plan(waiting=with_required(specs, lambda _: True, set()))
    while ready := plan.ready(1):
        plan = plan.start(ready)
    plan = plan.finish(plan.running)
    while ready := plan.ready(1):
        plan = plan.start(ready)
    whole = [it for it in hashed if isinstance(it, Spec)]
    # Each run, and what it has in common with those of a fleet.
    assert len(whole) <= 2 * plan.total


def test_what_another_command_trains_is_unfinished():
    plan = Plan(waiting=(SPECS[0], NEEDS, SPECS[1])).meet([SPECS[0]])
    assert plan.ready(1) == (SPECS[1],)
    plan = plan.start([SPECS[1]]).finish([SPECS[1]])
    assert plan.ready(1) == ()
    assert not plan.is_over
    assert plan.put_back([SPECS[0]]).ready(1) == (SPECS[0],)
    assert plan.finish([SPECS[0]]).ready(1) == (NEEDS,)


def test_a_failure_takes_with_it_all_that_need_the_run():
    plan = Plan(waiting=(NEEDS, SPECS[1]), running=(SPECS[0],))
    plan = plan.fail(Failure(SPECS[0], "The game is gone."))
    assert [failure.spec for failure in plan.failures] == [SPECS[0], NEEDS]
    assert f"It needs run {SPECS[0].run_id}" in plan.failures[1].sentence
    assert plan.waiting == (SPECS[1],)


def test_what_is_required_comes_before_and_once():
    unfinished = set()
    wanted = with_required([NEEDS, SPECS[0], NEEDS], lambda spec: True, unfinished)
    assert wanted == (SPECS[0], NEEDS)
    assert unfinished == {SPECS[0].run_id, NEEDS.run_id}


def test_what_is_finished_requires_nothing():
    assert with_required([NEEDS], lambda spec: False, set()) == (NEEDS,)


@given(st.data())
@settings(max_examples=40)
def test_no_run_is_ever_lost_or_trained_twice(data):
    """Whatever happens in whatever order, every run is in exactly one place."""
    everything = with_required([NEEDS, *SPECS], lambda spec: True, set())
    plan = Plan(waiting=everything)
    for _ in range(40):
        if plan.is_over:
            break
        steps = ["start", "meet"] if plan.ready(2) else []
        steps += ["finish", "fail", "put_back"] if plan.running else []
        steps += ["return"] if plan.elsewhere else []
        step = data.draw(st.sampled_from(steps))
        if step in ("start", "meet"):
            plan = getattr(plan, step)(plan.ready(2))
        elif step == "return":
            plan = plan.put_back(plan.elsewhere[:1])
        elif step == "fail":
            plan = plan.fail(Failure(plan.running[0], "It fails."))
        else:
            plan = getattr(plan, step)(plan.running[:1])
        assert plan.total == len(everything)
        open_ones = [s.run_id for s in (*plan.waiting, *plan.running, *plan.elsewhere)]
        open_ones += [failure.spec.run_id for failure in plan.failures]
        assert len(set(open_ones)) == len(open_ones)
        assert not (NEEDS in plan.running and SPECS[0] in (*plan.waiting, *plan.running))
