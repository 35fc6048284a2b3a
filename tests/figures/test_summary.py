"""Four lines about a whole table of claims."""

import dataclasses
import math

import pytest

from figures.claims.summary import in_ranges, summary
from figures.claims.table import as_markdown
from figures.claims.verdict import Verdict, corrected
from figures.names import figures, is_question

CLAIM = Verdict(
    **dict.fromkeys(("name", "estimator", "published", "corrected", "reason"), ""),
    figure="fig2",
    statement="It rises.",
    tau=0.0,
    value=2.0,
    low=1.0,
    high=3.0,
    unit="points",
    p_value=0.01,
    seeds=3,
    seeds_to_decide=math.nan,
    runs=6,
    versions="1",
    preset="laptop",
    verdict="reproduced",
)


def test_counts_and_what_is_surest_in_both_directions():
    strong = dataclasses.replace(CLAIM, figure="fig5", statement="It stays.", p_value=1e-4)
    against = dataclasses.replace(
        CLAIM, verdict="contradicted", statement="It falls.", value=-2.0, low=-3.0, high=-1.0
    )
    open_still = dataclasses.replace(CLAIM, verdict="inconclusive", p_value=0.5)
    # Holm: 4 x 0.0001 and 3 x 0.01 are below 0.05, and so is 2 x 0.01.
    counts, most, least, there = summary(corrected([CLAIM, strong, against, open_still]))
    assert counts == (
        "Of 4 claims of the paper judged at preset laptop, 2 are reproduced, 1 contradicted and 1 "
        "inconclusive; if all verdicts are to hold together, 2, 1 and 1."
    )
    assert most == (
        "Reproduced even then: Fig. 5, “It stays. (τ = 0)”; Fig. 2, “It rises. (τ = 0)”."
    )
    assert least == "Contradicted even then: Fig. 2, “It falls. (τ = 0)”."
    assert there.startswith("There are results at preset laptop for Figures 2 and 5, 0 of ")


def test_correction_counts():
    weak = dataclasses.replace(CLAIM, p_value=0.04)
    counts, most, against, _ = summary(corrected([weak, weak]))
    assert "2 are reproduced, 0 contradicted and 0 inconclusive" in counts
    assert counts.endswith("if all verdicts are to hold together, 0, 0 and 2.")
    assert most.startswith("Reproduced by itself: ")
    assert against == "No claim is contradicted."


def test_what_was_not_trained_is_no_open_question():
    nothing = dataclasses.replace(CLAIM, verdict="inconclusive", p_value=math.nan, runs=0)
    counts, *_ = summary(corrected([CLAIM, nothing]))
    assert counts == (
        "Of 1 claim of the paper judged at preset laptop, 1 are reproduced, 0 contradicted and 0 "
        "inconclusive; if all verdicts are to hold together, 1, 0 and 0; 1 more has no finished "
        "runs."
    )
    assert summary([nothing])[0].startswith("Of 0 claims of the paper judged at preset laptop, ")


def test_notes_are_told_with_what_is_named():
    noted = dataclasses.replace(CLAIM, note="Breakout: -3")
    assert summary(corrected([noted]))[1].endswith(": Fig. 2, “It rises. (τ = 0)” (Breakout: -3).")


def test_claims_of_ours_in_a_figure_of_the_paper_are_counted_apart():
    """Holm: of the paper's two 2 x 0.02 are below 0.05; of three, 3 x 0.02 would not be."""
    ours = dataclasses.replace(CLAIM, published="Not in the paper: our addition.", p_value=0.02)
    pair = [dataclasses.replace(CLAIM, p_value=0.02)] * 2
    rows = corrected([*pair, ours])
    assert [row.corrected for row in rows] == ["reproduced"] * 3
    counts, most, *_ = summary(rows)
    assert counts.startswith("Of 2 claims of the paper judged")
    assert most.count("Fig. 2") == 2
    assert "any of the 2 claims judged here" in as_markdown(rows)
    assert "the 1 beyond the paper are counted apart" in as_markdown(rows)
    assert summary(corrected([ours]))[0].startswith("Of 1 claim judged at preset laptop")


def test_only_so_many_are_named():
    many = [dataclasses.replace(CLAIM, p_value=1e-6) for _ in range(5)]
    assert summary(corrected(many))[1].endswith("; 2 more.")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([], ""), ([4], "4"), ([4, 5], "4 and 5"), ([9, 1, 2, 3, 11], "1 to 3, 9 and 11")],
)
def test_numbers_are_put_together(numbers, words):
    assert in_ranges(numbers) == words


def test_what_is_there_is_counted_over_all_figures():
    asked = dataclasses.replace(CLAIM, figure="question_revival")
    two = [dataclasses.replace(CLAIM, figure=figure) for figure in ("table6", "table7")]
    there = summary(corrected([CLAIM, asked, *two]))[-1]
    of_all = [name for name in figures() if is_question(name)]
    assert f"for Figure 2, Tables 6 and 7, 1 of {len(of_all)} questions of our own; " in there
    assert f"for {len(figures()) - 4} more the code is there" in there


def test_what_is_a_pair_is_told():
    assert "Conditions are compared seed by seed, as pairs" in as_markdown([CLAIM])


def test_by_which_version_runs_were_trained_is_told():
    newer = dataclasses.replace(CLAIM, figure="fig5", versions="2")
    assert "Trained by version 1: Fig. 2; by version 2: Fig. 5." in as_markdown([CLAIM, newer])


def test_smoke_is_not_judged():
    smoke = dataclasses.replace(CLAIM, verdict="not judged", preset="smoke", p_value=math.nan)
    assert summary(corrected([smoke])) == [
        "1 claim, none judged: these runs only prove that all works."
    ]
