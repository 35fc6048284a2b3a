"""The table of claims, as Markdown for the README, as parquet and for a terminal."""

from collections import Counter
from collections.abc import Sequence
import dataclasses
import math
from pathlib import Path

import pandas as pd

from experiments.wording import count_of
from figures.claims.over_games import in_most_games
from figures.claims.verdict import ABOVE, AROUND, BELOW, Verdict
from figures.claims.wording import spelt
from figures.names import figure_name, is_question
from figures.statistics.interquartile import COVERAGE
from figures.writing import replace_file

_HEADINGS = (
    *("Figure", "Claim", "Verdict", "With all others", "Ours [95 % interval]"),
    *("Published", "Seeds", "To decide"),
)


def write(verdicts: Sequence[Verdict], folder: Path) -> list[Path]:
    """Writes `claims.parquet` and `claims.md` into `folder` and returns both paths.

    Raises:
      FigureError: the folder cannot be written.
    """
    table = pd.DataFrame([dataclasses.asdict(verdict) for verdict in verdicts])
    parquet, markdown = (folder / f"claims.{end}" for end in ("parquet", "md"))
    replace_file(parquet, lambda path: table.to_parquet(path, index=False, compression="zstd"))
    replace_file(markdown, lambda path: path.write_text(as_markdown(verdicts), "utf-8"))
    return [parquet, markdown]


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """The table of claims, the paper's before our own: short cells, no plain reasons."""
    lines = _rows([verdict for verdict in verdicts if not is_question(verdict.figure)])
    if questions := [verdict for verdict in verdicts if is_question(verdict.figure)]:
        lines += ["### Beyond the paper", "", *_rows(questions)]
    return "\n".join([*lines, *_notes(verdicts)]) + "\n"


def _rows(verdicts: Sequence[Verdict]) -> list[str]:
    if not verdicts:
        return []
    rows = [f"| {' | '.join(_HEADINGS)} |", "|" + "---|" * len(_HEADINGS)]
    for v in verdicts:
        plain = v.reason in (ABOVE, BELOW, AROUND)
        told = "; ".join(filter(None, ["" if plain else v.reason, v.note]))
        published = v.published.removeprefix(f"Figure {v.figure.removeprefix('fig')}: ")
        cells = (
            figure_name(v.figure),
            in_words(v),
            f"**{v.verdict}**" + (f": {told}" if told else ""),
            v.corrected,
            interval_of(v).replace("percentage points", "pp"),
            published,
            f"{v.seeds}",
            to_decide(v),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return [*rows, ""]


def as_text(verdicts: Sequence[Verdict]) -> str:
    """The table of claims for a terminal: three lines a claim."""
    lines = []
    for v in verdicts:
        others = "others beyond the paper" if v.is_ours else "other claims of the paper"
        remains = f"; with all {others} (Holm): {v.corrected}" if v.corrected else ""
        seeds = count_of(v.seeds, "seed")
        lines += [
            f"{v.verdict.upper()}  {figure_name(v.figure)}: {in_words(v)}",
            f"    {interval_of(v)}; {v.reason} ({v.preset} preset, {seeds} a game){remains}",
        ]
        if v.note:
            lines.append(f"    {v.note}")
        if needed := to_decide(v):
            each = " a game" if needed.endswith("seeds") else ""
            lines.append(f"    to decide an effect like this one: {needed}{each}")
        if v.published:
            lines.append(f"    published: {v.published}")
    return "\n".join(lines)


def interval_of(verdict: Verdict) -> str:
    """Estimate and interval as text, "none" where there is no estimate."""
    if math.isnan(verdict.value):
        return "none"
    return f"{spelt(verdict.value, verdict.low, verdict.high)} {verdict.unit}"


def in_words(verdict: Verdict) -> str:
    """The claim, with the threshold of dormancy that it is about."""
    threshold = "" if math.isnan(verdict.tau) else f" (τ = {verdict.tau:g})"
    return verdict.statement + threshold


def to_decide(verdict: Verdict) -> str:
    """What would decide a claim that is open, as far as it can be computed; "" for others."""
    if verdict.reason == AROUND and verdict.estimator == in_most_games.__name__:
        return "more games"
    if math.isnan(verdict.seeds_to_decide):
        return "more than 10,000 seeds" if verdict.reason == AROUND else ""
    return f"{verdict.seeds_to_decide:,.0f} seeds"


def with_all_others(verdicts: Sequence[Verdict]) -> str:
    """How the verdicts of a table are corrected for their number, in one sentence."""
    judged = Counter(v.is_ours for v in verdicts if not math.isnan(v.p_value))
    of_paper, of_ours = judged[False], judged[True]
    if not of_paper + of_ours:
        return "No claim has an interval here."
    apart = f"; the {of_ours} beyond the paper are counted apart" if of_paper and of_ours else ""
    return (
        "With all others: what remains of it if the probability that any of the "
        f"{of_paper or of_ours} claims judged here errs is held to 5 % (Holm's correction{apart})."
    )


def _notes(verdicts: Sequence[Verdict]) -> list[str]:
    presets = ", ".join(sorted({v.preset for v in verdicts}))
    covered = "; ".join(
        f"{100 * share:.0f} % with {count_of(games, 'game')} and {seeds} seeds"
        for (games, seeds), share in COVERAGE.items()
    )
    return [
        f"Preset {presets}; seeds a game; pp: percentage points; IQM: interquartile mean of "
        "human-normalised scores (0 is random play, 1 a human) at the last evaluation.",
        "",
        "Verdict: whether the 95 % interval of this claim alone lies above or below 0, so that one "
        f"in twenty errs by chance. {with_all_others(verdicts)}",
        "",
        "It is about the mean, or IQM, over games. Games that do not go along with it are named "
        "beside it: of a decided one those with the other sign, of an open one those that are "
        "decided alone.",
        "",
        "To decide: seeds at which an effect as large and as spread as ours would be decided with "
        "a probability of 80 %, in the direction it has here.",
        "",
        *_trained_by(verdicts),
        "Intervals are Student's. Conditions are compared seed by seed, as pairs; runs of other "
        "games, DQN's with SAC's, are no pairs. The standard error of an IQM is that of a "
        f"stratified bootstrap; in simulations its interval held the true difference in {covered}.",
    ]


def _trained_by(verdicts: Sequence[Verdict]) -> list[str]:
    """By which versions of training, where it is not the same for all claims."""
    figures: dict[str, dict[str, None]] = {}
    for verdict in verdicts:
        if verdict.versions:
            figures.setdefault(verdict.versions, {})[figure_name(verdict.figure)] = None
    told = (f"version {versions}: {', '.join(names)}" for versions, names in figures.items())
    return [f"Trained by {'; by '.join(told)}.", ""] if figures else []
