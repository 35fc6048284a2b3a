"""What the README and the pages quote was computed, and the example is as short as promised."""

import importlib.util
from pathlib import Path
import re

import pandas as pd
import pytest

from experiments.presets.presets import PAPER
from experiments.storing.schema import METRICS, RUN_KEY
from experiments.storing.store import read_metadata
from figures.names import target
from figures.reading.data import Results

ROOT = Path(__file__).parents[1]
LIBRARY = (ROOT / "dormancy" / "README.md").read_text()
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", LIBRARY, flags=re.DOTALL)


@pytest.fixture(scope="module")
def quoting():
    specification = importlib.util.spec_from_file_location("quote", ROOT / "docs" / "quote.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_pages_quote_what_was_computed(quoting):
    """`make claims` computes the table and the lines, and renews both pages."""
    quoted = []
    for path in quoting.PAGES:
        text = path.read_text("utf-8")
        assert quoting.renewed(text) == text
        quoted += [found[2] for found in quoting.QUOTE.finditer(text)]
    assert quoted == [
        f"results/{preset}/figures/{name}.md"
        for preset, name in (("laptop", "summary"), ("laptop", "claims"), ("desk", "summary"))
    ]


def test_sentences_are_quoted_as_the_figures_say_them():
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    quoted = re.findall(r"^> (.+) \(\[.+\]\((\S+)\)\)$", page, flags=re.MULTILINE)
    assert len(quoted) == page.count("\n> ") > 0
    for sentence, link in quoted:
        said = (ROOT / "docs" / link).read_text("utf-8").splitlines()
        assert f"- {sentence}" in said, sentence


def test_the_commands_beside_the_desk_figures_make_all_of_them():
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    said = re.findall(r"^`make (.+?) PRESET=desk\b", page, re.MULTILINE)
    shown = set(re.findall(r"^> .+/desk/figures/(\w+)\.md\)\)$", page, re.MULTILINE))
    assert {target(name) for name in shown} == {f"make {name}" for name in " ".join(said).split()}


def test_a_quote_is_renewed_and_nothing_else(quoting):
    page = "a\n<!-- quoted from LICENSE -->\nold\n<!-- end of quote -->\nb\n"
    new = quoting.renewed(page)
    assert new == page.replace("old\n", (ROOT / "LICENSE").read_text("utf-8"))


def test_the_readme_is_one_screen():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= 60
    assert sum(line.startswith("![") for line in lines) == 1


def test_links_lead_to_files():
    """Of all pages that people read on the repository's own site."""
    for page in (
        ROOT / "README.md",
        *ROOT.glob("results/*/figures/gallery.md"),
        *ROOT.glob("docs/*.md"),
    ):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_ten_lines_are_ten_lines():
    """`tests/dormancy/test_installed_alone.py` runs them, where nothing but the library is."""
    ours = EXAMPLE.split("# The ten lines:\n")[1].splitlines()
    code = [line for line in ours if line.strip() and not line.startswith("#")]
    assert len(code) <= 10


def test_what_was_asked_since_is_listed(quoting):
    """Of experiments that the runs were made for, and only of claims that they do not know."""
    page = "<!-- asked since, of results/laptop: {} -->\nold\n<!-- end of quote -->\n"
    assert "old" not in quoting.renewed(page.format("redo"))
    for name in ("redo", "revival"):
        stored = {
            claim["name"]
            for claim in quoting.Results(ROOT / "results", "laptop").experiment(name).claims
        }
        text = quoting.renewed(page.format(name))
        for claim in quoting.EXPERIMENTS[name].claims:
            assert (claim.statement in text) == (claim.name not in stored)


def test_times_are_the_recorded_ones():
    """Minutes of desk runs, and of what clusters.md computes from a measured gradient step."""
    folders = (ROOT / "results" / "desk" / "runs").iterdir()
    told = [read_metadata(folder / METRICS, RUN_KEY) for folder in folders]
    minutes = [about["wall_time_s"] / 60 for about in told]
    said = f"{min(minutes):.0f} to {max(minutes):.0f} minutes"
    assert said in (ROOT / "README.md").read_text("utf-8")
    assert said in (ROOT / "docs" / "results.md").read_text("utf-8")

    runs = Results(ROOT / "results", "laptop").experiment("generality").started
    told = [read_metadata(run.folder / METRICS, RUN_KEY)["wall_time_s"] for run in runs]
    said = f"All {len(runs)} runs took {sum(told) / 60 / 2:.0f} minutes of two cores"
    assert said in (ROOT / "docs" / "questions.md").read_text("utf-8")

    shares = pd.read_parquet(ROOT / "results" / "benchmarks" / "shares.parquet")
    of_loop = (shares.quantity == "loop_ms") & (shares.case == "paper, replay ratio 1")
    step_ms = shares.value[of_loop].median()
    hours = step_ms / 1e3 * PAPER.high_replay_run("Asterix", 0).total_gradient_steps / 3600
    runs = 4 * 17 * 5
    page = " ".join((ROOT / "docs" / "clusters.md").read_text("utf-8").split())
    assert f"takes {step_ms:.1f} ms of one core" in page
    assert f"a run takes {hours:.0f} hours and the figure {round(runs * hours, -2):,.0f}" in page
    assert f"{runs * hours / 64 / 24:.1f} days on 64 cores" in page
