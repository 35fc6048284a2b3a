"""Command line: `python -m experiments overlap --preset laptop --games DemonAttack --seeds 0 1`."""

from experiments.interrupts import end_with_a_word

if __name__ == "__main__":
    end_with_a_word()

import math
from pathlib import Path
import signal
import sys
from typing import Annotated, Literal

import tyro

from agents.errors import UserError
from experiments import commands
from experiments.arguments import WrongArgumentsError, read
from experiments.catalog import EXPERIMENTS, find_experiments
from experiments.output import REFUSED, guarded
from experiments.plugins import load
from experiments.presets.changes import settings
from experiments.presets.decided import changed_for
from experiments.presets.preset import Preset
from experiments.presets.presets import PRESETS
from experiments.running.devices import DEVICES, choose_device
from experiments.running.engines import (
    ENGINES,
    Where,
    check_options,
    jobs_at_a_time,
    make_engine,
)
from experiments.running.preemption import SIGNALS
from experiments.running.selected import cost_of, train_selected, with_all_required
from experiments.running.worker import CHECKPOINT_MINUTES
from experiments.selection import select
from experiments.storing.presets import check_name, find_preset
from experiments.storing.schema import Store

INTERRUPTED = 130


def command(
    experiment: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="EXPERIMENT")],
    preset: str = "laptop",
    changes: Annotated[tuple[str, ...], tyro.conf.arg(name="set")] = (),
    name: str = "",
    games: tuple[str, ...] = (),
    seeds: tuple[int, ...] = (),
    conditions: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    plugin: tuple[str, ...] = (),
    device: Literal[DEVICES] = "auto",
    jobs: int | None = None,
    fleet: int | None = None,
    results: Path = Path("local_results"),
    checkpoint_minutes: float = CHECKPOINT_MINUTES,
    on: Literal[ENGINES] = "local",
    ray_address: str = "",
    ray: tuple[str, ...] = (),
    slurm: tuple[str, ...] = (),
    dry_run: bool = False,
) -> int:
    """Train the runs that an experiment of the paper needs, or all of them.

    Runs that the results folder already has are not trained again, and interrupted ones go on
    from their latest checkpoint. `python -m experiments list` describes the experiments, and
    `python -m experiments settings` lists what --set can change; `python -m experiments plan fig5`
    is short for --dry-run. `status`, `index`, `merge` and
    `export` in the place of an experiment have a --help of their own.

    Args:
        experiment: name of the experiment or of what it makes, for instance overlap or fig5;
            "all" for everything in the paper, "questions" for everything beyond it, "list",
            "settings".
        preset: size of the runs: smoke (seconds), laptop (minutes), desk (hours) or paper (as
            published), or the name of one of your own.
        changes: other numbers than the preset's, for instance agent.learning_rate=3e-4
            schedule.iterations=40; the results are kept apart, under the name of a preset of
            your own.
        name: of that preset; by default it tells the changes.
        games: Atari games, for instance DemonAttack Asterix; by default those of the paper's
            figure. Of "all", each experiment takes those it has.
        seeds: one run for each seed and game; by default the seeds that the preset reports.
        conditions: lines of the figure, for instance "DQN+ReDo"; by default all that the
            preset trains.
        options: choices that the paper leaves open, for instance inputs=student of the
            experiment distillation; `python -m experiments list` names them.
        plugin: modules of your own, with an experiment, a network or an intervention; see
            docs/your-own.md.
        device: where to train; auto takes an accelerator if JAX finds one.
        jobs: processes at a time; by default one for each processor core, or one on an
            accelerator.
        fleet: runs that one process trains in step, if they differ in seed and game only; by
            default one on the CPU, and as many as its memory holds on an accelerator.
        results: folder where all results are kept.
        checkpoint_minutes: minutes between two snapshots inside an iteration; 0 for none. A
            process that is asked to end (SIGTERM, SIGUSR1) takes one in any case.
        on: where runs are trained: in processes of this machine, as tasks of a Ray cluster, or as
            jobs of SLURM; see docs/clusters.md.
        ray_address: of a Ray cluster; by default RAY_ADDRESS, or else one of this machine alone.
        ray: what a task takes, for instance gpus=0.25 cpus=2 memory_gb=16.
        slurm: what a job takes, for instance partition=gpu time=04:00:00 gpus=1 account=mine;
            anything that sbatch has an option for.
        dry_run: train nothing and say what it would cost: runs, steps, memory and time.
    """
    plugins = load(plugin)
    if experiment == "list":
        print(_catalog())
        return 0
    base = find_preset(preset, results)
    if experiment == "settings":
        print(_settings(base))
        return 0
    chosen = find_experiments(experiment)
    if name and not changes:
        raise UserError(f"--name {name} names what --set changes; give both or --preset {name}.")
    if len(chosen) == 1:
        for game in games:
            chosen[0].check_game(game)
    size = changed_for(chosen, base, changes, name, games, conditions, options)
    selected = select(chosen, size, games, seeds, conditions, options)
    _check_numbers(jobs, fleet, checkpoint_minutes)
    wanted = with_all_required(selected)
    for spec in wanted:
        # Before any worker is started, and before anything is written.
        spec.check()
    store = Store(results, size.name)
    check_name(store, size)
    where = Where(on, device, jobs, fleet, ray_address, ray, slurm)
    check_options(where)
    if dry_run:
        # Of a device that is elsewhere one may ask as well.
        device = choose_device(device) if device == "auto" else device
        print(cost_of(selected, store, device, jobs_at_a_time(where, device, len(wanted))))
        return 0
    engine, device, fleet = make_engine(where, store, len(wanted), plugins, checkpoint_minutes)
    how = f"the {device.upper()}" if on == "local" else f"{on.upper()} ({device.upper()})"
    return train_selected(selected, size, store, engine, fleet, device, how)


def _check_numbers(jobs: int | None, fleet: int | None, checkpoint_minutes: float) -> None:
    """Raises UserError if one of them makes no sense."""
    for option, number in (("jobs", jobs), ("fleet", fleet)):
        if number is not None and number < 1:
            raise UserError(f"--{option} {number} would train nothing; give a number from 1 on.")
    if not (checkpoint_minutes >= 0 and math.isfinite(checkpoint_minutes)):
        raise UserError(
            f"--checkpoint-minutes {checkpoint_minutes:g} is no time; give minutes, or 0 for none."
        )


def _catalog() -> str:
    width = max(map(len, EXPERIMENTS))
    lines = ["Experiments:"]
    for name, experiment in EXPERIMENTS.items():
        lines.append(f"  {name:{width}} {experiment.title} ({', '.join(experiment.figures)})")
        lines += [f"  {'':{width}} - {claim.statement}" for claim in experiment.claims]
        for option, choices in experiment.options.items():
            lines.append(f"  {'':{width}} option {option}={'|'.join(choices)}")
    lines.append("Presets:")
    lines += [f"  {name:{width}} {preset.purpose}" for name, preset in PRESETS.items()]
    return "\n".join(lines)


def _settings(preset: Preset) -> str:
    rows = [("setting", "value", "unit"), *settings(preset)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = (f"{path:{widths[0]}}  {value:{widths[1]}}  {unit}" for path, value, unit in rows)
    return "\n".join(line.rstrip() for line in lines)


def main() -> int:
    """Runs the command line; returns the exit status."""
    for number in (*SIGNALS, signal.SIGHUP):
        # Whoever asks this command to end asks it to end in order, as Ctrl-C does; also who closes
        # its terminal, unless `nohup` is to keep that from it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    words = sys.argv[1:]
    if words[:1] == ["plan"]:
        words = [*(words[1:] or ["all"]), "--dry-run"]
    try:
        if words and words[0] in commands.names():
            program = f"python -m experiments {words[0]}"
            return read(commands.find(words[0]), words[1:], program)()
        return read(command, words, "python -m experiments")()
    except (UserError, WrongArgumentsError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the latest checkpoints.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(guarded(main))
