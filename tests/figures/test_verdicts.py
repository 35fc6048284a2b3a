"""Verdicts: each of the three on data made for it, and what forbids one."""

import dataclasses
from pathlib import Path
from typing import Any

from made_up_store import CLAIMS, Fill, write_index, write_run
import numpy as np
import pandas as pd
import pytest

from figures.claims import table as claims
from figures.claims.table import interval_of
from figures.claims.verdict import (
    CONTRADICTED,
    INCONCLUSIVE,
    NOT_JUDGED,
    REPRODUCED,
    Verdict,
    corrected,
    evaluate,
)
from figures.errors import FigureError
from figures.reading.data import Results

FEWER, MORE_RETURN, RELAPSE = CLAIMS["redo"]
RISES, (OVERLAP_RISES, ABOVE_CHANCE) = CLAIMS["prevalence"][0], CLAIMS["overlap"]
STEPS = np.arange(1, 41) * 1000
HIDDEN = 100


def sets_of_size(rng: np.random.Generator, sizes: np.ndarray) -> np.ndarray:
    """(logs, neurons) dormant masks, drawn anew at every log."""
    return np.stack([rng.permutation(HIDDEN) < size for size in sizes])


def falling(rng: np.random.Generator) -> np.ndarray:
    return sets_of_size(rng, rng.binomial(HIDDEN, np.linspace(0.6, 0.1, len(STEPS))))


def noisy(rng: np.random.Generator) -> np.ndarray:
    return sets_of_size(rng, rng.binomial(HIDDEN, np.full(len(STEPS), 0.3)))


def rising(rng: np.random.Generator) -> np.ndarray:
    return sets_of_size(rng, rng.binomial(HIDDEN, np.linspace(0.1, 0.6, len(STEPS))))


def persistent(rng: np.random.Generator) -> np.ndarray:
    return np.tile(sets_of_size(rng, np.array([30])), (len(STEPS), 1))


def alternating(rng: np.random.Generator) -> np.ndarray:
    half = rng.permutation(HIDDEN) < 50
    return np.stack([half if log % 2 else ~half for log in range(len(STEPS))])


def judged(root: Path, claim: dict[str, Any], dormant, seeds: int = 3, **about) -> Verdict:
    """The verdict on runs whose dormant masks `dormant(rng)` makes."""
    runs = []
    for number in range(2 * seeds):
        run_id, game = f"{number:012x}", ("DemonAttack", "Asterix")[number % 2]
        alive = ~dormant(np.random.default_rng(number))
        write_run(root / "laptop", run_id, {"Dense_0": alive.astype(float)}, STEPS, **about)
        runs.append((run_id, game, number // 2))
    write_index(root / "laptop", "overlap", runs)
    return evaluate(claim, Results(root, "laptop").experiment("overlap"))


@pytest.mark.parametrize(
    ("claim", "dormant", "expected"),
    [
        (RISES, rising, REPRODUCED),
        (RISES, falling, CONTRADICTED),
        (RISES, noisy, INCONCLUSIVE),
        (OVERLAP_RISES, rising, REPRODUCED),
        (OVERLAP_RISES, falling, CONTRADICTED),
        (OVERLAP_RISES, noisy, INCONCLUSIVE),
        (ABOVE_CHANCE, persistent, REPRODUCED),
        (ABOVE_CHANCE, alternating, CONTRADICTED),
        (ABOVE_CHANCE, noisy, INCONCLUSIVE),
    ],
)
def test_verdicts(tmp_path: Path, claim: dict[str, Any], dormant, expected: str):
    verdict = judged(tmp_path, claim, dormant)
    assert verdict.verdict == expected
    assert (verdict.low > 0) == (expected == REPRODUCED)
    assert (verdict.high < 0) == (expected == CONTRADICTED)
    assert (verdict.seeds, verdict.runs, verdict.preset) == (3, 6, "laptop")


def compared(root: Path, claim: dict[str, Any], better, seeds: int = 3, **about) -> Verdict:
    """The verdict on pairs of runs; ReDo is better by `better(rng)` neurons, points and %."""
    runs, conditions = [], []
    for number in range(2 * seeds):
        seed, condition = number // 2, ("DQN", "DQN+ReDo")[number % 2]
        rng = np.random.default_rng(seed)
        base, gain = rng.integers(40, 60), better(rng) * (number % 2)
        dormant = np.arange(HIDDEN) < base - gain
        write_run(
            root / "laptop",
            f"{number:012x}",
            {"Dense_0": np.tile(~dormant, (len(STEPS), 1)).astype(float)},
            STEPS,
            metrics={
                "eval_return_mean": np.full(len(STEPS), base + gain),
                "redormant_fraction": np.full(len(STEPS), (50 + gain) / 100),
            },
            **about,
        )
        runs.append((f"{number:012x}", "DemonAttack", seed))
        conditions.append(condition)
    write_index(root / "laptop", "redo", runs, conditions)
    return evaluate(claim, Results(root, "laptop").experiment("redo"))


@pytest.mark.parametrize("claim", [FEWER, MORE_RETURN, RELAPSE], ids=lambda claim: claim["name"])
@pytest.mark.parametrize(
    ("better", "expected"),
    [
        (lambda rng: rng.integers(8, 12), REPRODUCED),
        (lambda rng: -rng.integers(8, 12), CONTRADICTED),
        (lambda rng: rng.choice([-10, 10]), INCONCLUSIVE),
    ],
    ids=["better", "worse", "either"],
)
def test_verdicts_on_redo(tmp_path: Path, claim: dict[str, Any], better, expected: str):
    verdict = compared(tmp_path, claim, better, seeds=4)
    assert verdict.verdict == expected
    assert (verdict.seeds, verdict.runs) == (4, 4 if claim is RELAPSE else 8)


def test_differences_by_hand(tmp_path: Path):
    # The seeds differ by up to 20 among themselves, every pair by exactly 7.
    expected = {
        FEWER["name"]: "+7 [+7, +7] percentage points",
        MORE_RETURN["name"]: "+7 [+7, +7] points of the game",
        RELAPSE["name"]: "+7 [+7, +7] percentage points above 50",
    }
    for claim in (FEWER, MORE_RETURN, RELAPSE):
        verdict = compared(tmp_path / claim["name"], claim, lambda rng: 7)
        assert interval_of(verdict) == expected[claim["name"]]


def test_a_comparison_needs_both_conditions(tmp_path: Path):
    verdict = compared(tmp_path, MORE_RETURN, lambda rng: 7, seeds=1)
    assert verdict.reason == "DemonAttack has one seed and an interval needs two"
    verdict = compared(tmp_path, MORE_RETURN, lambda rng: 7, complete=False)
    assert verdict.reason == "6 of 6 runs are unfinished"
    claim = MORE_RETURN | {"arguments": MORE_RETURN["arguments"] | {"lower": "Reset"}}
    verdict = compared(tmp_path, claim, lambda rng: 7)
    assert verdict.reason == "no run of Reset has logged anything"


def test_seeds_are_those_that_the_estimate_is_made_of(tmp_path: Path):
    """Of two runs under either condition one pair is left, and one pair has no interval."""
    compared(tmp_path, MORE_RETURN, lambda rng: 7, seeds=2)
    runs = [(f"{number:012x}", "DemonAttack", seed) for number, seed in enumerate((0, 1, 1, 2))]
    write_index(tmp_path / "laptop", "redo", runs, ["DQN", "DQN+ReDo"] * 2)
    verdict = evaluate(MORE_RETURN, Results(tmp_path, "laptop").experiment("redo"))
    assert (verdict.verdict, verdict.seeds, verdict.runs) == (INCONCLUSIVE, 1, 4)
    assert verdict.reason == (
        "DemonAttack has one seed that can be judged and an interval needs two"
    )
    assert np.isnan(verdict.low) and np.isnan(verdict.p_value)
    assert claims.to_decide(verdict) == ""


def test_the_game_with_the_fewest_seeds_is_told(tmp_path: Path):
    judged(tmp_path, ABOVE_CHANCE, persistent)
    games = ["DemonAttack"] * 4 + ["Asterix"] * 2
    runs = [(f"{number:012x}", game, number % 4) for number, game in enumerate(games)]
    write_index(tmp_path / "laptop", "overlap", runs)
    verdict = evaluate(ABOVE_CHANCE, Results(tmp_path, "laptop").experiment("overlap"))
    assert (verdict.verdict, verdict.seeds, verdict.runs) == (REPRODUCED, 2, 6)


def test_a_seed_that_recorded_nothing_does_not_count(tmp_path: Path):
    compared(tmp_path, RELAPSE, lambda rng: 7, seeds=3)
    assert evaluate(FEWER, Results(tmp_path, "laptop").experiment("redo")).seeds == 3
    alive = {"Dense_0": np.ones((len(STEPS), HIDDEN))}
    write_run(tmp_path / "laptop", f"{3:012x}", alive, STEPS)
    verdict = evaluate(MORE_RETURN, Results(tmp_path, "laptop").experiment("redo"))
    assert (verdict.verdict, verdict.seeds, verdict.runs) == (REPRODUCED, 2, 6)


def test_without_an_interval_it_cannot_contain_0(tmp_path: Path):
    """Where all games are level, there is no sign to count."""
    claim = FEWER | {"estimator": "in_most_games"}
    claim["arguments"] = FEWER["arguments"] | {"of": "difference_of_conditions"}
    verdict = compared(tmp_path, claim, lambda rng: 0)
    assert (verdict.verdict, verdict.reason) == (INCONCLUSIVE, "there is no interval")
    assert np.isnan(verdict.p_value)


def test_overlap_above_chance_by_hand(tmp_path: Path):
    # Always the same 30 of 100 neurons: overlap 100 %, chance 30 %. In turns one half and the
    # other: overlap 0 %, chance 50 %.
    verdict = judged(tmp_path / "a", ABOVE_CHANCE, persistent)
    assert (verdict.value, verdict.low, verdict.high) == pytest.approx((70, 70, 70))
    assert interval_of(verdict) == "+70 [+70, +70] percentage points"
    assert judged(tmp_path / "b", ABOVE_CHANCE, alternating).value == pytest.approx(-50)


def test_slope_by_hand(tmp_path: Path):
    # One neuron of 100 more at every log, that is every 1,000 steps.
    verdict = judged(tmp_path, RISES, lambda rng: sets_of_size(rng, np.arange(len(STEPS))))
    assert verdict.value == pytest.approx(1000)
    assert verdict.unit == "percentage points per million gradient steps"


def test_one_seed_is_too_few(tmp_path: Path):
    verdict = judged(tmp_path, ABOVE_CHANCE, persistent, seeds=1)
    assert verdict.verdict == INCONCLUSIVE
    assert verdict.reason == "DemonAttack has one seed and an interval needs two"
    assert verdict.value == pytest.approx(70)


def test_a_claim_about_conditions_that_a_preset_leaves_out_says_so(tmp_path: Path):
    claim = RISES | {"arguments": RISES["arguments"] | {"condition": "DQN, (ResNet), RR=2"}}
    verdict = judged(tmp_path, claim, rising)
    assert (verdict.verdict, verdict.runs) == (INCONCLUSIVE, 0)
    assert verdict.reason == "none of its runs was trained here"


def test_unfinished_runs_are_not_judged(tmp_path: Path):
    verdict = judged(tmp_path, ABOVE_CHANCE, persistent, complete=False)
    assert verdict.verdict == INCONCLUSIVE
    assert verdict.reason == "6 of 6 runs are unfinished"
    assert verdict.low > 0


def test_no_dormant_neurons_is_undecidable(tmp_path: Path):
    verdict = judged(tmp_path, ABOVE_CHANCE, lambda rng: np.zeros((len(STEPS), HIDDEN), bool))
    assert verdict.verdict == INCONCLUSIVE
    assert verdict.reason == "DemonAttack, seed 0 has no overlap to average"
    assert interval_of(verdict) == "none"


def test_condition_picks_the_runs(tmp_path: Path):
    claim = ABOVE_CHANCE | {"arguments": {"condition": "DQN"}}
    assert judged(tmp_path / "a", claim, persistent).verdict == REPRODUCED
    claim = ABOVE_CHANCE | {"arguments": {"condition": "DQN+ReDo"}}
    verdict = judged(tmp_path / "b", claim, persistent)
    assert (verdict.verdict, verdict.runs) == (INCONCLUSIVE, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimator": "guess"}, "names the estimator 'guess'; this version knows slope_after"),
        ({"arguments": {"measure": "taste"}}, "no measure 'taste'; there are"),
        ({"estimator": "overlap_above_chance", "arguments": {"taus": 0}}, "wrong arguments"),
        ({"arguments": {"measure": "overlap", "taus": 0}}, "wrong arguments"),
    ],
)
def test_claims_of_another_version(tmp_path: Path, change: dict[str, Any], message: str):
    with pytest.raises(FigureError, match=message):
        judged(tmp_path, RISES | change, persistent)


def test_tables_on_disk(fill: Fill, tmp_path: Path):
    experiment = Results(fill(), "laptop").experiment("overlap")
    verdicts = corrected([evaluate(claim, experiment) for claim in experiment.claims])
    parquet, markdown = claims.write(verdicts, tmp_path / "out")
    table = pd.read_parquet(parquet)
    assert table.name.tolist() == ["overlap_rises", "overlap_above_chance"]
    assert table.verdict.tolist() == [v.verdict for v in verdicts]
    lines = markdown.read_text().splitlines()
    table_lines, note = lines[:4], lines[4:]
    assert {line.count("|") for line in table_lines} == {9}
    short = interval_of(verdicts[1]).replace("percentage points", "pp")
    expected = f"(τ = 0) | **reproduced** | reproduced | {short} | 68 %, chance not given | 3 |  |"
    assert expected in lines[3]
    assert note[0] == ""
    assert note[1].startswith("Preset laptop; seeds a game; pp: percentage points; IQM: ")
    assert "of the 2 claims judged here errs" in "".join(note)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "claims.md",
        "claims.parquet",
    ]


def test_where_nothing_is_judged_nothing_is_said_of_all_together(fill: Fill, tmp_path: Path):
    experiment = Results(fill(seeds=1), "laptop").experiment("overlap")
    _, markdown = claims.write(
        [evaluate(claim, experiment) for claim in experiment.claims], tmp_path
    )
    text = markdown.read_text()
    assert "No claim has an interval here." in text
    assert "errs is held" not in text


def test_markdown_says_why_nothing_could_be_judged(tmp_path: Path):
    verdict = judged(tmp_path, ABOVE_CHANCE, persistent, complete=False)
    verdict = dataclasses.replace(verdict, published="Figure 5: much")
    assert "| **inconclusive**: 6 of 6 runs are unfinished |" in claims.as_markdown([verdict])
    assert "| much |" in claims.as_markdown([verdict])


def test_text_for_a_terminal(tmp_path: Path):
    text = claims.as_text([judged(tmp_path, ABOVE_CHANCE, persistent)])
    assert text.splitlines()[0].startswith("REPRODUCED  Fig. 5: ")
    assert "(laptop preset, 3 seeds a game)" in text


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_diverged_run_leaves_its_claim_undecided_and_is_named(tmp_path: Path, wrong: float):
    """NaN is not at most tau, so that a run of NaN would count as free of dormancy."""
    verdict = compared(tmp_path, FEWER, lambda rng: 7)
    assert verdict.verdict == REPRODUCED
    alive = np.ones((len(STEPS), HIDDEN))
    alive[20:, 3] = wrong
    write_run(tmp_path / "laptop", f"{1:012x}", {"Dense_0": alive}, STEPS)
    verdict = evaluate(FEWER, Results(tmp_path, "laptop").experiment("redo"))
    assert (verdict.verdict, np.isnan(verdict.value), np.isnan(verdict.p_value)) == (
        *(INCONCLUSIVE, True, True),
    )
    assert verdict.reason == (
        "DQN+ReDo on DemonAttack, seed 0 (run 000000000001) diverged after 21,000 gradient steps"
    )


def test_a_claim_that_does_not_need_the_diverged_run_is_judged(tmp_path: Path):
    compared(tmp_path, RELAPSE, lambda rng: 7)
    write_run(tmp_path / "laptop", "0" * 12, {"Dense_0": np.full((len(STEPS), 4), np.nan)}, STEPS)
    verdict = evaluate(RELAPSE, Results(tmp_path, "laptop").experiment("redo"))
    assert verdict.verdict == REPRODUCED


def test_runs_of_seconds_are_not_judged(tmp_path: Path):
    compared(tmp_path, FEWER, lambda rng: 7)
    (tmp_path / "laptop").rename(tmp_path / "smoke")
    runs = [(f"{number:012x}", "DemonAttack", number // 2) for number in range(6)]
    write_index(tmp_path / "smoke", "redo", runs, ["DQN", "DQN+ReDo"] * 3)
    verdict = evaluate(FEWER, Results(tmp_path, "smoke").experiment("redo"))
    assert (verdict.verdict, verdict.value) == (NOT_JUDGED, pytest.approx(7))
    assert corrected([verdict])[0].corrected == NOT_JUDGED


def test_the_number_of_claims_is_corrected_for(tmp_path: Path):
    verdict = compared(tmp_path, FEWER, lambda rng: rng.integers(5, 9), seeds=4)
    assert verdict.verdict == REPRODUCED
    weak = dataclasses.replace(verdict, p_value=0.02)
    assert [v.corrected for v in corrected([weak])] == [REPRODUCED]
    # The second of three has to pass 0.05 / 2, the first 0.05 / 3.
    strong = dataclasses.replace(verdict, p_value=0.001)
    unclear = dataclasses.replace(verdict, verdict=INCONCLUSIVE, p_value=0.4)
    together = corrected([weak, unclear, strong])
    assert [v.corrected for v in together] == [REPRODUCED, INCONCLUSIVE, REPRODUCED]
    together = corrected([weak, unclear, strong, dataclasses.replace(weak, p_value=0.03)])
    assert [v.corrected for v in together] == [INCONCLUSIVE, INCONCLUSIVE, REPRODUCED, INCONCLUSIVE]


def test_questions_beyond_the_paper_are_counted_and_listed_apart(tmp_path: Path):
    verdict = compared(tmp_path, FEWER, lambda rng: rng.integers(5, 9), seeds=4)
    weak = dataclasses.replace(verdict, figure="fig9", p_value=0.02)
    ours = [
        dataclasses.replace(verdict, figure="question_width", p_value=p, statement=f"Mine {p}.")
        for p in (0.03, 0.04)
    ]
    together = corrected([ours[0], weak, ours[1]])
    # 0.03 has to pass 0.05 / 2 among two; 0.02 is the only one of the paper.
    assert [v.corrected for v in together] == [INCONCLUSIVE, REPRODUCED, INCONCLUSIVE]
    paper, beyond = claims.as_markdown(together).split("### Beyond the paper")
    assert weak.statement in paper and "Mine" not in paper
    assert "Mine 0.03." in beyond and "Mine 0.04." in beyond
    assert "any of the 1 claims" in beyond and "the 2 beyond the paper" in beyond
    assert "Beyond" not in claims.as_markdown([weak])
    text = claims.as_text(together)
    assert "with all other claims of the paper (Holm): reproduced" in text
    assert text.count("with all others beyond the paper (Holm): inconclusive") == 2
    only_ours = claims.as_markdown(corrected(ours))
    assert "any of the 2 claims judged here errs" in only_ours and "apart" not in only_ours


def test_an_open_claim_says_how_many_seeds_would_decide(tmp_path: Path):
    verdict = compared(tmp_path, FEWER, lambda rng: rng.choice([-10, 12]), seeds=4)
    assert verdict.reason == "the 95 % interval contains 0"
    assert verdict.seeds_to_decide > 4
    assert f"{verdict.seeds_to_decide:,.0f} seeds |" in claims.as_markdown([verdict])
    decided = compared(tmp_path / "other", FEWER, lambda rng: 7)
    assert np.isnan(decided.seeds_to_decide)
