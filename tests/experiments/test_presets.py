import pytest

from agents.errors import UserError
from agents.spec import RunSpec
from agents.training import check_spec
from experiments.catalog import EXPERIMENTS
from experiments.presets import (
    LAPTOP,
    PAPER,
    PRESETS,
    SMOKE,
    TUNING_SEEDS,
    find_preset,
    scale_down,
)


def test_paper_preset_is_the_published_run():
    assert PAPER.run("DemonAttack", 3) == RunSpec(seed=3)
    assert scale_down(PAPER.atari, PAPER.atari) == []


def test_settings_are_chosen_on_other_seeds_than_reported():
    for preset in PRESETS.values():
        assert preset.seeds == tuple(range(preset.seed_count))
        assert not set(preset.seeds) & set(TUNING_SEEDS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_presets_can_be_trained(preset):
    run = preset.run("Asterix", 1)
    check_spec(run)
    assert (run.task.game, run.seed) == ("Asterix", 1)
    assert run.total_gradient_steps >= 5 * run.schedule.log_period_gradient_steps


def test_scale_down_is_readable():
    rows = {field: (ours, papers) for field, ours, papers in scale_down(LAPTOP.atari, PAPER.atari)}
    assert rows["frame size (pixels)"] == ("42", "84")
    assert rows["network width"] == ("0.25", "1")
    assert rows["gradient steps per run"][1] == "6,245,000"
    assert not any("." in field or "_" in field for field in rows)


def test_unknown_preset_names_the_known_ones():
    with pytest.raises(UserError, match="'huge'.*smoke, laptop, paper"):
        find_preset("huge")


def test_a_comparison_is_a_run_of_its_own_only_where_it_is_shorter():
    for preset in (SMOKE, LAPTOP):
        assert preset.comparison_run("Pong", 1) == preset.run("Pong", 1)
    shorter = PAPER.comparison_run("DemonAttack", 0)
    assert shorter.total_agent_steps == 10_000_000
    assert shorter.run_id != PAPER.run("DemonAttack", 0).run_id


def test_figure_5_uses_the_runs_of_figure_2():
    needed = [
        {run.spec.run_id for run in EXPERIMENTS[name].runs(SMOKE, ["Asterix", "Pong"], [0, 1])}
        for name in ("prevalence", "overlap")
    ]
    assert needed[0] == needed[1]
    assert len(needed[0]) == 4
