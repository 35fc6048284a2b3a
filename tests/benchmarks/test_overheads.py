"""What comes on top of training: what is not there is told and left out."""

import pytest

from benchmarks import overheads


def test_imports_have_a_python_each_time():
    rows = list(overheads._imports(overheads.Size(("json",), repeats=2)))
    assert [(row.contender, row.repeat) for row in rows] == [
        (name, repeat) for repeat in range(2) for name in ("Python itself", "json")
    ]
    assert all(row.value > 0 for row in rows)


def test_an_engine_that_is_not_there_is_told_and_left_out(monkeypatch, capsys):
    monkeypatch.setattr(overheads.shutil, "which", lambda name: None)
    monkeypatch.setattr(overheads.importlib.util, "find_spec", lambda name: None)
    size = overheads.Size((), 0, dict.fromkeys(("Ray", "SLURM"), ()), 0)
    assert not list(overheads._engines(size))
    assert capsys.readouterr().out.splitlines() == [
        "Left out: Ray, which is not installed.",
        "Left out: SLURM, which is not installed.",
    ]


def test_a_command_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no_such_module"):
        overheads._seconds([overheads.sys.executable, "-c", "import no_such_module"])


@pytest.mark.slow
def test_a_shortest_run_is_trained():
    found = {(row.case, row.quantity): row.value for row in overheads.measure(tiny=True)}
    assert found["a shortest run", "first_run"] > found["import", "wall"]
