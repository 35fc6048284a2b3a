"""Experiments are found, by their names and by what they make."""

from collections import Counter
import dataclasses
from pathlib import Path
import re
import shutil
import subprocess

import pytest

from agents.errors import UserError
from experiments import overlap, regularization
from experiments.catalog import EXPERIMENTS, add, find_experiments
from experiments.presets.presets import SMOKE

ROOT = Path(__file__).parents[2]
FIGURES = [figure for experiment in EXPERIMENTS.values() for figure in experiment.figures]


def test_every_module_with_an_experiment_is_found():
    modules = (ROOT / "experiments").glob("*.py")
    expected = {path.stem for path in modules if "\nEXPERIMENT = " in path.read_text()}
    assert {experiment.name for experiment in EXPERIMENTS.values()} == expected


def test_the_paper_comes_first_and_in_its_order():
    assert list(EXPERIMENTS)[:4] == ["prevalence", "label_shuffling", "offline", "overlap"]
    last = [experiment.figures[-1] for experiment in find_experiments("all")]
    assert last == sorted(last, key=lambda name: (name[0], int(re.search(r"\d+", name)[0])))
    assert last[-2:] == ["table6", "table7"]


@pytest.mark.parametrize(
    ("word", "experiment"),
    [
        ("overlap", overlap.EXPERIMENT),
        ("fig5", overlap.EXPERIMENT),
        ("fig1", regularization.EXPERIMENT),
        ("fig13", regularization.EXPERIMENT),
    ],
)
def test_what_makes_a_figure_is_found_by_its_name(word, experiment):
    assert find_experiments(word) == [experiment]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "fig99",
            "makes fig99 yet; there are fig1, fig2, fig3, .*, fig25, table6, table7",
        ),
        ("overlp", "no experiment 'overlp'; did you mean overlap"),
        ("question-why", "experiments list"),
    ],
)
def test_what_there_is_not_is_said_in_one_sentence(word, sentence):
    with pytest.raises(UserError, match=sentence):
        find_experiments(word)


def test_names_are_unique():
    with pytest.raises(UserError, match="two experiments of the name 'overlap'"):
        add(type(overlap.EXPERIMENT)(**{**vars(overlap.EXPERIMENT), "title": "Another"}))
    # Figure 10 has the panels of two.
    assert [name for name, count in Counter(FIGURES).items() if count > 1] == ["fig10"]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_has_a_target_for_all_of_them():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [line.split()[0] for line in said.stdout.splitlines() if line.startswith("  ")]
    assert set(FIGURES) <= {name.replace("-", "_") for name in listed}
    numbered = [name for name in listed if re.fullmatch(r"(fig|table)\d+", name)]
    assert numbered == sorted(
        {name for name in FIGURES if name[-1].isdigit()},
        key=lambda name: (name[0], int(re.search(r"\d+", name)[0])),
    )
    # Without running anything, and without asking whether .venv is up to date.
    dry = ["make", "--dry-run", "--old-file=.venv/.installed-cpu", "JAX=cpu"]
    for target in ("fig10", "table6", "question-why-so"):
        done = subprocess.run([*dry, target], cwd=ROOT, capture_output=True, text=True, check=True)
        assert f"-m experiments {target} --preset laptop" in done.stdout
        assert f"-m figures {target.replace('-', '_')} --preset 'laptop'" in done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_passes_on_the_name_of_a_preset_that_was_given(monkeypatch):
    dry = ["make", "--dry-run", "--old-file=.venv/.installed-cpu", "JAX=cpu", "fig9"]

    def said(*words):
        return subprocess.run([*dry, *words], cwd=ROOT, capture_output=True, text=True).stdout

    # Of the environment it is somebody else's.
    monkeypatch.setenv("NAME", "laptop-of-mine")
    assert "--name" not in said() and "--preset 'laptop'" in said()
    rate = "SET=agent.learning_rate=1e-3"
    assert "--set agent.learning_rate=1e-3 --name 'mine'" in said(rate, "NAME=mine")
    assert "--name 'laptop,agent.learning_rate=1e-3'" in said(rate)
    # Without SET the program refuses it, instead of training another preset.
    assert "--name 'mine'" in said("NAME=mine")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_takes_no_table_for_the_name_of_a_figure():
    # As in a fresh clone: what is installed is newer than all tables.
    dry = ["make", "--dry-run", "--what-if=.venv/.installed-cpu", "JAX=cpu", "docs"]
    said = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "docs/executed.py" in said
    assert "-m experiments" not in said


def test_a_condition_that_is_not_named_is_not_passed_over():
    nameless = dataclasses.replace(overlap.EXPERIMENT, conditions=())
    with pytest.raises(UserError, match="has runs of 'DQN' and names no such condition"):
        nameless.runs(SMOKE, ("Asterix",), (0,))
