"""Command line: `python -m experiments overlap --preset laptop --games DemonAttack --seeds 0 1`."""

from experiments.interrupts import end_with_a_word

if __name__ == "__main__":
    end_with_a_word()

from collections.abc import Sequence
import math
from pathlib import Path
import signal
import sys
from typing import Annotated, Literal

import tyro

from agents.errors import UserError
from agents.identity import Spec
from experiments import commands
from experiments.arguments import WrongArgumentsError, read
from experiments.catalog import EXPERIMENTS, find_experiments
from experiments.experiment import Run
from experiments.games import without_human_score
from experiments.output import FAILED, REFUSED, guarded
from experiments.plugins import load
from experiments.presets.changes import settings
from experiments.presets.decided import changed_for
from experiments.presets.preset import Preset
from experiments.presets.presets import PRESETS
from experiments.running.contents import has_diverged
from experiments.running.devices import DEVICES, choose_device, default_jobs
from experiments.running.display import choose_display, titles
from experiments.running.engine import Engine
from experiments.running.engines import ENGINES, check_options, make_engine
from experiments.running.launcher import run_many
from experiments.running.plan import Failure, with_required
from experiments.running.preemption import SIGNALS
from experiments.running.survey import Survey, survey
from experiments.running.worker import CHECKPOINT_MINUTES
from experiments.selection import Selection, select
from experiments.storing.files import ensure_writable
from experiments.storing.index import write_index
from experiments.storing.presets import check_name, find_preset, keep_preset
from experiments.storing.schema import METRICS, NEURONS, Store
from experiments.wording import count_of

# Of this repository, seen from its root.
SHIPPED = Path("results")
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
    for part in chosen if len(chosen) == 1 else ():
        for game in games:
            part.check_game(game)
    size = changed_for(chosen, base, changes, name, games, conditions, options)
    selected = select(chosen, size, games, seeds, conditions, options)
    for name, number in (("jobs", jobs), ("fleet", fleet)):
        if number is not None and number < 1:
            raise UserError(f"--{name} {number} would train nothing; give a number from 1 on.")
    if not (checkpoint_minutes >= 0 and math.isfinite(checkpoint_minutes)):
        raise UserError(
            f"--checkpoint-minutes {checkpoint_minutes:g} is no time; give minutes, or 0 for none."
        )
    specs = [run.spec for run in _runs(selected)]
    wanted = with_required(specs, lambda _: True, set())
    for spec in wanted:
        # Before any worker is started, and before anything is written.
        spec.check()
    store = Store(results, size.name)
    check_name(store, size)
    if dry_run:
        check_options(on, ray_address, ray, slurm)
        # Of a device that is elsewhere one may ask as well.
        device = choose_device(device) if device == "auto" else device
        # A cluster takes all that is ready.
        jobs = jobs or (default_jobs(device) if on == "local" else len(wanted))
        print(_cost(selected, store, device, jobs))
        return 0
    engine, device, fleet = make_engine(
        on,
        store,
        len(wanted),
        device,
        jobs,
        fleet,
        plugins,
        checkpoint_minutes,
        ray_address,
        ray,
        slurm,
    )
    how = f"the {device.upper()}" if on == "local" else f"{on.upper()} ({device.upper()})"
    return _train(selected, size, store, engine, fleet, device, how)


def _train(
    selected: Sequence[Selection],
    preset: Preset,
    store: Store,
    engine: Engine,
    fleet: int | None,
    device: str,
    how: str,
) -> int:
    ensure_writable(store.folder)
    keep_preset(store, preset)
    for part in selected:
        # First of all, so that figures can be drawn of whatever is there already.
        write_index(store, part.experiment, preset, part.runs, part.options)
    specs = [run.spec for run in _runs(selected)]
    count = len({spec.run_id for spec in specs})
    how += f", {engine.jobs} at a time" + ("" if fleet == 1 else ", in fleets")
    print(
        f"{', '.join(part.experiment.title for part in selected)}: {count_of(count, 'run')} of "
        f"the {preset.name} preset on {how}. Results: {store.folder}",
        flush=True,
    )
    for warning in _warnings(selected):
        print(warning, flush=True)
    found = survey(specs, store)
    _check_data(found.to_train)
    if told := _announcement(found, store, device, engine.jobs):
        print(told, flush=True)
    failures = run_many(specs, store, engine, choose_display(titles(_runs(selected))), fleet)
    print(_report(store, selected, failures))
    return FAILED if failures else 0


def _cost(selected: Sequence[Selection], store: Store, device: str, jobs: int) -> str:
    """What the runs that are to be trained will cost."""
    from experiments.running.cost import cost, describe, recorded

    found = survey([run.spec for run in _runs(selected)], store)
    return describe(cost(found, recorded(store.root, SHIPPED), device), jobs, device)


def _announcement(found: Survey, store: Store, device: str, jobs: int) -> str:
    """What is missing and how long it will take; "" if nothing is missing."""
    from experiments.running.cost import announcement, recorded

    measured = recorded(store.root, SHIPPED) if found.to_train else []
    return announcement(found, measured, device, jobs)


def _warnings(selected: Sequence[Selection]) -> list[str]:
    """What claims and figures will lack, said before anything is trained."""
    said = []
    for part in selected:
        games = dict.fromkeys(run.spec.game for run in part.runs)
        lacking = without_human_score(games)
        needed = any(
            claim.arguments.get("measure") == "human_normalised_return"
            for claim in part.experiment.claims
        )
        if lacking and needed:
            said.append(
                f"No human score is published for {', '.join(lacking)}: the claims and figures of "
                f"{part.experiment.name} about human-normalised scores leave them out."
            )
    return said


def _check_data(specs: Sequence[Spec]) -> None:
    """Fetches or refuses, once and before any worker starts, what many of these runs read."""
    if any(spec.kind == "classification" for spec in specs):
        from agents.supervised.cifar10 import ensure_available

        ensure_available()


def _runs(selected: Sequence[Selection]) -> list[Run]:
    return [run for part in selected for run in part.runs]


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


def _report(store: Store, selected: Sequence[Selection], failures: Sequence[Failure]) -> str:
    """Where everything is, what diverged and what failed."""
    called = titles(_runs(selected))
    failed = called.keys() & {failure.spec.run_id for failure in failures}
    diverged = [title for run_id, title in called.items() if has_diverged(store, run_id)]
    lines = [
        f"{len(called) - len(failed)} of {len(called)} runs are complete.",
        *(f"  index of the runs: {store.index(part.experiment.name)}" for part in selected),
        f"  tables of a run:   {store.folder / 'runs' / '<run_id>'}/{{{METRICS},{NEURONS}}}",
    ]
    if diverged:
        lines.append(
            f"{count_of(len(diverged), 'run')} diverged (a measured value is no number): "
            f"{'; '.join(diverged)}. Figures say so, and claims about them are not decided."
        )
    for failure in failures:
        spec = failure.spec
        lines.append(f"FAILED {spec.game} seed {spec.seed}: {failure.sentence}")
        if failure.log is not None:
            lines.append(f"  log: {failure.log}")
    return "\n".join(lines)


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
