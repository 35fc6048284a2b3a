"""The program behind the remarks on the verdicts runs, and what is quoted of it is what it says."""

from pathlib import Path
import re

import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.storing.schema import EXPERIMENT_KEY
from experiments.storing.store import read_metadata
from figures.claims.summary import in_ranges

ROOT = Path(__file__).parents[1]
QUOTING = " ".join((ROOT / "docs" / "results.md").read_text("utf-8").split())
BOTH = {"DemonAttack", "Asterix"}
# Where docs/results.md quotes numbers of it, and the line of the program's output with them.
QUOTED = {
    r"\(\+(\S+) \[(\S+), (\S+)\] points per doubling": "replay_ratio_raises_dormancy {'tau': 0.1",
    r"last quarter \(there \+(\S+) \[(\S+), (\S+)\]": (
        "replay_ratio_raises_dormancy {'last_part': 0.25, 'margin'"
    ),
    r"no trend is decided \((\S+) \[(\S+), (\S+)\]": "width_does_not_lower_dormancy {'tau': 0.0",
    r"\| Asterix, DQN\+ReDo \|(?: [\d.]+ \|)+ (\S+) \[(\S+), (\S+)\]": (
        "redo_raises_return {'games': ['Asterix']"
    ),
    r"\| Breakout, DQN\+ReDo \|(?: [\d.]+ \|)+ (\S+) \[(\S+), (\S+)\]": (
        "redo_raises_return {'games': ['Breakout']"
    ),
    r"\(there it is (\S+) \[(\S+), (\S+)\] points fewer": (
        "redo_removes_dormancy {'lower': 'DQN+ReDo, 10 x period'"
    ),
    r"quarter it is (\S+) \[(\S+), (\S+)\] points beyond chance": "overlap_above_chance {'tau'",
    r"faster \(by (\S+) \[(\S+), (\S+)\] points": "the_rise_is_dominance {'top': 0.1}",
    r"it is open \((\S+) \[(\S+), (\S+)\]\)": "the_rise_is_dominance {'top': 0.05}",
    r"in proportion \((\S+) \[(\S+), (\S+)\] doublings": "active_neurons_grow_with_the_width {'m",
    r"\(difference (\S+) \[(\S+), (\S+)\] points\)": "redo_removes_dormancy_at_any_width",
}
# Rows of the table of what hangs on the last log, and the claim that each is about.
AT_THE_END = {
    r"Fig\. 7: more": "replay_ratio_raises_dormancy",
    r"Fig\. 11: fewer with a quarter": "learning_rate_lowers_dormancy",
    r"Fig\. 11: fewer with ReDo": "learning_rate_does_not_solve_dormancy",
    r"Fig\. 14: ReDo": "redo_keeps_sacs_return",
    r"Fig\. 16: more": "replay_ratio_raises_dormancy_in_five_games",
    r"Fig\. 19: pruning": "pruning_keeps_sacs_return",
    r"Table 6: ReDo": "redo_gains_in_narrow_networks_0.5",
}
# Late means of a metric: of which experiment, which, and of which condition.
LATE = {
    rf"\| {row} \|(?: \S+ \|){{{skipped}}} (\S+) \|": (experiment, metric, row)
    for skipped, metric in ((2, "td_loss"), (3, "gradient_norm"))
    for experiment, row in (
        ("sharpness", "smooth regression"),
        ("sharpness", "bootstrapped values"),
        ("sharpness", "random network"),
        ("sharpness", "Monte-Carlo returns"),
        ("fixed_targets", "noise as targets"),
    )
    if (experiment, metric) != ("fixed_targets", "td_loss")
} | {
    rf"\| {row} \| \S+ % \| (\S+) \|": ("capacity", "distillation_loss", rf"fit: {fitted}(?= +\d)")
    for row, fitted in (
        ("fresh", "fresh"),
        ("after a quarter of the training", "after a quarter"),
        ("after half", "after half"),
        ("after all of it", "after training"),
        ("after all of it, with ReDo", "after training with ReDo"),
    )
}
SHARES = {
    r"critics' neurons (\S+) % are silent on HalfCheetah in the last quarter, and (\S+) % on": (
        r"(?m)(?:HalfCheetah|Hopper) +SAC +(\S+)$"
    ),
    r"at every width \((\S+) to (\S+) % at tau 0": r"DQN\+ReDo, width \d +(\S+)",
    r"% at tau 0, against (\S+) to (\S+) %\)": r"DQN, width \d +(\S+)",
    r"in the last quarter (\S+) to (\S+) % of the neurons are gone": r"DQN\+pruning +(\S+)",
    r"are gone where DQN has (\S+) to (\S+) %": r"DQN {12}(\S+)",
}
# Where docs/results.md quotes the text beside a picture, and where that has the numbers.
END = r" is (\S+) % \[[^]]+\] over the last tenth"
SAID = {
    r"ends at (\S+) % on DemonAttack and (\S+) % on Asterix": (
        "fig2",
        rf"DemonAttack: .*{END}",
        rf"Asterix: .*{END}",
    ),
    r"do not\. \| (\S+) against (\S+) % in the last quarter; .* addition, (\S+) against (\S+) %": (
        "fig3",
        r"shuffled labels (\S+) %",
        r"fixed labels (\S+) %",
        r"shuffled targets \(regression\) (\S+) %",
        r"fixed targets \(regression\) (\S+) %",
    ),
    r"(\S+) against (\S+) % on DemonAttack, (\S+) against (\S+) % on Asterix": (
        "fig4",
        r"DemonAttack.* bootstrapped targets (\S+) % .* random targets (\S+) %",
        r"Asterix.* bootstrapped targets (\S+) % .* random targets (\S+) %",
    ),
    r"(\S+) against (\S+) % at τ = 0\.1": (
        "fig8",
        r"dormant share.* pretrained (\S+) %",
        r"dormant share.* random (\S+) %",
    ),
    r"\| (\S+) against (\S+) % at τ = 0\.025": (
        "fig9",
        r"dormant share.*DQN\+ReDo (\S+) %",
        r"dormant share.*DQN (\S+) %",
    ),
    r"ends at (\S+) % on Hopper and (\S+) % on HalfCheetah": (
        "fig18",
        rf"Hopper: 5 seeds, dormant share of the critics.*{END}",
        rf"HalfCheetah: 5 seeds, dormant share of the critics.*{END}",
    ),
    r"(\S+) % of the neurons end dormant, of those with a ReLU (\S+) %": (
        "fig21",
        r"leaky ReLU (\S+) %",
        r"DQN (\S+) %",
    ),
    r"Figure 2 \((\S+)\) and the labels of Figure 3 \((\S+)\) do": (
        "resemblance",
        r"Fig\. 2 \| (\S+)",
        r"Fig\. 3 \| (\S+)",
    ),
    r"overlap of Figure 5 \((\S+)\) and the curves of Figure 4, which all fall \((\S+)\)": (
        "resemblance",
        r"Fig\. 5 \| (\S+)",
        r"Fig\. 4 \| (\S+)",
    ),
    r"scores are between (-0\.000) and (0\.004)": ("fig1", r"DQN\+ReDo (\S+)", r"DQN (\S+)"),
    r"random: (\S+) at replay ratio 1 and (\S+) at 8, with ReDo (\S+) and (\S+)\. The": (
        "fig10",
        r"DrQ\(eps\), RR=1 (\S+) ",
        r"DrQ\(eps\), RR=8 (\S+) ",
        r"DrQ\(eps\)\+ReDo, RR=1 (\S+) ",
        r"DrQ\(eps\)\+ReDo, RR=8 (\S+) ",
    ),
    r"ends at (\S+) % on DemonAttack, (\S+) % on Asterix": (
        "fig5",
        rf"DemonAttack: .*{END}",
        rf"Asterix: .*{END}",
    ),
    r"a loss of (\S+) against (\S+)\)": (
        "fig8",
        r"loss in.* pretrained (\S+) ",
        r"loss in.* random (\S+) ",
    ),
    r"teacher itself returns (\S+), where random play has (\S+)\. The": (
        "fig8",
        r"teacher (\S+) \[.*Random play: (\d+)",
    ),
    r"end with (\S+) and (\S+) % silent neurons\. Ratio 2 .* is back at (\S+) %": (
        "fig7",
        r"share at the end: RR=0\.25 (\S+) %.*RR=0\.5 (\S+) %.*RR=2 (\S+) %",
    ),
    r"\((\S+) against (\S+) % at equal agent steps\).*Asterix \((\S+) against (\S+) %\)": (
        "fig16",
        r"DemonAttack.*RR=2 (\S+) %",
        r"DemonAttack.*RR=0\.5 (\S+) %",
        r"Asterix.*RR=2 (\S+) %",
        r"Asterix.*RR=0\.5 (\S+) %",
    ),
    r"\((\S+), (\S+) and (\S+) % at the end\), the other way": (
        "fig12",
        r"share at the end: DQN, width 1 (\S+) %.* DQN, width 2 (\S+) %.* DQN, width 4 (\S+) %",
    ),
    r"neurons \((\S+) against (\S+) %\) and fits better, too, .* of (\S+) against (\S+)\): both": (
        "question_distillation",
        r"share in.*another game (\S+) %",
        r"share in.*: random (\S+) %",
        r"loss in.*another game (\S+) ",
        r"loss in.*: random (\S+) ",
    ),
    r"fewer, too \((\S+) against (\S+) %\), .*less \(a loss of (\S+)\)\. If": (
        "question_distillation",
        r"share in.*learning rate / 4 (\S+) %",
        r"share in.*: random (\S+) %",
        r"loss in.*learning rate / 4 (\S+) ",
    ),
    r"slower it is (\S+) %, .* preset's (\S+) %, .* faster (\S+) %\. .*shows \((\S+) %\)": (
        "question_exploration",
        r"share in.*: four times slower (\S+) %.*as preset (\S+) %.*faster (\S+) %.*10 % (\S+) %",
    ),
    r"on DemonAttack \((\S+) and (\S+) %\) and more on Asterix \((\S+) and (\S+) %\)": (
        "fig11",
        r"DemonAttack, .*DQN\+ReDo (\S+) %",
        r"DemonAttack, .*DQN (\S+) %",
        r"Asterix, dor.*DQN\+ReDo (\S+) %",
        r"Asterix, dor.*DQN (\S+) %",
    ),
    r"either \((\S+) % on DemonAttack and (\S+) % on Asterix\)": (
        "fig11",
        r"DemonAttack, .*lr/4 (\S+) %",
        r"Asterix, dor.*lr/4 (\S+) %",
    ),
    r"\| 100 \| (\S+) % .* \| 300 \| (\S+) % .* as published \| (\S+) %": (
        "question_recycling_period",
        r"again.*: DQN\+ReDo (\S+) %.*3 x period (\S+) %.*10 x period (\S+) %",
    ),
    r"as with zeros \((\S+) and (\S+) %\)": (
        "fig22",
        r"share.*random outgoing (\S+) %",
        r"share.*DQN\+ReDo (\S+) %",
    ),
    r"returns of (\S+) and (\S+)\)\. Incoming": (
        "fig22",
        r"return.*random outgoing (\S+) ",
        r"return: DQN\+ReDo (\S+) ",
    ),
    r"fresh ones \((\S+) against (\S+) %": (
        "fig23",
        r"share.*rescaled incoming (\S+) %",
        r"share.*DQN\+ReDo (\S+) %",
    ),
    r"are (\S+) with the lowest scores, (\S+) with random ones": (
        "fig15",
        r"lowest scores (\S+) \[",
        r"random neurons (\S+) \[",
    ),
    r"(\S+) with the lowest utility": ("fig25", r"lowest utility (\S+) \["),
    r"and (\S+) with the highest scores": ("fig15", r"highest scores (\S+) \["),
    r"all along \((\S+) and (\S+) at the end\)": (
        "table7",
        r"srank.*DQN\+ReDo (\S+) ",
        r"srank.*DQN (\S+) ",
    ),
    r"lower in the end \((\S+) and (\S+)\)": (
        "table7",
        r"entropy.*DQN\+ReDo (\S+) ",
        r"entropy.*DQN (\S+) ",
    ),
    r"rise: to (\S+) on HalfCheetah": ("fig14", r"SAC (\S+) \["),
    r"and (\S+) on Hopper\. Three": ("fig20", r"SAC (\S+) \["),
    r"\((\S+), reproduced\)\. ReDo \((\S+)\)": (
        "fig14",
        r"SAC\+Reset (\S+) ",
        r"SAC\+ReDo (\S+) ",
    ),
    r"and pruning \((\S+)\)": ("fig19", r"SAC\+pruning (\S+) "),
    r"\((\S+) without, (\S+) with ReDo\)\. At half of it ReDo ends lower \((\S+) and (\S+)\)": (
        "table6",
        r"SAC, width x0\.25 (\S+) \[",
        r"SAC\+ReDo, width x0\.25 (\S+) \[",
        r"SAC\+ReDo, width x0\.5 (\S+) \[",
        r"SAC, width x0\.5 (\S+) \[",
    ),
    r"of Asterix: (\S+) % with one, (\S+) with three, (\S+) with ten, (\S+) with returns": (
        "question_bootstrapping",
        r"stored, one step (\S+) %.*n = 3 (\S+) %.*n = 10 (\S+) %.*stored, Monte Carlo (\S+) %",
    ),
    r"plays it is (\S+) % with one step and (\S+) % with returns": (
        "question_bootstrapping",
        r"playing, one step (\S+) %.*playing, Monte Carlo (\S+) %",
    ),
    r"regression \| (\S+) \|.*values \| (\S+) \|.*network \| (\S+) \|.*returns \| (\S+) \|": (
        "question_sharpness",
        r"sharpness in.*smooth regression (\S+) %",
        r"sharpness in.*bootstrapped values (\S+) %",
        r"sharpness in.*random network (\S+) %",
        r"sharpness in.*Monte-Carlo returns (\S+) %",
    ),
    r"SGD leaves (\S+) % of the neurons silent where Adam leaves (\S+) %": (
        "question_fixed_targets",
        r"share.*SGD (\S+) %",
        r"share.*fixed targets (\S+) %",
    ),
    r"same loss \((\S+); SGD (\S+)\) with (\S+) % silent": (
        "question_fixed_targets",
        r"loss.*learning rate / 4 (\S+) ",
        r"loss.*SGD (\S+) ",
        r"share.*learning rate / 4 (\S+) %",
    ),
    r"(\S+) and (\S+) % are dormant on its frames.*against (\S+) and (\S+) % on a second": (
        "question_probe_inputs",
        r"DemonAttack.* (\S+) % on other game",
        r"Asterix.* (\S+) % on other game",
        r"DemonAttack.* (\S+) % on second batch",
        r"Asterix.* (\S+) % on second batch",
    ),
    r"on the first steps of episodes it is (\S+) and (\S+) %": (
        "question_probe_inputs",
        r"DemonAttack.* (\S+) % on start",
        r"Asterix.* (\S+) % on start",
    ),
    r"last log (\S+) and (\S+) % are awake at the next.* or more (\S+) and (\S+) %, and": (
        "question_revival",
        r"DemonAttack.*one log asleep (\S+) %",
        r"Asterix.*one log asleep (\S+) %",
        r"DemonAttack.*five or more (\S+) %",
        r"Asterix.*five or more (\S+) %",
    ),
    r"τ = 0 (\S+) % of DQN's, (\S+) % of the actor's and (\S+) % of the critics'": (
        "question_control_dormancy",
        r"\(τ = 0\).*DQN (\S+) %, SAC's actor (\S+) %, SAC's critics (\S+) %",
    ),
    r"takes (\S+) % of all neurons, of DQN's (\S+) %": (
        "question_control_dormancy",
        r"steps: DQN\+ReDo \S+ %, SAC\+ReDo (\S+) %",
        r"steps: DQN\+ReDo (\S+) %",
    ),
    r"before it in (\S+) of 17 games, by (\S+) points in the median\. But": (
        "question_generality",
        r"in (\S+) of 17 games, by (\S+) points in the median of all; with",
    ),
    r"the share in (\S+) games, by (\S+) points": (
        "question_generality",
        r"without in (\S+) of 17 games, by (\S+) points",
    ),
    r"with the width \((\S+), (\S+) and (\S+)\)": (
        "question_active_neurons",
        r"neurons: DQN, width 1 (\S+) .* DQN, width 2 (\S+) .* DQN, width 4 (\S+) ",
    ),
    r"the features \((\S+), (\S+) and (\S+); 1": (
        "question_active_neurons",
        r"rank: DQN, width 1 (\S+) .* DQN, width 2 (\S+) .* DQN, width 4 (\S+) ",
    ),
    r"\| fresh \| (\S+) %.*quarter of the training \| (\S+) %.*half \| (\S+) %.*it \| (\S+) %": (
        "question_capacity",
        r"fit: fresh (\S+) %, after a quarter (\S+) %, after half (\S+) %, after training (\S+) %",
    ),
    r"negative here, too \((\S+)\)": ("desk/resemblance", r"Fig\. 5 \| (\S+)"),
    r"correlation with it is (\S+)\.": ("desk/resemblance", r"Fig\. 2 \| (\S+)"),
    r"dormant \((\S+) % in the last quarter, (\S+) % without\)": (
        "desk/fig9",
        r"Breakout, dormant share.*DQN\+ReDo (\S+) %",
        r"Breakout, dormant share.*DQN (\S+) %",
    ),
}
# Where docs/results.md quotes points of mean curves, and where the program's output has them.
CURVES = {
    r"share jumps to (\S+) % within a thousand gradient steps, on DemonAttack to (\S+) %": (
        r"^DemonAttack bootstrapped targets +(\S+)",
        r"^DemonAttack bootstrapped targets +\S+ +(\S+)",
    ),
    r"jumps from (\S+) to (\S+) % within 400": (
        r"DrQ\(eps\), RR=1 +(\S+)",
        r"DrQ\(eps\), RR=1 +\S+ +(\S+)",
    ),
    r"eight times as many gradient steps, it falls to (\S+) %": (
        r"DrQ\(eps\), RR=8 +\S+ +\S+ +\S+ +(\S+)",
    ),
    r"published ones \((\S+) % and (\S+) % at": (
        r"^DemonAttack random  +(\S+)$",
        r"^ +pretrained  +(\S+)$",
    ),
    r"Ratio 2 has been down to (\S+) %": (r"^ +RR=2 +(\S+)$",),
    r"to (\S+) % on stored data and (\S+) % in the agent that plays": (
        r"stored, Monte Carlo +(\S+)$",
        r"playing, Monte Carlo +(\S+)$",
    ),
    r"The share rises to (\S+) % within 4,000": (r"^Breakout DQN +(\S+)$",),
    r"gradient steps, (\S+) % of the actor's": (r"^HalfCheetah SAC +\S+ +\S+ +\S+ +(\S+)",),
    r"before, it was ahead \((\S+) and (\S+)\)": (
        r"^SAC\+ReDo, width x0\.5 +(\S+)",
        r"^SAC, width x0\.5 +(\S+)",
    ),
    r"\(by chance (\S+) % would": (r"^desk, Asterix: overlap by chance (\S+) %",),
}


@pytest.fixture(scope="module")
def printed():
    """What the program on the page prints on the shipped results."""
    page = (ROOT / "docs" / "behind-the-verdicts.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        exec(program, {"print": lambda *told: lines.append(" ".join(map(str, told)))})
    return "\n".join(lines)


def quoted(pattern):
    """The numbers that docs/results.md quotes, as it spells them."""
    found = re.search(pattern, QUOTING)
    assert found, f"docs/results.md no longer quotes {pattern}; change this table with it."
    return list(found.groups())


def as_spelt(value, text):
    """A number of the output with as many digits as the quoted text has."""
    return f"{float(str(value).replace(',', '')):,.{len(text.partition('.')[2])}f}"


@pytest.mark.parametrize("pattern", QUOTED)
def test_intervals_are_quoted_as_computed(pattern, printed):
    texts = quoted(pattern)
    line = next(line for line in printed.splitlines() if line.startswith(QUOTED[pattern]))
    value, low, high = re.search(r"([-+\d.]+) \[(\S+), (\S+)\]", line).groups()
    assert [as_spelt(*pair) for pair in zip((value, low, high), texts, strict=True)] == texts


def test_what_hangs_on_the_last_log_is_all_that_does(printed):
    table = pd.read_parquet(ROOT / "results" / "laptop" / "figures" / "claims.parquet")
    claims = table.set_index("name")[["value", "low", "high"]]
    interval = r"(\S+) \[(\S+), (\S+)\]"
    late = re.findall(rf"^(\S+) {{'last_part': 0.25}}: {interval}", printed, re.MULTILINE)
    late = {name: [float(number) for number in numbers] for name, *numbers in late}
    still_open = {name for name, (_, low, high) in late.items() if low < 0 < high}
    assert still_open == {*AT_THE_END.values()}
    for row, name in AT_THE_END.items():
        told = [float(text) for text in quoted(rf"\| {row}[^|]* \| {interval} \| {interval} \|")]
        assert told == [float(f"{number:.3g}") for number in claims.loc[name]] + late[name]


def test_how_much_inputs_of_two_runs_could_change_is_quoted_as_computed():
    table = pd.read_parquet(ROOT / "results" / "laptop" / "figures" / "claims.parquet")
    (low,) = table.low[table.name == "varied_inputs_fewer_dormant"]
    assert quoted(r"by no more than (\S+) points\. With SGD") == [f"{-low:.1f}"]


def test_a_trend_over_probe_batches_is_quoted_as_computed(printed):
    # The page tells a fall, the program a change.
    (line,) = re.findall(r"^larger_probes_find_no_less .*: (.+) percentage", printed, re.MULTILINE)
    fall, least, most = quoted(r"by (\S+) \[(\S+), (\S+)\] points per doubling\); whether")
    assert line == f"-{fall} [-{most}, -{least}]"


def test_games_of_figures_are_those_that_were_trained():
    numbers = set()
    for path in (ROOT / "results" / "laptop").glob("*.parquet"):
        figures = read_metadata(path, EXPERIMENT_KEY)["figures"]
        if set(pq.read_table(path, columns=["game"]).column(0).to_pylist()) == BOTH:
            numbers |= {int(name[3:]) for name in figures if name.startswith("fig")}
    assert f"Asterix are the games of Figures {in_ranges(numbers)};" in QUOTING


@pytest.mark.parametrize("pattern", SHARES)
def test_shares_are_quoted_as_computed(pattern, printed):
    texts = quoted(pattern)
    shares = [float(text) for text in re.findall(SHARES[pattern], printed)]
    ends = (min(shares), max(shares))
    assert [as_spelt(*pair) for pair in zip(ends, texts, strict=True)] == texts


@pytest.mark.parametrize("pattern", LATE)
def test_late_means_are_quoted_as_computed(pattern, printed):
    experiment, metric, condition = LATE[pattern]
    # The next table begins with the name of its experiment, or is a pivot.
    (table,) = re.findall(
        rf"^{experiment} {metric}\n(.*?)(?=\n[a-z_]+ |\n *gradient_step)",
        printed,
        re.MULTILINE | re.DOTALL,
    )
    (text,) = quoted(pattern)
    (value,) = re.findall(rf"{condition} +(\S+)", table)
    assert as_spelt(value, text) == text


@pytest.mark.parametrize("pattern", SAID)
def test_what_pictures_say_is_quoted_as_they_say_it(pattern):
    name, *places = SAID[pattern]
    preset, _, name = name.rpartition("/")
    figures = ROOT / "results" / (preset or "laptop") / "figures"
    said = (figures / f"{name}.md").read_text("utf-8")
    values = [value for place in places for value in re.search(place, said).groups()]
    texts = quoted(pattern)
    assert [as_spelt(*pair) for pair in zip(values, texts, strict=True)] == texts


@pytest.mark.parametrize("pattern", CURVES)
def test_points_of_mean_curves_are_quoted_as_computed(pattern, printed):
    values = [re.search(place, printed, re.MULTILINE | re.DOTALL)[1] for place in CURVES[pattern]]
    texts = quoted(pattern)
    assert [as_spelt(*pair) for pair in zip(values, texts, strict=True)] == texts


@pytest.mark.parametrize("game", ["Asterix", "Breakout"])
def test_returns_seed_by_seed_are_quoted_as_computed(game, printed):
    # Of the first table with both games; the next one has a threshold in its columns.
    (table,) = re.findall(r"^Asterix +0 .*?(?=^condition)", printed, re.MULTILINE | re.DOTALL)
    asterix, breakout = table.split("Breakout")
    rows = re.findall(r"\d +(\S+) +(\S+)\n", asterix if game == "Asterix" else breakout)
    for row, condition in enumerate((f"{game}, DQN", rf"{game}, DQN\+ReDo")):
        assert quoted(rf"\| {condition} \|" + r" (\S+) \|" * 5) == [seed[row] for seed in rows]
