"""Trains a run whose n-th file operation goes wrong, for every n: does it end in the same tables?

    LD_PRELOAD=<faults.so> python -m tests.experiments.crashing FOLDER [KIND ...] [--every N]

Prints one line a kind of fault: positions tried, and those that did not end as they should.
Every attempt is a fork of this process, which has imported what it needs and started no thread.
"""

import argparse
import ctypes
import json
import os
from pathlib import Path
import shutil
import sys

from agents import checkpoints
from agents.replay.archive import Buffers
from agents.run_folder import CHECKPOINT
from experiments.running.runner import run_one
from experiments.storing import transitions
from experiments.storing.recording import same_rows
from experiments.storing.store import is_complete
from tests.experiments.fake_training import SPEC, fake_train

KINDS = {"kill": 1, "torn": 2, "full": 3, "io error": 4}
COUNT_ONLY = 0
FAULTS = ctypes.CDLL(None)


def forked(action) -> int:
    """Does something in a process of its own; its exit status, negative for a signal."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = 1
        try:
            # What goes wrong is told by the status.
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 2)
            status = action() or 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def train(folder: Path) -> None:
    """The run, which keeps its transitions."""
    transitions.keep(folder)
    run_one(SPEC, folder, fake_train)


def train_with(fault: int, position: int, folder: Path, report: Path | None = None) -> int:
    """The run with a fault; its exit status, 3 for an error that was raised."""

    def action() -> int:
        FAULTS.faults_arm(os.fsencode(folder), fault, position)
        try:
            train(folder)
        except Exception:
            return 3
        finally:
            number = FAULTS.faults_count()
            FAULTS.faults_arm(b"", COUNT_ONLY, -1)
            if report:
                report.write_text(str(number))
        return 0

    return forked(action)


def same(folder: Path, whole: Path) -> bool:
    """Whether a run ended as another: tables, transitions, final network, nothing left over."""

    def compare() -> int:
        buffers, others = (Buffers(f / transitions.TRANSITIONS) for f in (folder, whole))
        equal = is_complete(folder, SPEC) and same_rows(folder, whole)
        equal &= buffers.numbers == others.numbers
        for number in others.numbers:
            ours, theirs = buffers.read(number), others.read(number)
            equal &= all((ours[name] == theirs[name]).all() for name in theirs)
        ours, theirs = (
            checkpoints.load_learner(f / CHECKPOINT, SPEC.run_id) for f in (folder, whole)
        )
        equal &= bool(ours["value"] == theirs["value"])
        left = [
            p for p in folder.rglob("*") if ".partial" in p.name or "orbax-checkpoint-tmp" in p.name
        ]
        return 0 if equal and not left else 4

    return forked(compare) == 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--every", type=int, default=1, help="positions from one to the next")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    whole, report = folder / "whole", folder / "count"
    folder.mkdir(parents=True, exist_ok=True)
    assert train_with(COUNT_ONLY, -1, whole, report) == 0
    count = int(report.read_text())
    failed = 0
    for kind in arguments.kinds or KINDS:
        wrong, tried, raised = [], range(0, count, arguments.every), 0
        for position in tried:
            run = folder / "run"
            status = train_with(KINDS[kind], position, run)
            raised += status != 0
            again = forked(lambda run=run: train(run))
            if again or not same(run, whole):
                wrong.append((position, status, again))
                shutil.copytree(run, folder / f"wrong-{kind}-{position}", dirs_exist_ok=True)
            shutil.rmtree(run, ignore_errors=True)
        outcome = {
            "fault": kind,
            "operations": count,
            "positions": len(tried),
            "interrupted": raised,
            "identical": len(tried) - len(wrong),
            "wrong": wrong,
        }
        print(json.dumps(outcome), flush=True)
        failed += len(wrong)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
