"""The page of measured tables: what it says is what was measured."""

import pytest

from agents.errors import UserError
from benchmarks import report
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
    assert "| ours | memory | bytes | 7,123,456,789 |  |" in page
    assert "of up to 2 repeats. `python -m benchmarks.speed`" in page
    assert report.updated(page, tmp_path) == page


def test_a_foreign_table_is_refused(tmp_path):
    (tmp_path / "speed.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"speed\.parquet is damaged"):
        report.updated(PAGE, tmp_path)


def test_the_page_says_what_was_measured():
    page = report.PAGE.read_text()
    assert report.updated(page) == page
    quoted = {match[1] for match in report._TABLES.finditer(page)}
    # These may be unmeasured: fleets need an accelerator, the other SAC is an extra.
    measured = {path.stem for path in report.RESULTS.glob("*.parquet")}
    assert quoted | {"fleet", "against_sac"} == measured | {"fleet", "against_sac"}


def test_what_was_not_measured_is_said(tmp_path):
    page = report.updated(PAGE, tmp_path)
    assert "<!-- speed:begin -->\nNot measured yet.\n<!-- speed:end -->" in page
