"""The report: what its page says, and that a browser shows it as it is meant."""

from html.parser import HTMLParser
from pathlib import Path

from browser import BROWSER, browsing
from made_up_store import Fill
import pytest

from figures import report
from figures.claims import table
from figures.drawing.published_picture import published_picture
from figures.errors import NoResultsError
from figures.reading import published
from figures.reading.data import Results

RESULTS = Path(__file__).parents[2] / "results"
PUBLISHED = [f"fig{number}" for number in (*range(1, 11), 12, 13, 14)]
LARGEST_BYTES = 12_000_000


class Elements(HTMLParser):
    """All elements of a page in order: (tag, attributes)."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [own for _, own in self.found if name in (own.get("class") or "").split()]


@pytest.fixture
def few_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "TAUS", (0.0, 0.1))


@pytest.mark.usefixtures("few_thresholds")
def test_a_page_of_a_partial_store(fill: Fill, tmp_path: Path):
    """Claims and figures of what is there, at every threshold; the rest says what makes it."""
    root = fill(experiment="redo", games=["DemonAttack"], seeds=2)
    found = report.collect(Results(root, "laptop"))
    path = report.write(found, tmp_path / "out")
    page = path.read_text("utf-8")
    elements = Elements(page)
    assert [row["data-figure"] for row in elements.of_class("claim")] == [
        *("fig2", "fig5", "fig5", "fig9", "fig9", "fig9")
    ]
    assert [own["id"] for own in elements.of_class("figure")] == ["fig2", "fig5", "fig9"]
    shown = [(own["data-tau"], "hidden" in own) for own in elements.of_class("variant")]
    assert shown == [
        *[("0", False), ("0.1", True)] * 2,
        *[("0", True), ("0.025", False), ("0.1", True)],
    ]
    for line in found.lines:
        assert f"<li>{line}</li>" in page.replace("&#39;", "'")
    # As the table of claims says it, with what is counted apart.
    assert table.with_all_others(found.verdicts) in page.replace("&#39;", "'")
    assert "the 1 beyond the paper are counted apart" in page
    assert "<code>make fig8 PRESET=laptop</code>" in page
    assert "<td>network width</td>" in page
    # Nothing is asked of the network, and the page has its own pictures only.
    addresses = [own[key] for _, own in elements.found for key in ("src", "href") if key in own]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_results_give_the_same_page(fill: Fill, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report, "TAUS", (0.0,))
    store = Results(fill(games=["Asterix"]), "laptop")
    store.index("overlap").unlink()
    first, second = (report.as_html(report.collect(store)) for _ in range(2))
    assert first == second


def test_without_results_it_says_what_to_run(tmp_path: Path):
    make = rf"run `make fig\d+ PRESET=laptop RESULTS={tmp_path}` first"
    with pytest.raises(NoResultsError, match=make):
        report.collect(Results(tmp_path, "laptop"))


def test_names_that_could_be_markup_are_text():
    """Games and conditions of a user's own may be called anything."""
    lines = ("<script>alert(1)</script> & more",)
    page = report.as_html(report.Report("mine", "laptop", lines, (), (), (), ()))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


@pytest.mark.parametrize("figure", PUBLISHED)
def test_every_published_figure_is_drawn(figure: str):
    experiment = Results(RESULTS, "laptop").experiment("redo")
    drawn = published_picture(figure, experiment)
    panels = [axes for axes in drawn.axes if axes.get_title(loc="left")]
    assert len(panels) == len(published.panels(figure)) > 0
    assert all(axes.lines for axes in panels)


def test_what_was_never_read_is_not_drawn():
    experiment = Results(RESULTS, "laptop").experiment("redo")
    assert published_picture("fig15", experiment) is None
    told = published_picture("fig11", experiment)
    assert any("Single values, second-hand" in text.get_text() for text in told.texts)


@pytest.mark.slow
def test_the_shipped_report_can_be_sent_to_somebody(tmp_path: Path):
    path = report.write(report.collect(Results(RESULTS, "laptop")), tmp_path)
    assert path.stat().st_size < LARGEST_BYTES


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; Debian's package is `chromium`")
def test_a_browser_shows_the_shipped_report(tmp_path: Path):
    """Light and dark, narrow and wide: nothing complains, nothing sticks out, all switches work."""
    found = report.collect(Results(RESULTS, "laptop"))
    path = report.write(found, tmp_path)
    with browsing(tmp_path / "profile") as page:
        for width in (400, 1400):
            for scheme, paper in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(21, 24, 29)")):
                page.open(path, width, scheme=scheme)
                page.value(
                    "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
                )
                assert page.value("document.documentElement.scrollWidth") <= width
                background = "getComputedStyle(document.body).backgroundColor"
                assert page.value(background) == paper
                page.value("document.querySelector('#theme').click()")
                assert page.value(background) != paper
        shown = "[...document.querySelectorAll('{}')].filter((each) => !each.hidden).length"
        assert page.value(shown.format("tr.claim")) == len(found.verdicts)
        page.value(
            "document.querySelector('#filters [name=verdict]').value = 'reproduced';"
            "document.querySelector('#filters').dispatchEvent(new Event('input'))"
        )
        kept = [verdict for verdict in found.verdicts if verdict.verdict == "reproduced"]
        assert page.value(shown.format("tr.claim")) == len(kept) < len(found.verdicts)
        page.value("document.querySelectorAll('thead th button')[5].click()")
        column = (
            "[...document.querySelectorAll('tr.claim')].map((row) => row.cells[5].dataset.sort)"
        )
        numbers = [float(text) for text in page.value(column)]
        known = [number for number in numbers if number == number]
        assert numbers[: len(known)] == sorted(known)
        page.value("document.querySelector('#fig2 .taus input[value=\"0.1\"]').click()")
        assert page.value(shown.format("#fig2 .variant")) == 1
        assert page.value("document.querySelector('#fig2 .variant:not([hidden])').dataset.tau") == (
            "0.1"
        )
        page.value("document.querySelector('#all-taus input[value=\"0.05\"]').click()")
        taus = "[...document.querySelectorAll('.variant:not([hidden])')].map((v) => v.dataset.tau)"
        assert set(page.value(taus)) == {"", "0.05"}
        pictures = "[...document.querySelectorAll('details.picture img')].length"
        assert page.value(pictures) == len(found.verdicts)
        assert page.complaints == []
        assert {address.partition(":")[0] for address in page.requests} <= {"file", "data"}
        assert [each for each in page.requests if each.startswith("file")] == [path.as_uri()] * 4
