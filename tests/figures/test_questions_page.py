"""docs/questions.md says what is computed, of every question of ours."""

from pathlib import Path
import shutil

from made_up_store import CLAIMS, Fill
import pytest

from experiments.catalog import QUESTIONS, find_experiments
from figures import questions
from figures.claims.verdict import evaluate
from figures.errors import FigureError
from figures.reading.data import Results

RESULTS = Path(__file__).parents[2] / "results"


def test_the_page_is_the_computed_one():
    """`python -m figures questions --results results` mends this."""
    text = questions.PAGE.read_text()
    assert questions.fill(text, RESULTS) == text


def test_every_question_has_a_place():
    ours = {figure for each in find_experiments(QUESTIONS) for figure in each.figures}
    assert ours <= set(questions.asked(questions.PAGE.read_text()))


def test_verdicts_are_filled_in(fill: Fill, monkeypatch):
    module = type("module", (), {"EXPERIMENT": "prevalence"})
    monkeypatch.setattr(questions, "figures", lambda: {"question_rise": module})
    monkeypatch.setitem(CLAIMS["prevalence"][0], "figure", "question_rise")
    text = "# Rise\n<!-- question:rise:begin -->\nold\n<!-- question:rise:end -->\nafter\n"
    nothing = questions.fill(text, RESULTS / "nowhere")
    assert nothing == text.replace(
        "old", "Not run yet: `make question-rise` trains, draws and judges it."
    )
    filled = questions.fill(nothing, fill(experiment="prevalence"))
    assert (
        "- **Yes.** The share of dormant neurons rises after its early minimum. (τ = 0) +" in filled
    )
    assert "(laptop, 3 seeds a game).\n<!-- question:rise:end -->\nafter" in filled
    assert "old" not in filled
    store = Results(fill(experiment="prevalence"), "laptop")
    shown = store.folder / "figures" / "question_rise"
    shown.parent.mkdir()
    shown.with_suffix(".png").touch()
    shown.with_suffix(".md").write_text("# Question rise: the share over time (τ = 0)\n")
    with_picture = questions.fill(nothing, store.root)
    assert "![The share over time (τ = 0)](pictures/laptop/question_rise.png)\n" in with_picture
    # Another preset's answers follow, below a picture of their own that no list runs into.
    shutil.copytree(store.folder, store.root / "desk")
    of_both = questions.fill(nothing, store.root)
    assert "a game).\n\n![The share over time (τ = 0)](pictures/desk/question_rise.png)" in of_both
    with pytest.raises(FigureError, match="no figure 'question_fall'"):
        questions.fill(text.replace("rise", "fall"), RESULTS / "nowhere")


@pytest.mark.parametrize(
    ("published", "answer"), [("not in the paper", "Yes, alone"), ("68 %", "Yes")]
)
def test_answers_that_hold_alone_only_say_so(fill: Fill, monkeypatch, published, answer):
    """All claims beyond the paper count together, also those that the page does not show."""
    module = type("module", (), {"EXPERIMENT": "prevalence"})
    monkeypatch.setattr(questions, "figures", lambda: {"question_high": module})

    def high(threshold: float) -> dict:
        arguments = {"measure": "dormant_share", "tau": 0.1, "threshold": threshold}
        estimator = {"estimator": "level_above_threshold", "arguments": arguments}
        return CLAIMS["prevalence"][0] | estimator | {"figure": "question_high"}

    experiment = Results(fill(), "laptop").experiment("prevalence")
    found = evaluate(high(0.0), experiment)
    # Barely decided, and an open claim beside it.
    monkeypatch.setitem(CLAIMS, "prevalence", [high(found.low - 1e-6)])
    still_open = high(found.value) | {"figure": "fig5", "published": published}
    monkeypatch.setitem(CLAIMS, "overlap", [still_open])
    text = "<!-- question:high:begin -->\n<!-- question:high:end -->\n"
    assert f"- **{answer}.** The share" in questions.fill(text, fill())


def test_without_results_the_page_stays_as_it_is(tmp_path, monkeypatch):
    page = tmp_path / "questions.md"
    page.write_text(questions.PAGE.read_text())
    monkeypatch.setattr(questions, "PAGE", page)
    with pytest.raises(FigureError, match="has no results of laptop, desk, paper"):
        questions.write(tmp_path / "nothing")
    assert page.read_text() == (RESULTS.parent / "docs" / "questions.md").read_text()
    monkeypatch.setattr(questions, "PAGE", tmp_path / "elsewhere.md")
    with pytest.raises(FigureError, match="in a clone of the repository"):
        questions.write(RESULTS)
