"""The real path of every Atari experiment in small: runs, parquet, picture, verdict."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from agents.replay.archive import Buffers
from experiments.catalog import EXPERIMENTS
from experiments.running.runner import run_one
from experiments.storing import transitions
from experiments.storing.index import write_index
from experiments.storing.schema import (
    METRICS,
    METRICS_SCHEMA,
    NEURONS,
    NEURONS_SCHEMA,
    OPTIONAL,
    Store,
)
from figures import fig4
from figures.__main__ import main as figures_main
from figures.claims.verdict import evaluate
from figures.reading.data import Results
from tests.experiments.tiny import TINY

GAMES, SEEDS = ("DemonAttack",), (0,)
NAMES = ("prevalence", "redo", "pruning", "offline")
# The same path for conditions that differ in a number or a size.
OTHERS = (
    "overlap",
    "replay_ratio",
    "learning_rate",
    "width_scaling",
    "regularization",
    "revival",
)


def train(root, names):
    """A store with one seed of these experiments; runs that several ask for are trained once."""
    store = Store(root, TINY.name)
    store.folder.mkdir()
    runs = {name: EXPERIMENTS[name].runs(TINY, GAMES, SEEDS) for name in names}
    for name, planned in runs.items():
        write_index(store, EXPERIMENTS[name], TINY, planned)
    specs = [run.spec for planned in runs.values() for run in planned]
    for source in {source for spec in specs for source in spec.requires_transitions_of}:
        transitions.keep(store.run_folder(source))
    # In this process, where what one run imports and compiles is there for the next.
    for run in specs:
        for spec in (*run.requires, run):
            run_one(spec, store.run_folder(spec))
    return store, runs


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("results"), NAMES)


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    return train(tmp_path_factory.mktemp("others"), OTHERS)


@pytest.mark.parametrize("name", NAMES)
def test_runs_become_tables_a_picture_and_verdicts(trained, tmp_path, capsys, name):
    come_to_verdicts(*trained, tmp_path, capsys, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_other_runs_become_them_too(others, tmp_path, capsys, name):
    come_to_verdicts(*others, tmp_path, capsys, name)


def come_to_verdicts(store, runs, tmp_path, capsys, name):
    for run in runs[name]:
        folder = store.run_folder(run.spec)
        metrics = pq.read_table(folder / METRICS)
        neurons = pq.read_table(folder / NEURONS)
        assert metrics.schema.equals(METRICS_SCHEMA)
        own = [*neurons.schema][len(NEURONS_SCHEMA) :]
        assert [*neurons.schema] == [*NEURONS_SCHEMA, *own]
        assert own
        assert own == [*OPTIONAL][: len(own)]
        assert set(metrics["run_id"].to_pylist()) == {run.spec.run_id}
        assert neurons["gradient_step"].to_pylist()[0] == 0
    place = ["--results", str(store.root), "--preset", store.preset, "--output", str(tmp_path)]
    for figure in EXPERIMENTS[name].figures:
        assert figures_main([figure, *place]) == 0
        assert (tmp_path / f"{figure}.png").stat().st_size > 10_000
        said = capsys.readouterr().out
        claims = [claim for claim in EXPERIMENTS[name].claims if claim.figure == figure]
        for claim in claims:
            assert claim.statement in said
        # Runs of seconds allow no verdict.
        assert said.count("NOT JUDGED") == len(claims)


def test_all_claims_come_in_one_table(trained, tmp_path):
    store, _ = trained
    place = ["--results", str(store.root), "--preset", store.preset, "--output", str(tmp_path)]
    assert figures_main(["claims", *place]) == 0
    table = pd.read_parquet(tmp_path / "claims.parquet")
    expected = {claim.name for name in NAMES for claim in EXPERIMENTS[name].claims}
    assert set(table.name) == expected


def test_interventions_show_in_the_tables(trained):
    store, runs = trained

    def metric(experiment, condition, name):
        (run,) = [run for run in runs[experiment] if run.condition.name == condition]
        table = pd.read_parquet(store.run_folder(run.spec) / METRICS)
        return table.loc[(table.metric == name) & (table.layer == ""), "value"].to_numpy()

    assert metric("redo", "DQN+ReDo", "recycled_neurons").sum() > 0
    assert metric("redo", "DQN", "recycled_neurons").sum() == 0
    assert metric("pruning", "DQN+pruning", "pruned_neurons").sum() > 0
    # What was pruned stays silent: of it alone the share can only grow. (A neuron that a log's
    # batch finds silent and the pruning's batch does not may wake up again.)
    shares = metric("pruning", "DQN+pruning", "dormant_fraction_tau_0")
    pruned = np.cumsum(metric("pruning", "DQN+pruning", "pruned_neurons"))
    (run,) = [run for run in runs["pruning"] if run.condition.name == "DQN+pruning"]
    table = pd.read_parquet(store.run_folder(run.spec) / NEURONS)
    neurons = len(table[["layer", "neuron"]].drop_duplicates())
    assert (neurons * shares[-len(pruned) :] >= pruned - 1e-6).all()


@pytest.fixture(scope="module")
def offline(trained):
    """Figure 4's experiment as it is read, with one seed of one game."""
    store, _ = trained
    return Results(store.root, store.preset).experiment("offline")


def test_the_behaviour_run_leaves_a_buffer_an_iteration(trained):
    store, runs = trained
    spec = runs["offline"][0].spec.data
    folder = store.run_folder(spec) / "transitions"
    assert Buffers(folder).numbers == list(range(spec.schedule.iterations))


def test_the_tables_of_learning_offline_hold_both_curves(offline):
    assert offline.conditions == ["bootstrapped targets", "random targets"]
    schedule = TINY.offline.schedule
    for run in offline.runs:
        assert run.complete
        losses = run.metric("td_loss")
        expected = np.arange(0, TINY.offline.total_gradient_steps + 1)
        expected = expected[:: schedule.log_period_gradient_steps]
        # Nothing has been learned before the first log.
        np.testing.assert_array_equal(losses.gradient_step, expected[1:])
        np.testing.assert_array_equal(run.records("Dense_0").gradient_step, expected)


def test_figure_4_compares_both_targets(trained):
    store, _ = trained
    picture = fig4.render(Results(store.root, store.preset))
    (sentence,) = picture.sentences
    assert sentence.startswith("DemonAttack, dormant share in the last quarter: bootstrapped")
    assert "random targets" in sentence


def test_the_claims_of_figure_4_can_be_judged(offline):
    difference, rise = (evaluate(claim, offline) for claim in offline.claims)
    assert np.isfinite(difference.value)
    assert difference.reason == "DemonAttack has one seed and an interval needs two"
    # A minimum is located on the other seeds, and there is none.
    assert np.isnan(rise.value)
