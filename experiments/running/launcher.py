"""Runs a plan to its end on an engine, next to other commands that want the same runs."""

from collections.abc import Iterator, Sequence
import time

from agents.errors import UserError
from agents.identity import Spec
from experiments.running.display import Board, Display
from experiments.running.engine import Engine, Job
from experiments.running.plan import Failure, Plan
from experiments.running.progress import read_status
from experiments.running.survey import Survey, is_finished, survey
from experiments.storing import failures, transitions
from experiments.storing.locks import LOCK, is_held
from experiments.storing.schema import Store
from experiments.storing.store import claim_folder

_POLL_PERIOD_S = 0.25
# Between two looks at runs that another command trains.
_LOOK_PERIOD_S = 1.0


def run_many(
    specs: Sequence[Spec],
    store: Store,
    engine: Engine,
    display: Display,
    fleet: int | None = 1,
) -> list[Failure]:
    """Trains the runs that the store lacks; a run that fails does not stop the others.

    A run starts once all runs that it requires are finished; these are trained too. A run that
    another command is training is left to it: others are trained meanwhile, and it is taken
    over if that command ends before the run does.

    Args:
      specs: the runs, in order of urgency; a run that is asked for twice is trained once.
      store: where they are kept.
      engine: where they are trained.
      display: shows how it goes.
      fleet: runs that differ in seed and game only and are trained in step;
        None takes as many as the device's memory holds.

    Returns:
      The runs that failed.

    Raises:
      KeyboardInterrupt: after all workers have been stopped.
    """
    found = survey(specs, store)
    plan = _prepare(found, store)
    jobs: list[Job] = []
    looked_at = float("-inf")
    noted = _note(plan, 0, store)
    try:
        with display:
            while not plan.is_over:
                if plan.elsewhere and time.monotonic() - looked_at > _LOOK_PERIOD_S:
                    plan = _look(plan, store, found)
                    looked_at = time.monotonic()
                plan = _start(plan, fleet, store, engine, jobs)
                for job in list(jobs):
                    plan = _ended(plan, job, jobs)
                noted = _note(plan, noted, store)
                display.show(_board(plan, jobs, store))
                time.sleep(_POLL_PERIOD_S)
    finally:
        for job in jobs:
            job.stop()
        for job in jobs:
            job.wait()
    return list(plan.failures)


def _prepare(found: Survey, store: Store) -> Plan:
    """The plan to begin with.

    The folders of the runs to be trained are made; a run whose folder is unusable stops only
    those that require it.
    """
    problems = dict(found.problems)
    for spec in found.to_train:
        if spec.run_id in problems:
            continue
        folder = store.run_folder(spec)
        try:
            claim_folder(folder, spec)
            failures.forget(folder)
            if spec.run_id in found.transitions_needed:
                transitions.keep(folder)
        except UserError as error:
            problems[spec.run_id] = error
    left = {spec.run_id for spec in found.to_train} | problems.keys()
    plan = Plan(waiting=found.wanted)
    plan = plan.finish([spec for spec in found.wanted if spec.run_id not in left])
    for spec in found.wanted:
        if spec.run_id in problems:
            plan = plan.fail(Failure(spec, str(problems[spec.run_id])))
    return plan


def _look(plan: Plan, store: Store, found: Survey) -> Plan:
    """What has become of the runs that another command was training."""
    for spec in plan.elsewhere:
        folder = store.run_folder(spec)
        if is_held(folder / LOCK):
            continue
        try:
            finished = is_finished(spec, folder) and found.has_what_others_need(spec, folder)
        except UserError as error:
            plan = plan.fail(Failure(spec, str(error)))
        else:
            plan = plan.finish([spec]) if finished else plan.put_back([spec])
    return plan


def _start(plan: Plan, fleet: int | None, store: Store, engine: Engine, jobs: list[Job]) -> Plan:
    """Starts as much as is ready and the engine takes, at once: some make one array of it."""
    groups: list[Sequence[Spec]] = []
    while len(jobs) + len(groups) < engine.jobs and (together := plan.ready(fleet)):
        taken = [spec for spec in together if is_held(store.run_folder(spec) / LOCK)]
        if taken:
            plan = plan.meet(taken)
        else:
            plan = plan.start(together)
            groups.append(together)
    if groups:
        jobs += engine.start(groups)
    return plan


def _ended(plan: Plan, job: Job, jobs: list[Job]) -> Plan:
    outcome = job.outcome()
    if outcome is None:
        return plan
    jobs.remove(job)
    failed = [failure.spec for failure in outcome.failures]
    plan = plan.put_back(outcome.retry)
    plan = plan.finish([s for s in job.specs if s not in failed and s not in outcome.retry])
    for failure in outcome.failures:
        plan = plan.fail(failure)
    return plan


def _note(plan: Plan, noted: int, store: Store) -> int:
    """Keeps why runs failed, at once: the others may take days, or be interrupted.

    Args:
      plan: with all failures.
      noted: how many of them are kept already.
      store: where.

    Returns:
      How many are kept now.
    """
    for failure in plan.failures[noted:]:
        failures.note(store.run_folder(failure.spec), failure.sentence)
    return len(plan.failures)


def _board(plan: Plan, jobs: Sequence[Job], store: Store) -> Board:
    def others() -> Iterator:
        for spec in plan.elsewhere:
            yield spec, read_status(store.run_folder(spec))

    return Board(
        total=plan.total,
        finished=plan.finished,
        failed=len(plan.failures),
        running=[pair for job in jobs for pair in job.statuses()],
        waiting=plan.waiting,
        elsewhere=list(others()),
    )
