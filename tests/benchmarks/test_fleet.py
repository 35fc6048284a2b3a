"""The benchmark of accelerators, at its smallest on a CPU."""

import pytest

from benchmarks import fleet
from benchmarks.measurements import read
from tests.oracle import dopamine_shim


@pytest.mark.slow
def test_every_contender_is_in_the_table(tmp_path, capsys):
    dopamine_shim.require()
    fleet.main(tiny=True, results=tmp_path)
    table, about = read(tmp_path / "fleet.parquet")
    assert about["command"] == "python -m benchmarks.fleet --tiny"
    assert (table.value >= 0).all()
    found = set(zip(table.case, table.contender, strict=True))
    both = {"fleet of 1", "fleet of 2"}
    assert {who for case, who in found if case == "playing"} == both
    for form, precision in (("matmul", "default"), ("native", "default"), ("matmul", "highest")):
        case = f"updates alone, convolutions {form}, {precision} precision"
        assert {who for what, who in found if what == case} == both
    assert {("playing, before", "Dopamine"), ("playing, after", "Dopamine")} <= found
    assert set(table.quantity[table.case == "ceilings"]) == {
        "matmul_float32_tflop_per_s",
        "matmul_default_tflop_per_s",
        "copy_gbyte_per_s",
    }
    deviations = table[table.quantity == "deviation"].set_index("contender").value
    assert deviations["float32, convolutions by matmul"] < 1e-3
    assert "deviation" in capsys.readouterr().out


def test_what_is_measured_is_kept_when_the_time_is_up(tmp_path, capsys):
    fleet.main(tiny=True, minutes=0, results=tmp_path)
    table, _ = read(tmp_path / "fleet.parquet")
    assert set(table.case) == {"ceilings"}
    assert "The time is up" in capsys.readouterr().out


def test_a_contender_that_fails_is_told_and_left_out(tmp_path, capsys, monkeypatch):
    def fails(*_):
        raise RuntimeError("dopamine_agent stopped unexpectedly")

    monkeypatch.setattr(fleet, "_steps", lambda size: [fails, lambda: fleet._ceilings(size)])
    fleet.main(tiny=True, results=tmp_path)
    assert "Left out: dopamine_agent stopped unexpectedly" in capsys.readouterr().out
    assert set(read(tmp_path / "fleet.parquet")[0].case) == {"ceilings"}
