"""The few lines that all notebooks share."""

import importlib
from pathlib import Path

import pandas as pd
import pytest

from experiments.catalog import EXPERIMENTS
from figures.curves.neurons import dormant_share
from figures.errors import FigureError
from figures.reading.data import Results


@pytest.fixture
def here(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "notebooks")
    return importlib.import_module("here")


def test_only_the_seeds_asked_for_are_shown(here, made_up):
    def seeds(wanted):
        experiment = here.open_store(made_up.root, made_up.preset, wanted).experiment("pruning")
        assert set(experiment.table.seed) == {run.seed for run in experiment.runs}
        return {run.seed for run in experiment.runs}

    assert seeds(None) == {0, 1}
    assert seeds([1]) == {1}
    with pytest.raises(FigureError, match=r"no run of 'pruning' .* in \[7\]; choose among 0, 1"):
        seeds([7])


def test_settings_take_the_place_of_a_claims_arguments(here, made_up):
    experiment = here.open_store(made_up.root, made_up.preset).experiment("pruning")
    as_claimed = here.verdicts(experiment).data
    assert "above 90 % of DQN" in as_claimed
    assert "above 50 % of DQN" in here.verdicts(experiment, margin=0.5).data
    assert here.verdicts(experiment, tau=0.3).data == as_claimed


def test_verdicts_of_several_experiments_are_sorted_by_figure(here, made_up):
    store = here.open_store(made_up.root, made_up.preset)
    rows = here.verdicts(*map(store.experiment, ("learning_rate", "overlap"))).data.splitlines()
    figures = [row.split(" | ")[0] for row in rows if row.startswith("| Fig. ")]
    assert figures == ["| Fig. 5"] * 2 + ["| Fig. 11"] * 3


def test_late_mean_averages_the_last_part_of_each_run(here):
    frame = pd.DataFrame(
        {
            "run_id": ["a"] * 4 + ["b"] * 4,
            "game": "Pong",
            "condition": "DQN",
            "agent_step": [25, 50, 75, 100, 10, 20, 30, 40],
            "value": [9.0, 9.0, 1.0, 2.0, 9.0, 9.0, 9.0, 5.0],
        }
    )
    assert here.late_mean(frame).to_dict() == {("Pong", "DQN"): 3.5}
    assert here.late_mean(frame, last_part=0.5).to_dict() == {("Pong", "DQN"): (1 + 2 + 9 + 5) / 4}


def test_runs_of_unequal_lengths_are_compared_where_all_have_been(here, made_up):
    """Figure 7: at equal frames a higher replay ratio has made more gradient steps."""
    experiment = here.open_store(made_up.root, made_up.preset).experiment("replay_ratio")
    frame = dormant_share(experiment)
    for steps in ("agent_step", "gradient_step"):
        cut = here.reached_by_all(experiment, frame, steps)
        ends = cut.groupby("condition")[steps].max()
        assert len(ends) == 4
        assert (ends <= min(run.planned[steps] for run in experiment.runs)).all()
    assert len(cut) < len(frame)


def test_experiments_that_are_still_to_come_are_passed_over(here, made_up, tmp_path):
    there = [experiment.name for experiment in here.begun(Results(made_up.root, made_up.preset))]
    assert there == sorted(EXPERIMENTS)
    assert here.begun(Results(tmp_path, made_up.preset)) == []


def test_panels_share_what_they_measure(here):
    figure, panels = here.side_by_side(["a", "b"], here.GRADIENT_STEPS, "share [%]")
    for axes in panels:
        axes.plot([0, 40_000], [0, 1])
    assert [axes.get_title(loc="left") for axes in panels] == ["a", "b"]
    assert panels[0].get_shared_y_axes().joined(*panels)
    figure.draw_without_rendering()
    labels = [label.get_text() for label in panels[0].get_xticklabels()]
    assert {"0", "10k", "40k"} <= set(labels)
    assert len(labels) < 9
    assert here.show(figure).data.startswith(b"\x89PNG")
