"""The page about running says how many runs there are, and of which games."""

from pathlib import Path
import re

from experiments.catalog import EXPERIMENTS, find_experiments
from experiments.presets.presets import LAPTOP
from experiments.running.plan import with_required
from experiments.selection import select

PAGE = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")
ROW = re.compile(r"^\| (.+?) \| `(\w+)` \| (.+?) \| (\d+) \|", re.MULTILINE)


def needed(experiments):
    """All runs at the laptop preset, with those that others require."""
    specs = [run.spec for part in select(experiments, LAPTOP) for run in part.runs]
    return with_required(specs, lambda _: True, set())


def test_the_table_tells_runs_and_games_of_every_figure():
    rows = [row for row in ROW.findall(PAGE) if "only if asked for" not in row[0]]
    told = {name: (set(games.split(", ")), int(runs)) for _, name, games, runs in rows}
    of_the_paper = find_experiments("all")
    assert set(told) == {experiment.name for experiment in of_the_paper}
    for experiment in of_the_paper:
        (part,) = select([experiment], LAPTOP)
        games = {run.spec.game for run in part.runs}
        assert told[experiment.name] == (games, len(needed([experiment]))), experiment.name
    for figures, name, *_ in rows:
        numbers = set(re.findall(r"\d+", figures))
        made = {re.sub(r"\D", "", figure) for figure in EXPERIMENTS[name].figures}
        assert numbers == made, name


def test_the_whole_is_as_many_runs_as_the_page_says():
    (told,) = re.findall(r"`make reproduce` trains (\d+) runs", PAGE)
    assert int(told) == len(needed(find_experiments("all")))
