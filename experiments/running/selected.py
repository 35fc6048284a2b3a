"""Trains what a user has selected, and tells before what is missing and after what came of it.

The index is written first of all, which lists the runs for the figures. How they are trained is
the launcher's business.
"""

from collections.abc import Sequence
from pathlib import Path

from agents.identity import Spec
from experiments.experiment import Run
from experiments.games import without_human_score
from experiments.output import FAILED
from experiments.presets.preset import Preset
from experiments.running.contents import has_diverged
from experiments.running.display import choose_display, titles
from experiments.running.engine import Engine
from experiments.running.launcher import run_many
from experiments.running.plan import Failure, with_required
from experiments.running.survey import Survey, survey
from experiments.selection import Selection
from experiments.storing.files import ensure_writable
from experiments.storing.index import write_index
from experiments.storing.presets import keep_preset
from experiments.storing.schema import METRICS, NEURONS, Store
from experiments.wording import count_of

# Of this repository, seen from its root.
SHIPPED = Path("results")


def with_all_required(selected: Sequence[Selection]) -> tuple[Spec, ...]:
    """The selected runs and all that they require, each after what it requires."""
    return with_required(_specs(selected), lambda _: True, set())


def cost_of(selected: Sequence[Selection], store: Store, device: str, jobs: int) -> str:
    """What the runs that are to be trained will cost, as lines for people."""
    # Imports SciPy, which `--help` need not wait for.
    from experiments.running.cost import cost, describe
    from experiments.running.durations import recorded

    found = survey(_specs(selected), store)
    return describe(cost(found, recorded(store.root, SHIPPED), device), jobs, device)


def train_selected(
    selected: Sequence[Selection],
    preset: Preset,
    store: Store,
    engine: Engine,
    fleet: int | None,
    device: str,
    how: str,
) -> int:
    """Trains the runs that the store lacks; returns the exit status.

    Args:
      selected: the runs.
      preset: their size.
      store: where they are kept.
      engine: where they are trained.
      fleet: runs in step; None takes as many as the device's memory holds.
      device: "cpu", "gpu" or "tpu".
      how: engine and device in words.

    Raises:
      UserError: the store cannot be written, or data that runs learn from are not there.
    """
    ensure_writable(store.folder)
    keep_preset(store, preset)
    for part in selected:
        # Before training, so that figures can be drawn of whatever is there already.
        write_index(store, part.experiment, preset, part.runs, part.options)
    specs = _specs(selected)
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


def _announcement(found: Survey, store: Store, device: str, jobs: int) -> str:
    """What is missing and how long it will take; "" if nothing is missing."""
    # As in `cost_of`.
    from experiments.running.cost import announcement
    from experiments.running.durations import recorded

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


def _runs(selected: Sequence[Selection]) -> list[Run]:
    return [run for part in selected for run in part.runs]


def _specs(selected: Sequence[Selection]) -> list[Spec]:
    return [run.spec for run in _runs(selected)]
