"""One process that trains one run, or a few in step.

`python -m experiments.running.worker RUN_FOLDER`

The launcher starts it; by hand it is useful to look at a single run. Standard output carries
nothing but the one sentence that explains a failure; everything else goes to standard error.
"""

import argparse
from collections.abc import Sequence
import errno
import logging
import os
from pathlib import Path
import sys
import threading

from agents.errors import UserError
from agents.identity import Spec
from agents.kinds import parse_spec
from experiments.output import FAILED, REFUSED
from experiments.plugins import load
from experiments.running.devices import check_device
from experiments.running.preemption import Moments, Preempted
from experiments.storing.files import FULL, explain, is_users_business
from experiments.storing.locks import TakenError
from experiments.storing.store import SPEC

# Another command has one of the runs.
TAKEN = 4
# Somebody asked this process to end, and everything is saved.
PREEMPTED = 5
CHECKPOINT_MINUTES = 15.0


def main() -> int:
    """Trains the runs whose specifications lie in the folders; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains runs.")
    parser.add_argument("folders", type=Path, nargs="+", help="a run's folder, with its spec.json")
    parser.add_argument("--device", help="what it has to be trained on; by default what JAX takes")
    parser.add_argument(
        "--fleet", type=int, help="runs trained in step; by default as many as memory holds"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes like this one that share the memory"
    )
    parser.add_argument(
        "--lifeline", action="store_true", help="end at once when standard input closes"
    )
    parser.add_argument(
        "--plugin", action="append", default=[], help="a module of your own to import first"
    )
    parser.add_argument(
        "--checkpoint-minutes",
        type=float,
        default=CHECKPOINT_MINUTES,
        help="minutes between two snapshots inside an iteration; 0 for none",
    )
    arguments = parser.parse_args()

    report = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("experiments").setLevel(logging.INFO)

    if arguments.lifeline:
        threading.Thread(target=_die_with_launcher, daemon=True).start()

    minutes = arguments.checkpoint_minutes
    moments = Moments(60 * minutes if minutes else None)
    moments.listen()
    try:
        load(arguments.plugin)
        _run(arguments.folders, arguments.fleet, arguments.jobs, moments, arguments.device)
    except Preempted:
        return PREEMPTED
    except TakenError:
        return TAKEN
    except UserError as error:
        print(error, file=report, flush=True)
        return REFUSED
    return 0


def _run(
    folders: Sequence[Path],
    fleet: int | None,
    jobs: int,
    moments: Moments,
    device: str | None = None,
) -> None:
    specs = [_spec_in(folder) for folder in folders]
    # Imports JAX, which takes a second that a wrong folder need not wait for.
    import jax

    from experiments.running.fleets import run_all

    try:
        if device is not None:
            check_device(device, jax.default_backend())
        run_all(specs, folders, fleet, jobs, moments)
    except Exception as error:
        explained = _explain(error, folders[0])
        if explained is None:
            raise
        raise explained from error


def _spec_in(folder: Path) -> Spec:
    try:
        return parse_spec((folder / SPEC).read_text())
    except OSError as error:
        raise UserError(
            f"{folder} is no run's folder: its {SPEC} cannot be read ({error.strerror})."
        ) from error


def _explain(error: Exception, folder: Path) -> UserError | None:
    """The sentence for an error that only says that disk, permission or memory is lacking."""
    text = str(error)
    if isinstance(error, OSError) and is_users_business(error):
        return explain(error, folder)
    if any(os.strerror(number) in text for number in FULL):
        return explain(OSError(errno.ENOSPC, text), folder)
    if "RESOURCE_EXHAUSTED" in text or isinstance(error, MemoryError):
        return UserError(
            "The device's memory is used up; run the same command again with fewer runs at a "
            "time (--jobs 1 --fleet 1) or on another device."
        )
    return None


def _die_with_launcher() -> None:
    """Ends this process as soon as the launcher, which holds the other end, is gone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(FAILED)


if __name__ == "__main__":
    sys.exit(main())
