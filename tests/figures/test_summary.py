"""Three lines about a whole table of claims."""

import dataclasses
import math

from figures.claims.summary import summary
from figures.claims.verdict import Verdict, corrected

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
    preset="laptop",
    verdict="reproduced",
)


def test_counts_and_the_strongest_of_both_kinds():
    strong = dataclasses.replace(CLAIM, figure="fig5", p_value=1e-4)
    against = dataclasses.replace(
        CLAIM, verdict="contradicted", statement="It falls.", value=-2.0, low=-3.0, high=-1.0
    )
    open_still = dataclasses.replace(CLAIM, verdict="inconclusive", p_value=0.5)
    # Holm: 4 x 0.0001 and 3 x 0.01 are below 0.05, and so is 2 x 0.01.
    counts, most, least = summary(corrected([CLAIM, strong, against, open_still]))
    assert counts == (
        "Of 4 claims judged at preset laptop, 2 are reproduced, 1 contradicted and 1 undecided; "
        "where all have to hold together, 2, 1 and 1."
    )
    assert most == (
        "Most clearly reproduced: It rises. (τ = 0) (Fig. 5; +2 [+1, +3] points, p = 0.0001)"
    )
    assert least.startswith("Most clearly contradicted: It falls. (τ = 0) (Fig. 2; -2 [-3, -1]")


def test_correction_counts():
    weak = dataclasses.replace(CLAIM, p_value=0.04)
    counts, _, against = summary(corrected([weak, weak]))
    assert "2 are reproduced, 0 contradicted and 0 undecided" in counts
    assert counts.endswith("where all have to hold together, 0, 0 and 2.")
    assert against == "No claim is contradicted."


def test_smoke_is_not_judged():
    smoke = dataclasses.replace(CLAIM, verdict="not judged", preset="smoke", p_value=math.nan)
    assert summary(corrected([smoke])) == [
        "1 claim, none judged: these runs only prove that all works."
    ]
