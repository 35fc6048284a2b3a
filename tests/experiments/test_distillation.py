"""Figure 8 from a teacher's first frame to the verdicts, at smoke scale and with one seed."""

import dataclasses

import numpy as np
import pytest

from experiments import distillation, distillation_variants, replay_ratio
from experiments.presets.presets import PAPER, PRESETS, SMOKE
from experiments.running.runner import run_one
from experiments.storing import transitions
from experiments.storing.index import write_index
from experiments.storing.schema import Store
from figures import fig8
from figures.claims.verdict import evaluate
from figures.reading.data import Results

GAMES, SEEDS = ("DemonAttack",), (0, 1)


def of_condition(preset, condition):
    return [
        run.spec
        for run in distillation.EXPERIMENT.runs(preset, GAMES, SEEDS)
        if run.condition.name == condition
    ]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_only_the_start_differs(preset):
    pairs = zip(of_condition(preset, "random"), of_condition(preset, "pretrained"), strict=True)
    for fresh, pretrained in pairs:
        assert dataclasses.replace(fresh, start="pretrained") == pretrained
        assert fresh.teacher == preset.comparison_run(fresh.game, fresh.seed)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_no_student_began_as_its_teacher_did(preset):
    students = [
        spec for condition in ("random", "pretrained") for spec in of_condition(preset, condition)
    ]
    students += [run.spec for run in distillation_variants.EXPERIMENT.runs(preset, GAMES, SEEDS)]
    for spec in students:
        assert spec.student.seed != spec.teacher.seed


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_dormant_students_are_runs_of_figure_7(preset):
    shared = [
        r.spec.run_id
        for r in replay_ratio.EXPERIMENT.runs(preset, GAMES, [seed + 1 for seed in SEEDS])
        if r.condition.name == f"RR={preset.student_replay_ratio:g}"
    ]
    assert [spec.student.run_id for spec in of_condition(preset, "pretrained")] == shared


def test_published_settings():
    spec = of_condition(PAPER, "pretrained")[0]
    assert spec.gradient_steps == 50_000
    for run in (spec.teacher, spec.student):
        assert run.total_agent_steps * run.task.frame_skip == 40_000_000
    assert (spec.teacher.agent.replay_ratio, spec.student.agent.replay_ratio) == (0.25, 1.0)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A root of results with all runs of one seed."""
    root = tmp_path_factory.mktemp("results")
    store = Store(root, SMOKE.name)
    runs = distillation.EXPERIMENT.runs(SMOKE, GAMES, SEEDS[:1])
    transitions.keep(store.run_folder(runs[-1].spec.teacher))
    for spec in (*runs[-1].spec.requires, *(run.spec for run in runs)):
        run_one(spec, store.run_folder(spec))
    write_index(store, distillation.EXPERIMENT, SMOKE, runs)
    return root


@pytest.mark.slow
def test_the_tables_hold_both_curves(results):
    experiment = Results(results, SMOKE.name).experiment("distillation")
    assert experiment.conditions == ["random", "pretrained"]
    for run in experiment.runs:
        assert run.complete
        losses = run.metric("distillation_loss")
        planned = SMOKE.distillation.gradient_steps
        every = SMOKE.distillation.log_period_gradient_steps
        np.testing.assert_array_equal(losses.gradient_step, np.arange(0, planned + 1, every))
        np.testing.assert_array_equal(losses.agent_step, losses.gradient_step)
        assert losses.value.iloc[-1] < losses.value.iloc[0]
        assert run.metric("greedy_agreement").value.between(0, 1).all()


@pytest.mark.slow
def test_figure_8_shows_both_students(results):
    picture = fig8.render(Results(results, SMOKE.name))
    loss, share, *_ = picture.figure.axes
    assert (loss.get_yscale(), share.get_yscale()) == ("log", "linear")
    teacher, *students = picture.sentences
    assert "teacher" in teacher
    assert len(students) == 3
    assert all("random" in s and "pretrained" in s for s in students)


@pytest.mark.slow
def test_the_claims_can_be_judged(results):
    experiment = Results(results, SMOKE.name).experiment("distillation")
    for claim in experiment.claims:
        verdict = evaluate(claim, experiment)
        assert np.isfinite(verdict.value), claim["name"]
        assert verdict.reason == "DemonAttack has one seed and an interval needs two"
