"""The program behind the remarks on the verdicts runs, and what is quoted of it is what it says."""

from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[1]
QUOTING = " ".join((ROOT / "docs" / "results.md").read_text("utf-8").split())
# Where docs/results.md quotes numbers of it, and the line of the program's output with them.
QUOTED = {
    r"\(\+(\S+) \[(\S+), (\S+)\] points per doubling": "replay_ratio_raises_dormancy",
    r"second half of the evaluations by (\S+) \[(\S+), (\S+)\]": (
        "redo_raises_return {'games': ['Asterix']"
    ),
    r"Over the same half ReDo is behind here, (\S+) \[(\S+), (\S+)\] points": (
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
# Late means of a metric: of which experiment, which, and of the conditions in quoted order.
LATE = {
    r"loss is (\S+) and (\S+) in the first two": (
        "sharpness",
        "td_loss",
        ("smooth regression", "bootstrapped values"),
    ),
    r"gradients of norm (\S+) and (\S+), and 0": (
        "sharpness",
        "gradient_norm",
        ("smooth regression", "bootstrapped values"),
    ),
    r"and (\S+) and (\S+) with the random network's values and with returns": (
        "sharpness",
        "td_loss",
        ("random network", "Monte-Carlo returns"),
    ),
    r"returns, with gradients of norm (\S+) and (\S+)\. Seen": (
        "sharpness",
        "gradient_norm",
        ("random network", "Monte-Carlo returns"),
    ),
    r"smallest of the five \(norm (\S+)\)": (
        "fixed_targets",
        "gradient_norm",
        ("noise as targets",),
    ),
}
SHARES = {
    r"critics' neurons (\S+) % are silent on HalfCheetah in the last quarter, and (\S+) % on": (
        r"(?:HalfCheetah|Hopper) +SAC +(\S+)"
    ),
    r"at every width \((\S+) to (\S+) % at tau 0": r"DQN\+ReDo, width \d +(\S+)",
    r"% at tau 0, against (\S+) to (\S+) %\)": r"DQN, width \d +(\S+)",
    r"in the last quarter (\S+) to (\S+) % of the neurons are gone": r"DQN\+pruning +(\S+)",
    r"are gone where DQN has (\S+) to (\S+) %": r"DQN {5,}(\S+)",
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
    return f"{float(value):.{len(text.partition('.')[2])}f}"


@pytest.mark.parametrize("pattern", QUOTED)
def test_intervals_are_quoted_as_computed(pattern, printed):
    texts = quoted(pattern)
    line = next(line for line in printed.splitlines() if line.startswith(QUOTED[pattern]))
    value, low, high = re.search(r"([-+\d.]+) \[(\S+), (\S+)\]", line).groups()
    assert [as_spelt(*pair) for pair in zip((value, low, high), texts, strict=True)] == texts


@pytest.mark.parametrize("pattern", SHARES)
def test_shares_are_quoted_as_computed(pattern, printed):
    texts = quoted(pattern)
    shares = [float(text) for text in re.findall(SHARES[pattern], printed)]
    ends = (min(shares), max(shares))
    assert [as_spelt(*pair) for pair in zip(ends, texts, strict=True)] == texts


@pytest.mark.parametrize("pattern", LATE)
def test_late_means_are_quoted_as_computed(pattern, printed):
    experiment, metric, conditions = LATE[pattern]
    # The next table begins with the name of its experiment, or is a pivot.
    (table,) = re.findall(
        rf"^{experiment} {metric}\n(.*?)(?=\n[a-z_]+ |\n *gradient_step)",
        printed,
        re.MULTILINE | re.DOTALL,
    )
    for condition, text in zip(conditions, quoted(pattern), strict=True):
        (value,) = re.findall(rf"{condition} +(\S+)", table)
        assert as_spelt(value, text) == text
