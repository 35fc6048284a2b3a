"""The page of measured tables: what it says is what was measured."""

import pytest

from agents.errors import UserError
from benchmarks import report, summary
from benchmarks.measurements import Measurement, write

NUMBERS = [
    Measurement("ratio 1", "ours", "speed", "steps/s", 0, 12.34),
    Measurement("ratio 1", "ours", "speed", "steps/s", 1, 14.0),
    Measurement("ratio 1", "ours", "memory", "bytes", 0, 7_123_456_789.0),
    Measurement("ratio 2", "ours", "speed", "steps/s", 0, 0.001234),
]
PAGE = "# Title\n\n<!-- speed:begin -->\nold\n<!-- speed:end -->\n\nWords.\n"


def test_a_table_by_hand(tmp_path):
    write(tmp_path, "speed", NUMBERS, "python -m benchmarks.speed")
    page = report.updated(PAGE, tmp_path)
    assert page.startswith("# Title\n\n<!-- speed:begin -->\n| What | Quantity | Unit |")
    assert page.endswith("<!-- speed:end -->\n\nWords.\n")
    assert "old" not in page
    assert "| ours | speed | steps/s | 13.2 [12.3, 14] | 0.00123 |" in page
    assert "| ours | memory | GB | 7.12 |  |" in page
    assert "of up to 2 repeats. `python -m benchmarks.speed`" in page
    assert report.updated(page, tmp_path) == page


def test_a_foreign_table_is_refused(tmp_path):
    (tmp_path / "speed.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"speed\.parquet is damaged"):
        report.updated(PAGE, tmp_path)


def test_the_page_says_what_was_measured():
    page = report.PAGE.read_text()
    assert report.updated(page) == page
    quoted = {match[1] for match in report._TABLES.finditer(page)} - {"summary"}
    # These may be unmeasured: fleets need an accelerator, the other SAC is an extra.
    measured = {path.stem for path in report.RESULTS.glob("*.parquet")}
    assert quoted | {"fleet", "against_sac"} == measured | {"fleet", "against_sac"}


def test_variables_are_told_in_words(tmp_path):
    numbers = [
        Measurement("full", "ours", "peak_memory_bytes", "bytes", 0, 12_300_000.0),
        Measurement("full", "ours", "loop_ms", "ms/gradient step", 0, 5.0),
    ]
    write(tmp_path, "speed", numbers, "python -m benchmarks.speed")
    page = report.updated(PAGE, tmp_path)
    assert "| ours | most memory | MB | 12.3 |" in page
    assert "| ours | whole loop | ms/gradient step | 5 |" in page
    # Every name of a variable that the shipped tables have is in words.
    shipped = report.PAGE.read_text().splitlines()
    assert not [line for line in shipped if line.startswith("|") and "_ms" in line]
    assert not [line for line in shipped if line.startswith("|") and "| bytes |" in line]


def test_the_summary_says_which_aims_were_missed(tmp_path):
    assert summary.as_markdown(tmp_path).endswith("| Aims not reached | 0 of 0 |\n")
    speeds = {"as shipped": 1.6, "2 processes": 1.0}
    numbers = [
        Measurement(
            case, "ours, 2 processes", f"times the speed of Dopamine, {peer}", "times", 0, x
        )
        for peer, x in speeds.items()
        for case in ("replay ratio 1", "replay ratio 0.25")
    ]
    write(tmp_path, "against_dopamine", numbers, "python -m benchmarks.against_dopamine")
    text = summary.as_markdown(tmp_path)
    assert len(text.splitlines()) == 2 + 5
    assert "1.6 (replay ratio 1) and 1.6 (0.25) times the speed of Dopamine, as shipped" in text
    missed = "2 of 3: speed of two Dopamines, ratio 1: 1, at least 1.05; "
    assert missed + "speed of two Dopamines, ratio 0.25: 1, at least 1.3 |" in text


def test_every_aim_is_about_a_number_of_the_page():
    assert all(summary.median(report.RESULTS, aim.place) for aim in summary.AIMS)


def test_what_was_not_measured_is_said(tmp_path):
    page = report.updated(PAGE, tmp_path)
    assert "<!-- speed:begin -->\nNot measured yet.\n<!-- speed:end -->" in page
