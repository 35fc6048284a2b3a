"""Every benchmark at its smallest size: the table is whole, its numbers are numbers."""

import os
from pathlib import Path
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks import (
    against_dopamine,
    arrow_snappy,
    contenders,
    executions,
    growth,
    memory,
    shares,
    snapshots,
)
from benchmarks.measurements import Measurement, read
from benchmarks.processes import Process, ask_at_once, cores, warm
from tests.oracle import dopamine_shim

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="Benchmarks pin processes, as Linux can."
)


def table(measurements):
    frame = pd.DataFrame(measurements, columns=Measurement._fields)
    assert np.isfinite(frame["value"]).all()
    # A difference of numbers that were not taken at the same time, and may be small.
    assert (frame["value"][frame["quantity"] != "idle_share_of_loop"] > 0).all()
    assert not frame.duplicated(["case", "contender", "quantity", "repeat"]).any()
    return frame


def value(frame, **wanted):
    found = frame.loc[(frame[list(wanted)] == pd.Series(wanted)).all(axis=1), "value"]
    (only,) = found
    return only


@pytest.mark.slow
def test_against_dopamine():
    dopamine_shim.require()
    frame = table(against_dopamine.measure(tiny=True))
    assert set(frame["case"]) == {"replay ratio 0.25"}
    found = {
        (contender, quantity): value(frame, contender=contender, quantity=quantity)
        for contender in (against_dopamine.SHIPPED, against_dopamine.PINNED, against_dopamine.OURS)
        for quantity in contenders.SUMS
    }
    times = value(frame, quantity=f"times the speed of {against_dopamine.PINNED}")
    ours, theirs = (
        found[contender, contenders.SPEED]
        for contender in (against_dopamine.OURS, against_dopamine.PINNED)
    )
    assert times == pytest.approx(ours / theirs)
    # Dopamine's updates are counted by its Adam, ours by the agent: both learn as often as the
    # replay ratio says, give or take one update of each of two processes in a second.
    for contender in (against_dopamine.SHIPPED, against_dopamine.PINNED, against_dopamine.OURS):
        agent_steps, updates = (
            found[contender, quantity] for quantity in ("agent_steps_per_s", "gradient_steps_per_s")
        )
        assert updates == pytest.approx(agent_steps / 4, abs=2)


def test_memory_as_a_command(tmp_path):
    dopamine_shim.require()
    command = [sys.executable, "-m", "benchmarks.memory", "--tiny", "--results", str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "Dopamine, compressed, extrapolated" in said
    frame, about = read(tmp_path / "memory.parquet")
    assert about["command"] == "python -m benchmarks.memory --tiny"
    table(frame[list(Measurement._fields)].itertuples(index=False))
    case = f"DemonAttack, {memory.TINY.full} transitions"
    # Every frame is there, and nothing is there twice.
    assert value(frame, case=case, contender="ours") > memory.TINY.full * 84 * 84
    uncompressed = value(frame, case=case, contender="Dopamine, not compressed, extrapolated")
    assert uncompressed > 7 * memory.TINY.full * 84 * 84


@pytest.mark.slow
def test_shares():
    frame = table(shares.measure(tiny=True))
    assert set(frame["case"]) == {"smoke, replay ratio 2"}
    quantities = set(frame["quantity"])
    assert {f"{part}_ms" for part in (*shares.PARTS, "loop")} <= quantities
    assert value(frame, quantity="act_spent_ms") == pytest.approx(
        value(frame, quantity="act_ms") / 2
    )
    assert value(frame, quantity="loop_rate_over_update_rate") == pytest.approx(
        value(frame, quantity="update_ms") / value(frame, quantity="loop_ms")
    )


@pytest.mark.slow
def test_growth():
    frame = table(growth.measure(tiny=True))
    assert list(frame["case"]) == [
        *("width 0.125", "width 0.25"),
        *("batch of 8", "batch of 16"),
        *("100 transitions", "200 transitions"),
    ]
    assert list(frame["quantity"]) == [*["update_ms"] * 4, *["sample_ms"] * 2]


@pytest.mark.slow
def test_executions():
    frame = table(executions.measure(tiny=True))
    assert list(frame["contender"]) == list(executions.WAYS)


def test_a_program_that_fails_says_why():
    broken = Process("parts", {"spec": {"nonsense": 1}, "stored": 1, "parts": []})
    with pytest.raises(RuntimeError, match="unknown field 'nonsense'"), warm(broken):
        pass


def test_processes_are_pinned():
    (core,) = cores(1)
    process = Process(
        "replays", {"contender": "ours", "game": "Asterix", "distinct_agent_steps": 2}, core=core
    )
    with warm(process):
        assert os.sched_getaffinity(process.pid) == {core}
        assert ask_at_once([process], 10) == ask_at_once([process], 10)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 28_224])
def test_snappy_blocks_give_back_what_went_in(length):
    data = np.random.default_rng(length).integers(3, size=length).astype(np.uint8)
    assert arrow_snappy.uncompress(arrow_snappy.compress(data)) == data.tobytes()


def test_snapshots():
    frame = table(snapshots.measure(tiny=True))
    cpu = frame[frame["quantity"] == "write"]
    assert set(cpu["contender"]) == {snapshots.NOW, snapshots.BEFORE, snapshots.AGAIN}
    sizes = frame[frame["quantity"] == "size"].set_index("contender")["value"]
    # The frames are nearly all of it: 300 of 84x84, compressed.
    assert (sizes < 300 * 84 * 84 / 2).all()
