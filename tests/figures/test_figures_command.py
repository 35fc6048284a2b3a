"""The command line: what it writes, prints and refuses."""

import importlib
from pathlib import Path
import re
import subprocess
import sys

from made_up_store import CLAIMS, Fill, write_index
import pandas as pd
import pytest

from experiments.storing.compacting import compact
from experiments.storing.schema import NEURONS_SCHEMA, RUN_KEY, SCORE_STEPS
from experiments.storing.store import read_table, write_table
import figures as package
from figures.__main__ import _plugins, main
from figures.names import figure_name, figures, order, target
from figures.reading.data import Results


def run(capsys: pytest.CaptureFixture, *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_one_figure(fill: Fill, capsys: pytest.CaptureFixture):
    root = fill()
    status, out, err = run(capsys, "fig5", "--results", root, "--overlap", "official")
    assert (status, err) == (0, "")
    folder = root / "laptop" / "figures"
    assert out.startswith(f"Fig. 5: {folder}/fig5.png (and .pdf, .svg, .md)\n")
    assert "DemonAttack: 3 seeds, overlap starts at" in out
    assert "REPRODUCED  Fig. 5: The overlap of dormant sets rises" in out
    assert sorted(path.name for path in folder.iterdir()) == [
        f"fig5.{kind}" for kind in ("md", "pdf", "png", "svg")
    ]


def test_all_figures_and_all_claims(fill: Fill, tmp_path: Path, capsys: pytest.CaptureFixture):
    root, folder = fill(), tmp_path / "out"
    status, out, _ = run(capsys, "all", "--results", root, "--output", folder)
    assert status == 0
    assert {"fig2.png", "fig5.png"} <= {path.name for path in folder.iterdir()}
    gallery = (folder / "gallery.md").read_text()
    assert gallery.index("## [Figure 2](fig2.md)") < gallery.index("](fig5.png)")
    status, out, _ = run(capsys, "claims", "--results", root, "--output", folder)
    assert status == 0
    assert out.count("REPRODUCED") == 3
    table = (folder / "claims.md").read_text().splitlines()
    figures = [line.split("|")[1].strip() for line in table if "**" in line]
    assert figures == ["Fig. 2", "Fig. 5", "Fig. 5"]
    assert pd.read_parquet(folder / "claims.parquet").figure.tolist() == ["fig2", "fig5", "fig5"]
    assert not (root / "laptop" / "figures").exists()


def test_an_experiment_that_has_only_begun_is_passed_over(
    fill: Fill, capsys: pytest.CaptureFixture
):
    root = fill()
    write_index(root / "laptop", "redo", [("f" * 12, "DemonAttack", 0)])
    for command in ("all", "claims"):
        status, out, _ = run(capsys, command, "--results", root)
        assert status == 0
        assert "No run of the experiment 'redo'" in out
        assert "REPRODUCED  Fig. 5" in out


def test_claims_stay_where_all_experiments_have_only_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture
):
    write_index(tmp_path / "laptop", "redo", [("f" * 12, "DemonAttack", 0)])
    status, out, err = run(capsys, "claims", "--results", tmp_path)
    assert (status, err.count("has nothing to judge yet")) == (2, 1)
    assert "No run of the experiment 'redo'" in out
    assert not (tmp_path / "laptop" / "figures").exists()


def test_what_is_foreign_among_results_is_said_and_passed_over(
    fill: Fill, tmp_path: Path, capsys: pytest.CaptureFixture
):
    root, folder = fill(), tmp_path / "out"
    for name in ("notes", "prevalence"):
        pd.DataFrame({"mine": [1]}).to_parquet(root / "laptop" / f"{name}.parquet")
    for command in ("all", "claims", "report"):
        status, out, _ = run(capsys, command, "--results", root, "--output", folder)
        assert status == 0
        for name in ("notes", "prevalence"):
            assert f"{name}.parquet was not written by this project" in out
    assert pd.read_parquet(folder / "claims.parquet").figure.tolist() == ["fig5", "fig5"]
    assert "make fig2 PRESET=laptop" in (folder / "report.html").read_text()
    status, _, err = run(capsys, "fig2", "--results", root)
    assert (status, err.count("was not written by this project")) == (2, 1)


def test_a_figure_prints_its_own_claims_only(fill: Fill, capsys: pytest.CaptureFixture):
    root = fill(experiment="redo", games=["DemonAttack"], seeds=2)
    claims = [CLAIMS["redo"][0] | {"figure": "fig1"}, CLAIMS["redo"][1]]
    runs = [(f"{number:012x}", "DemonAttack", number % 2) for number in range(4)]
    conditions = ["DQN"] * 2 + ["DQN+ReDo"] * 2
    write_index(root / "laptop", "redo", runs, conditions, claims=claims)
    _, out, _ = run(capsys, "fig9", "--results", root)
    assert CLAIMS["redo"][1]["statement"] in out
    assert CLAIMS["redo"][0]["statement"] not in out


def test_all_draws_what_is_there(fill: Fill, capsys: pytest.CaptureFixture):
    root = fill()
    (root / "laptop" / "prevalence.parquet").unlink()
    status, out, _ = run(capsys, "all", "--results", root)
    assert status == 0
    assert "fig5.png" in out
    assert "fig2.png" not in out


@pytest.mark.parametrize("command", ["fig2", "fig5", "all", "claims"])
def test_nothing_there_is_one_sentence_and_status_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    status, out, err = run(capsys, command, "--results", tmp_path / "none")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert f"PRESET=laptop RESULTS={tmp_path / 'none'}` first" in err


def test_wrong_options_are_one_sentence(fill: Fill, capsys: pytest.CaptureFixture):
    root = fill()
    status, _, err = run(capsys, "fig2", "--results", root, "--tau", "-1")
    assert (status, err) == (2, "The threshold tau must be 0 or more, not -1.0.\n")
    status, _, err = run(capsys, "fig2", "--results", root, "--layer", "Dense_7")
    assert status == 2
    assert "it has Conv_0, Conv_1, Conv_2, Dense_0" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("fg2", "There is no figure 'fg2'; did you mean fig2?"),
        ("fig55", "There is no fig55 yet; there are fig1, fig2,"),
        ("question-revivl", "did you mean question_revival?"),
        ("fig1 --tau 0.1", "has no option --tau; it takes --results, --preset, --output"),
        ("fig5 --overlap offical", "did you mean official?"),
        ("fig2 --preset deskk", "There is no preset 'deskk'; did you mean desk?"),
        ("claims --preset deskk", "There is no preset 'deskk'; did you mean desk?"),
        ("", "Name a figure first"),
    ],
)
def test_what_is_misspelt_is_one_sentence(
    words: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    more = ["--results", tmp_path] if words else []
    status, out, err = run(capsys, *words.split(), *more)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_figures_are_called_as_make_calls_them(capsys: pytest.CaptureFixture, tmp_path: Path):
    status, _, err = run(capsys, "question-revival", "--results", tmp_path)
    assert (status, err.count("'revival' yet; run `make question-revival")) == (2, 1)


def test_drawing_needs_no_display_no_jax_and_no_training_code():
    code = (
        "import sys, figures.__main__; figures.__main__.figures(); "
        "print({'matplotlib.pyplot', 'jax', 'optax', 'agents.loop', 'experiments.running'} "
        "& set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


QUESTION = """
\"\"\"A question.\"\"\"
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Store

EXPERIMENT = "prevalence"


def render(store: Store, tau: float = 0.0) -> Picture:
    \"\"\"The share once more.

    Args:
      store: where the runs are.
      tau: threshold.
    \"\"\"
    experiment = store.experiment(EXPERIMENT)
    return curve_picture([share_of(experiment, "question_x", tau)], "Again", [], [])
"""


def test_a_figure_is_found_by_its_module_alone(
    fill: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """One file and nothing else: no list, no table of commands."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "question_x.py").write_text(QUESTION)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / "more")])
    figures.cache_clear()
    try:
        assert "question_x" in list(figures())[list(figures()).index("fig13") :]
        root = fill()
        status, out, err = run(capsys, "question_x", "--results", root, "--tau", "0.1")
        assert (status, err) == (0, "")
        assert out.startswith("Question x: ")
        assert (
            (root / "laptop" / "figures" / "question_x.md")
            .read_text()
            .startswith("# Question x: Again")
        )
    finally:
        figures.cache_clear()
        sys.modules.pop("figures.question_x", None)


def test_figures_are_in_the_order_of_the_paper_and_have_names():
    names = ["some_question", "table2", "fig11", "fig2"]
    assert sorted(names, key=order) == ["fig2", "fig11", "table2", "some_question"]
    assert [figure_name(name) for name in names] == [
        *("Some question", "Table 2", "Fig. 11", "Fig. 2")
    ]
    assert figure_name("fig2", long=True) == "Figure 2"
    assert target("some_question") == "make some-question"


def test_a_gallery_shows_our_pictures_and_no_others(fill: Fill, capsys: pytest.CaptureFixture):
    root = fill()
    folder = root / "laptop" / "figures"
    folder.mkdir()
    (folder / "holiday.png").write_bytes(b"")
    assert run(capsys, "all", "--results", root)[0] == 0
    gallery = (folder / "gallery.md").read_text()
    assert "fig5.png" in gallery and "holiday" not in gallery


@pytest.mark.parametrize("part", ["nan", "-0.1", "1.5"])
def test_a_last_part_that_is_none_is_refused(fill: Fill, capsys: pytest.CaptureFixture, part):
    root = fill(experiment="regularization", games=["DemonAttack"], seeds=2)
    status, _, err = run(capsys, "fig13", "--results", root, f"--last-part={part}")
    assert status != 0
    assert "makes no sense; give a share of the steps from 0" in err


@pytest.mark.parametrize("name", ["benchmarks", ""])
def test_a_folder_without_runs_is_no_preset(fill: Fill, capsys: pytest.CaptureFixture, name):
    root = fill()
    (root / "benchmarks").mkdir()
    status, _, err = run(capsys, "fig5", "--results", root, "--preset", name)
    assert status != 0
    assert f"There is no preset {name!r}" in err and "paper, benchmarks" not in err


@pytest.mark.parametrize(
    ("tau", "told"),
    [
        ("0.0", ""),
        ("0.0125", ""),
        ("0.01", "rounded to 2 steps an octave: which neurons between 0.00884 and 0.0125 "),
    ],
)
def test_what_rounded_scores_cannot_tell_is_said(fill: Fill, tmp_path, capsys, tau, told):
    root = fill(games=["DemonAttack"], seeds=2)
    words = ("fig2", "--tau", tau, "--output", tmp_path / "out", "--results")
    assert run(capsys, *words, root)[0] == 0
    assert "rounded" not in (tmp_path / "out" / "fig2.md").read_text()
    for path in (root / "laptop" / "runs").glob("*/neurons.parquet"):
        table, about = read_table(path, RUN_KEY, NEURONS_SCHEMA)
        del about["format"]
        write_table(path, compact(table, 2), RUN_KEY, about | {SCORE_STEPS: 2}, compact=True)
    assert run(capsys, *words, root)[0] == 0
    said = (tmp_path / "out" / "fig2.md").read_text()
    assert re.search(told, said) if told else "rounded" not in said


def test_a_plugin_without_its_name(capsys: pytest.CaptureFixture):
    status, out, err = run(capsys, "--plugin")
    assert (status, out) == (2, "")
    assert err == "--plugin wants the names of modules of yours, with a figure in them.\n"


@pytest.mark.parametrize("words", [["--plugin", "one", "two"], ["--plugin=one", "--plugin", "two"]])
def test_several_plugins_stand_behind_one_flag_as_for_experiments(words):
    found, rest = _plugins(["mine", *words, "--tau", "0.1"])
    assert (found, rest) == (["one", "two"], ["mine", "--tau", "0.1"])


def test_the_figure_in_the_documentation_is_drawn(fill: Fill, monkeypatch: pytest.MonkeyPatch):
    """On runs of Figure 2 here; a slow test trains what it is about."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "docs" / "examples")
    example = importlib.import_module("noise_and_dormancy")
    monkeypatch.setattr(example, "EXPERIMENT", "prevalence")
    drawn = example.render(Results(fill(), "laptop"))
    assert "Dormant: mean |activation| at most 0.1" in drawn.as_markdown()
