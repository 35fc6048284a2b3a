"""Figures as drawn: what is on them, where, and that no two texts touch."""

import itertools
from pathlib import Path
import re
from types import ModuleType

from made_up_store import CONDITIONS, Fill, spec_of, write_index, write_run, write_table
import matplotlib
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.catalog import EXPERIMENTS
from experiments.conditions import BLUE, VERMILION
from figures import fig1, fig2, fig5, fig7, fig9, fig10, fig12, fig13
from figures.curves.scores import Scores
from figures.drawing import style
from figures.drawing.captions import late_losses, reading_curves, reading_scores, trends
from figures.drawing.random_play import at_random_play
from figures.errors import FigureError
from figures.names import figures
from figures.reading.data import Results
from figures.reading.tables import read_metadata

COLOURS = {"DQN": BLUE, "DQN+ReDo": VERMILION}
ALL = figures()
FIGURES = {name: ALL[name] for name in ("fig2", "fig5", "fig9")}
FIGURES_OF_MORE = {name: ALL[name] for name in ("fig1", "fig6", "fig7", "fig11", "fig12", "fig13")}
SMALL = {"period": 4_000, "layers": {"Conv_0": 4, "Dense_0": 32}}
PAPER = {"preset": "paper", "total": 6_200_000, "period": 100_000, "seeds": 2}


def texts(figure: Figure) -> list[Text]:
    """Every text that is drawn."""
    figure.draw_without_rendering()
    # Ticks just outside the limits keep a label that is never drawn.
    outside = {
        id(tick.label1)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    found = (text for text in figure.findobj(Text) if text.get_visible() and text.get_text())
    return [text for text in found if id(text) not in outside]


def words(figure: Figure) -> str:
    return " ".join(text.get_text() for text in texts(figure)).replace("\u00a0", " ")


def published_lines(axes) -> list:
    return [line for line in axes.lines if to_hex(line.get_color()) == style.MUTED]


def assert_no_text_touches(figure: Figure) -> None:
    """No text touches another or leaves the page."""
    extents = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    for (one, box), (other, box2) in itertools.combinations(extents, 2):
        assert not box.overlaps(box2), (one, other)
    page = figure.bbox
    for text, box in extents:
        assert page.x0 <= box.x0, text
        assert box.x1 <= page.x1, text
        assert page.y0 <= box.y0, text
        assert box.y1 <= page.y1, text


@pytest.mark.parametrize("module", FIGURES.values(), ids=FIGURES)
@pytest.mark.parametrize(
    "store",
    [
        {},
        {"games": ["Asterix"], "seeds": 1},
        {"games": ["Pong"]},
        {"games": ["Breakout", "DemonAttack", "Asterix", "Pong"], "seeds": 2},
        {"unfinished": [("Asterix", 0), ("Asterix", 1)], "absent": [("DemonAttack", 2)]},
        {"preset": "smoke", "total": 1200, "period": 100},
        PAPER,
    ],
    ids=["laptop", "one seed", "unpublished", "four games", "unfinished", "smoke", "paper"],
)
def test_no_text_touches_another_or_the_edge(fill: Fill, module: ModuleType, store: dict):
    root = fill(**store, experiment=module.EXPERIMENT)
    assert_no_text_touches(module.render(Results(root, store.get("preset", "laptop"))).figure)


@pytest.mark.parametrize("module", FIGURES_OF_MORE.values(), ids=FIGURES_OF_MORE)
@pytest.mark.parametrize(
    "store",
    [
        SMALL,
        SMALL | {"games": ["Asterix"], "seeds": 1, "unfinished": [("Asterix", 0)]},
        SMALL | {"returns": 0.02, "absent": [("DemonAttack", 2)]},
        SMALL | PAPER,
    ],
    ids=["laptop", "one unfinished seed", "near random play", "paper"],
)
def test_no_text_touches_in_figures_of_several_conditions(
    fill: Fill, module: ModuleType, store: dict
):
    root = fill(**store, experiment=module.EXPERIMENT)
    picture = module.render(Results(root, store.get("preset", "laptop")))
    assert_no_text_touches(picture.figure)
    unfinished = "unfinished" in store or "absent" in store
    assert ("unfinished:" in words(picture.figure)) == unfinished
    for condition in picture.experiment.conditions:
        assert any(condition in sentence for sentence in picture.sentences)


@pytest.mark.parametrize("number", [2, 5])
def test_caption_says_where_it_comes_from(fill: Fill, number: int):
    figure = FIGURES[f"fig{number}"].render(Results(fill(), "laptop")).figure
    text = words(figure)
    assert "Preset laptop, scaled down; 3 seeds a game; runs of store/laptop. More: fig" in text
    assert f"published (paper Fig. {number}, τ = 0, digitised)" in text
    assert text.startswith(f"Figure {number}: ") or f" Figure {number}: " in text
    assert "unfinished" not in text.lower()
    assert "Band: range of 3 seeds (holds the true median with probability 75 %)." in text


def test_published_curve_has_its_own_panel_at_laptop_scale(fill: Fill):
    figure = fig5.render(Results(fill(), "laptop")).figure
    ours, theirs = figure.axes[:2], figure.axes[2:]
    assert [len(published_lines(axes)) for axes in ours] == [0, 0]
    assert [len(published_lines(axes)) for axes in theirs] == [1, 1]
    assert [axes.get_xlabel() for axes in figure.axes] == ["gradient steps (thousands)"] * 2 + [
        "gradient steps (millions)"
    ] * 2


def test_published_curve_is_behind_ours_at_paper_scale(fill: Fill):
    figure = fig5.render(Results(fill(**PAPER), "paper")).figure
    assert len(figure.axes) == 2
    assert [len(published_lines(axes)) for axes in figure.axes] == [1, 1]
    assert "Scaled down" not in words(figure)


def test_a_game_that_the_paper_does_not_show_has_one_panel(fill: Fill):
    assert len(fig2.render(Results(fill(games=["Pong"]), "laptop")).figure.axes) == 1


def test_panels_of_one_quantity_share_their_scale(fill: Fill):
    games = ["Breakout", "DemonAttack", "Asterix", "Pong"]
    figure = fig5.render(Results(fill(games=games, seeds=2), "laptop")).figure
    ours = [axes for axes in figure.axes if axes.get_title("left") in games]
    assert len({axes.get_ylim() for axes in ours}) == 1
    low, high = ours[0].get_ylim()
    assert low == 0
    assert high > max(np.nanmax(line.get_ydata()) for axes in ours for line in axes.lines)


def test_unfinished_runs_are_marked(fill: Fill):
    root = fill(unfinished=[("Asterix", 1)], absent=[("Asterix", 2)])
    figure = fig5.render(Results(root, "laptop")).figure
    demon_attack, asterix = figure.axes[:2]
    assert demon_attack.get_title("right") == ""
    assert asterix.get_title("right") == "unfinished: 2 of 3 runs"
    assert "Unfinished (dashed): 2 of 6 runs." in words(figure)
    solid, dashed = (
        max(axes.lines, key=lambda line: line.get_linewidth()) for axes in (demon_attack, asterix)
    )
    assert not solid.is_dashed()
    assert dashed.is_dashed()


def test_mean_band_and_chance_are_drawn(fill: Fill):
    axes = fig5.render(Results(fill(), "laptop")).figure.axes[0]
    colours = [to_hex(line.get_color()) for line in axes.lines]
    assert colours.count(BLUE.lower()) == 4
    assert colours.count(style.FAINT) == 1
    assert len(axes.collections) == 1


def test_an_overlap_without_a_chance_level_draws_none(fill: Fill):
    store = Results(fill(games=["Asterix"], seeds=2), "laptop")
    assert "chance" in words(fig5.render(store).figure)
    assert "chance" not in words(fig5.render(store, overlap="ever_dormant_share").figure)


def test_arguments_reach_the_picture_and_its_sentences(fill: Fill):
    store = Results(fill(), "laptop")
    strict, loose = fig2.render(store), fig2.render(store, tau=0.3, smoothing_logs=3)
    assert strict.sentences != loose.sentences
    text = words(loose.figure)
    assert "(τ = 0.3, all hidden layers)" in text
    told = loose.as_markdown()
    assert "at most 0.3 times the layer's average. Curves: moving mean over 3 logs." in told
    assert "layer Conv_2" in words(fig5.render(store, layer="Conv_2").figure)


def test_sentences_hold_the_numbers(fill: Fill):
    sentence = fig5.render(Results(fill(), "laptop")).sentences[0]
    assert sentence.startswith("DemonAttack: 3 seeds, overlap starts at ")
    assert sentence.endswith("] over the last tenth of the steps.")


def test_sentences_tell_the_curve_that_is_drawn():
    """Not a smoothed one, whose first value would be that of the logs after it."""
    frame = pd.DataFrame(
        {
            "run_id": "a",
            "condition": "DQN",
            "game": "Pong",
            "gradient_step": [0, 1_000, 2_000, 3_000],
            "value": [8.0, 20.0, 6.0, 10.0],
        }
    )
    (fell,) = trends(frame, "share", ["DQN"])
    assert fell == (
        "Pong: 1 seed, share starts at 8 %, is lowest with 6 % at 2k gradient steps and is 10 % "
        "over the last tenth of the steps."
    )
    (rose,) = trends(frame.assign(value=[5.0, 20.0, 6.0, 10.0]), "share", ["DQN"])
    assert "starts at 5 %, is never below that (lowest later on: 6 % at 2k gradient" in rose
    same = pd.concat([frame, frame.assign(run_id="b")])
    assert "and is all 10 % over the last tenth" in trends(same, "share", ["DQN"])[0]
    (gap,) = trends(frame.assign(value=[np.nan, 20.0, 6.0, 10.0]), "share", ["DQN"])
    assert "starts at 20 %, is lowest with 6 % at 2k" in gap


def test_losses_are_geometric_means_with_possible_intervals():
    frame = pd.DataFrame(
        [
            (f"{condition}{seed}", condition, "Pong", seed, step, step, value)
            for condition, levels in {"SGD": (0.01, 0.1, 1.0), "Adam": (0.02,)}.items()
            for seed, level in enumerate(levels)
            # Of the last quarter, and a fit without any loss left.
            for step, value in ((0, 9.0), (100, level), (101, 0.0))
        ],
        columns=["run_id", "condition", "game", "seed", "gradient_step", "agent_step", "value"],
    )
    # Logarithms -2, -1 and 0: 4.303 / sqrt(3) = 2.484 to either side of -1.
    told = "Pong, loss (geometric mean): SGD 0.1 [0.00033, 30], Adam 0.02."
    assert late_losses(frame, "loss") == [told]
    nothing = frame.assign(value=0.0)
    assert late_losses(nothing, "loss") == ["Pong, loss (geometric mean): no value."]


def test_files_are_the_same_each_time(fill: Fill, tmp_path: Path):
    store = Results(fill(), "laptop")
    names = [f"fig5.{kind}" for kind in ("png", "pdf", "svg", "md")]
    for folder in ("one", "two"):
        paths = fig5.render(store).save(tmp_path / folder, "fig5")
        assert [path.name for path in paths] == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(names)


def test_what_a_slide_has_no_room_for_is_told_beside_the_picture(fill: Fill):
    text = fig9.render(
        Results(fill(games=["DemonAttack"], experiment="redo"), "laptop")
    ).as_markdown()
    for told in (
        "# Figure 9: Dormant neurons (τ = 0.025, all hidden layers) and return with ReDo",
        "ReDo recycles, every 1000 gradient steps, the neurons".replace("1000", "1,000"),
        "- DemonAttack, last evaluation return: DQN ",
        "Preset laptop, 3 seeds, read from store/laptop, trained at commit 0123456.",
        "| frame size (pixels) | 42 | 84 |",
    ):
        assert told in text, told


def assert_caption_has_two_lines(figure: Figure) -> None:
    assert len([text for text in figure.texts if text.get_size() < 7]) == 2


@pytest.mark.parametrize("name", [name for name in ALL if name != "fig10"])
def test_captions_are_two_lines_and_nothing_touches(fill: Fill, name: str):
    """Of Figure 10, with the most runs of all, there is a test of its own."""
    module = ALL[name]
    if module.EXPERIMENT not in CONDITIONS:
        pytest.skip("the made-up store has no such experiment")
    root = fill(**SMALL, seeds=2, experiment=module.EXPERIMENT)
    figure = module.render(Results(root, "laptop")).figure
    assert_caption_has_two_lines(figure)
    assert_no_text_touches(figure)


def test_one_seed_has_no_mean(fill: Fill):
    figure = fig2.render(Results(fill(games=["Pong"], seeds=1), "laptop")).figure
    assert "Lines: single runs, one seed." in words(figure)
    assert "mean over seeds" not in words(figure)
    assert "single seeds" not in words(figure)


@pytest.mark.parametrize(
    ("most", "said"),
    [(8, "of the seeds."), (9, "of the seeds, of nine or more without the outermost.")],
)
def test_bands_of_unequal_numbers_of_seeds_are_told(tmp_path: Path, most: int, said: str):
    """From nine on, bands leave the outermost out."""
    pairs = [("Pong", seed) for seed in range(most)] + [("Breakout", seed) for seed in range(2)]
    runs = [(f"{run:012x}", game, seed) for run, (game, seed) in enumerate(pairs)]
    write_run(tmp_path / "smoke", runs[0][0], {"Dense_0": np.ones((5, 8))}, range(1, 6))
    write_index(tmp_path / "smoke", "overlap", runs)
    told = reading_curves(Results(tmp_path, "smoke").experiment("overlap"))
    assert told == f"Line: mean over seeds. Band: range {said}"


def test_a_diverged_run_is_named_in_picture_and_text(fill: Fill):
    root = fill(games=["Pong"])
    neurons = {"Conv_0": np.ones((3, 8)), "Dense_0": np.full((3, 8), np.nan)}
    write_run(root / "laptop", f"{1:012x}", neurons, [1_000, 2_000, 3_000])
    picture = fig2.render(Results(root, "laptop"))
    assert picture.figure.axes[0].get_title("right") == "diverged: 1 of 3 runs"
    said = "Diverged after 1,000 gradient steps and left out from there: DQN on Pong, seed 1 (run"
    assert said in words(picture.figure)
    assert said in picture.as_markdown()


@pytest.mark.parametrize(("returns", "said"), [(0.02, True), (1.0, False)])
def test_scores_at_the_level_of_random_play_say_so(fill: Fill, returns: float, said: bool):
    root = fill(**SMALL, returns=returns, games=["DemonAttack"], experiment="regularization")
    for module in (fig1, fig13):
        text = words(module.render(Results(root, "laptop")).figure)
        assert ("random play or little more" in text) == said


@pytest.mark.parametrize(("returns", "said"), [(0.02, 1), (1.0, 0)])
def test_returns_at_the_level_of_random_play_say_so(fill: Fill, returns: float, said: int):
    """Of each game by itself, and not where it is unknown what a human scores."""
    root = fill(**SMALL, returns=returns, games=["DemonAttack", "Chess"], experiment="redo")
    text = words(fig9.render(Results(root, "laptop")).figure)
    assert text.count("random play or little more") == said


@pytest.mark.parametrize(("late", "said"), [([np.nan] * 4, False), ([np.nan, 0, 0, 0], True)])
def test_of_returns_without_a_value_nothing_is_said(late: list[float], said: bool):
    columns = {"game": "DemonAttack", "condition": "DQN", "gradient_step": 1_000, "value": late}
    frame = pd.DataFrame(columns | {"run_id": list("abcd")})
    assert at_random_play(frame) == said


def test_an_interval_of_a_score_is_not_said_to_cover_as_that_of_a_difference(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack", "Asterix"], experiment="regularization")
    scores = Scores(Results(root, "laptop").experiment("regularization"), "fig1")
    assert "(held in 86\u00a0% of simulations)" in reading_scores(scores)


def test_only_the_outermost_bands_of_figure_7_are_drawn(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack"], experiment="replay_ratio")
    picture = fig7.render(Results(root, "laptop"))
    shares = picture.figure.axes[0]
    assert len([band for band in shares.collections if band.get_paths()]) == 2
    assert "Bands (RR=0.25, RR=2): range of 3 seeds" in words(picture.figure)


def test_widths_are_told_in_times_the_published_one(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack"], experiment="width_scaling")
    picture = fig12.render(Results(root, "laptop"))
    scores = picture.figure.axes[0]
    ticks = [label.get_text() for label in scores.get_xticklabels()]
    assert ticks == ["0.125", "0.25", "0.5", "1", "2", "4"]
    assert scores.get_legend() is None
    assert "DQN+ReDo, width 0.5 (published: 4)" in words(picture.figure)
    told = (
        "In times the published network's width: width 1 is 0.125, width 2 is 0.25, width 4 is 0.5."
    )
    assert told in picture.remarks


def test_without_human_scores_the_figure_shows_returns(fill: Fill):
    root = fill(**SMALL, games=["Chess"], experiment="regularization")
    for module in (fig1, fig13):
        picture = module.render(Results(root, "laptop"))
        assert picture.figure.axes[0].get_ylabel() == "evaluation return"
        assert "left out: Chess." in picture.as_markdown()


def test_a_game_without_a_human_score_is_left_out_of_the_mean(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack", "Chess"], experiment="regularization")
    picture = fig1.render(Results(root, "laptop"))
    assert picture.figure.axes[0].get_title("left") == "DemonAttack"
    assert "Without a published human score and left out: Chess." in picture.as_markdown()


def test_figure_7_draws_no_single_seeds(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack"], experiment="replay_ratio")
    figure = fig7.render(Results(root, "laptop")).figure
    widths = [line.get_linewidth() for line in figure.axes[0].lines]
    assert widths == [1.8] * 4


def test_a_notebook_can_show_a_picture(fill: Fill):
    picture = fig2.render(Results(fill(), "laptop"))
    assert picture._repr_png_().startswith(b"\x89PNG")


def test_the_users_own_settings_stay(fill: Fill):
    before = dict(matplotlib.rcParams)
    fig2.render(Results(fill(), "laptop"))
    assert dict(matplotlib.rcParams) == before


def test_unwritable_folder(fill: Fill, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    picture = fig2.render(Results(fill(), "laptop"))
    with pytest.raises(FigureError, match="choose another folder with --output"):
        picture.save(tmp_path / "file" / "folder", "fig2")


def test_a_condition_has_one_colour_in_all_figures_and_shares_it_with_none_of_its_own():
    colours = {c.name: c.colour for e in EXPERIMENTS.values() for c in e.conditions}
    assert all(c.colour == colours[c.name] for e in EXPERIMENTS.values() for c in e.conditions)
    for experiment in EXPERIMENTS.values():
        # What is in brackets tells panels apart, as the agents of Figure 10, and not lines.
        lines = {(c.colour, re.sub(r"\(.*?\)", "", c.name)) for c in experiment.conditions}
        # Where the choice is left to the figures, they take spare ones that differ.
        chosen = [colour for colour, _ in lines if colour]
        assert len(set(chosen)) == len(chosen), experiment.name
    # Plain DQN has several names.
    assert {colours[name] for name in ("DQN", "RR=1", "bootstrapped targets")} == {BLUE}


def test_conditions_that_an_index_does_not_describe_get_colours_of_their_own(fill: Fill):
    root = fill(**SMALL, experiment="regularization")
    path = root / "laptop" / "regularization.parquet"
    about = read_metadata(path, "dormant_experiment")
    del about["conditions"]
    write_table(path, pq.read_table(path).to_pydict(), "dormant_experiment", about)
    experiment = Results(root, "laptop").experiment("regularization")
    assert experiment.ordered == experiment.conditions
    assert len({experiment.colour(name) for name in experiment.conditions}) == 4
    assert fig13.render(Results(root, "laptop")).sentences
    with pytest.raises(FigureError, match="no condition 'DQN.magic'"):
        experiment.colour("DQN+magic")


def test_figure_9_has_shares_left_and_returns_right(fill: Fill):
    picture = fig9.render(Results(fill(games=["DemonAttack", "Pong"], experiment="redo"), "laptop"))
    axes = picture.figure.axes
    # DemonAttack, the paper's panels of it, Pong, which the paper does not show.
    assert [a.get_title("left").split(" (")[0] for a in axes] == [
        *["DemonAttack"] * 2,
        *["published"] * 2,
        *["Pong"] * 2,
    ]
    assert [a.get_ylabel() for a in axes] == [
        *("dormant share [%]", "evaluation return"),
        *("[%]", "return"),
        *("dormant share [%]", "evaluation return"),
    ]
    assert [a.get_xlabel() for a in axes[:4]] == [
        "gradient steps (thousands)",
        "frames (thousands)",
        "gradient steps (millions)",
        "frames (millions)",
    ]
    # 46,000 gradient steps at two an agent step, four frames each.
    assert axes[1].get_xlim() == pytest.approx((0, 1.01 * 92))
    assert axes[0].get_ylim() == axes[4].get_ylim()
    random_play = [line for line in axes[1].lines if to_hex(line.get_color()) == style.FAINT]
    assert [set(line.get_ydata()) for line in random_play] == [{152.1}]
    text = words(picture.figure)
    for word in ("random play", "DQN+ReDo", "Figure 9: ", "τ = 0.025, all hidden"):
        assert word in text


def test_figure_10_has_four_agents_and_drq_an_axis_of_its_own(fill: Fill):
    small = SMALL | {"seeds": 2}
    fill(**small, games=["DemonAttack"], experiment="redo_replay_ratio")
    small |= {"seeds": 3}
    root = fill(**small, games=["Breakout"], experiment="drq", first_run=1_000)
    figure = fig10.render(Results(root, "laptop")).figure
    one, three, residual, drq = figure.axes
    assert [axes.get_title("left") for axes in figure.axes] == [
        "DQN (n=1), DemonAttack",
        "DQN (n=3), DemonAttack",
        "DQN (ResNet), DemonAttack",
        "DrQ(eps), Breakout",
    ]
    assert one.get_ylim() == three.get_ylim() == residual.get_ylim() != drq.get_ylim()
    assert [tick.get_text() for tick in one.get_xticklabels()] == ["0.25", "0.5", "1", "2"]
    assert [tick.get_text() for tick in drq.get_xticklabels()] == ["1", "2", "4", "8"]
    assert "DrQ(eps): 3 seeds." in words(figure) and "; 2 seeds;" in words(figure)
    assert "published (paper Fig. 10, digitised)" in words(figure)
    assert_caption_has_two_lines(figure)
    assert_no_text_touches(figure)


def test_figure_10_has_room_for_published_ratios_that_were_not_trained(fill: Fill):
    root = fill(**SMALL, games=["DemonAttack"], seeds=1, experiment="redo_replay_ratio")
    kept = [
        (number, name)
        for number, name in enumerate(CONDITIONS["redo_replay_ratio"])
        if "(n=1), RR=2" in name
    ]
    runs = [(f"{number:012x}", "DemonAttack", 0) for number, _ in kept]
    write_index(root / "laptop", "redo_replay_ratio", runs, [name for _, name in kept])
    (axes,) = fig10.render(Results(root, "laptop")).figure.axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.25", "0.5", "1", "2"]
    left, right = axes.get_xlim()
    drawn = np.concatenate([line.get_xdata() for line in axes.lines])
    assert left < drawn.min()
    assert drawn.max() < right


def test_figure_9_tells_the_papers_curves_from_ours_at_paper_scale(fill: Fill):
    store = Results(fill(**PAPER, games=["DemonAttack"], experiment="redo"), "paper")
    figure = fig9.render(store).figure
    assert len(figure.axes) == 2
    for axes in figure.axes:
        dashed = [to_hex(line.get_color()) for line in axes.lines if line.get_linestyle() == "--"]
        for condition in ("DQN", "DQN+ReDo"):
            assert COLOURS[condition].lower() in dashed
    assert words(figure).count("published (paper Fig. 9, τ = 0.025, digitised)") == 1


def test_figure_9_ends_with_the_shorter_condition(fill: Fill, tmp_path: Path):
    fill(games=["DemonAttack"], seeds=2, total=40_000, experiment="redo")
    folder = tmp_path / "store" / "laptop"
    steps = np.arange(1_000, 100_001, 1_000)
    for seed in range(2):
        neurons = {"Dense_0": np.ones((100, 8))}
        metrics = {"eval_return_mean": np.full(100, 9_000.0)}
        write_run(folder, f"{seed:012x}", neurons, steps, metrics=metrics)
    picture = fig9.render(Results(tmp_path / "store", "laptop"))
    for axes, end in zip(picture.figure.axes[:2], (40, 80), strict=True):
        assert max(np.max(line.get_xdata()) for line in axes.lines) <= end
    assert picture.sentences[1].startswith(
        "DemonAttack, last evaluation return: DQN all 9,000, DQN+ReDo "
    )


@pytest.mark.parametrize("module", [fig1, fig7], ids=["scores", "curves"])
def test_frames_of_an_agent_step_are_those_that_the_runs_skip(tmp_path: Path, module: ModuleType):
    names = list(CONDITIONS[module.EXPERIMENT])
    metrics = {"eval_return_mean": np.linspace(160, 900, 5)}

    def store(name: str, skips) -> Results:
        runs = [(f"{place:012x}", "DemonAttack", 0) for place in range(len(names))]
        for (run, *_), skip in zip(runs, skips, strict=True):
            spec = spec_of("DQN") | {"task": {"game": "DemonAttack", "frame_skip": skip}}
            write_run(
                tmp_path / name / "smoke",
                run,
                {"Dense_0": np.ones((5, 8))},
                range(2_000, 10_001, 2_000),
                metrics=metrics,
                spec=spec,
            )
        write_index(tmp_path / name / "smoke", module.EXPERIMENT, runs, names)
        return Results(tmp_path / name, "smoke")

    # 10,000 gradient steps at a replay ratio of 2; the axis is in thousands.
    for skip in (2, 4):
        axes = module.render(store(f"all {skip}", len(names) * [skip])).figure.axes
        drawn = [axis for axis in axes if axis.get_xlabel() == "frames (thousands)"]
        ends = {max(map(max, (line.get_xdata() for line in axis.lines))) for axis in drawn}
        assert ends == {5 * skip}
    with pytest.raises(FigureError, match="skip 2 or 4 frames"):
        module.render(store("unequal", [2, *(len(names) - 1) * [4]]))


def test_seeds_without_any_dormant_neuron_still_make_a_picture(fill: Fill, tmp_path: Path):
    for seed in range(2):
        write_run(tmp_path / "smoke", f"{seed:012x}", {"Dense_0": np.ones((5, 8))}, range(1, 6))
    runs = [(f"{seed:012x}", "Pong", seed) for seed in range(2)]
    write_index(tmp_path / "smoke", "overlap", runs)
    picture = fig5.render(Results(tmp_path, "smoke"))
    assert picture.sentences == ("Pong: no overlap to show yet.",)
