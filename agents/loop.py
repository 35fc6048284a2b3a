"""The training loop, the same for every kind of run: update, log, intervention, snapshot.

A generator that touches no files: it yields `Progress` often, `Log` with the state of every
neuron each log period, and a `Snapshot` after every iteration. Who consumes it decides what is
stored where, and may ask for a snapshot between two groups of updates. Started again from a
snapshot it yields exactly what an uninterrupted run would have yielded, because all randomness
is a function of the step.

What a kind supplies is a `Fleet` (what is computed), an `Experience` (what is learned from) and
a `Timetable` (when). One run is a fleet of one.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
import dataclasses
import functools
import logging
from typing import Any, NamedTuple

import jax
import numpy as np

from agents.crossing import Crossing
from agents.errors import UserError
from agents.events import Border, Event, Log, Progress, Snapshot
from agents.experience import Experience, Moment
from agents.fleet.members import Fleet
from agents.measuring import Accumulator, describe_neurons, is_finite
from agents.probing import REPLAY, compare_probes
from agents.randomness import Purpose
from agents.spec import InterventionSpec

_logger = logging.getLogger(__name__)

# Groups of updates whose metrics nobody waits for: the one that is computed and one before.
_GROUPS_UNDER_WAY = 2

# Which member of the fleet something happened to, and what.
FleetEvent = tuple[int, Event]


@dataclasses.dataclass(frozen=True)
class Timetable:
    """How long runs are and what happens when.

    Attributes:
      iterations_end: agent step at which each iteration ends, with a snapshot.
      log_period_gradient_steps: gradient steps between two logs.
      probe_batch_size: of what a log is measured on.
      intervention: when the fleet's intervention is due; None for never.
      crossed: whether logs also say what new weights do on old inputs, and the reverse.
    """

    iterations_end: Sequence[int]
    log_period_gradient_steps: int
    probe_batch_size: int
    intervention: InterventionSpec | None = None
    crossed: bool = False


class _Runs(NamedTuple):
    """All that the loop works with.

    Attributes:
      fleet, experience, timetable: what the kind of run supplies.
      pending: what has piled up since the last log of each member; changes in place.
      under_way: metrics of the last groups of updates, which the device may still be computing.
      crossing: the log before; None where logs are not crossed.
    """

    fleet: Fleet
    experience: Experience
    timetable: Timetable
    pending: Sequence[Accumulator]
    under_way: deque[Any]
    crossing: Crossing | None

    @property
    def members(self) -> range:
        return range(len(self.pending))

    def add(self, metrics: Sequence[dict[str, Any]]) -> None:
        """Notes metrics of (members,) or (members, updates).

        They are fetched when more have come, so that the next batches are drawn while the
        device learns from these.
        """
        self.under_way.append(metrics)
        self.settle(_GROUPS_UNDER_WAY)

    def settle(self, left: int = 0) -> None:
        """Waits until at most so many groups of metrics are under way."""
        while len(self.under_way) > left:
            for part in self.under_way.popleft():
                for name, values in part.items():
                    # Not `jax.device_get`, which takes three times as long for a single number.
                    of_each = np.asarray(values).reshape(len(self.pending), -1).tolist()
                    for pending, own in zip(self.pending, of_each, strict=True):
                        for value in own:
                            pending.add(name, value)

    def progress(self, now: Moment) -> Iterator[FleetEvent]:
        """A sign of life of every member."""
        for member, pending in enumerate(self.pending):
            yield member, Progress(*now, diverged=not pending.finite)


def train(
    fleet: Fleet, experience: Experience, timetable: Timetable, resume: Iterable[Snapshot | None]
) -> Iterator[FleetEvent]:
    """Trains the members of a fleet in step, each as it would be trained alone.

    Args:
      fleet: what is computed.
      experience: what is learned from; nothing was taken from it yet.
      timetable: what happens when.
      resume: a snapshot of each member to go on from, all of the same agent step, or None for
        all. They are asked for one after the other and not kept, for their frames are many.

    Yields:
      The number of a member with its `Progress`, `Log` or `Snapshot`; for each member in order
      of time.

    Raises:
      UserError: the snapshots are of different agent steps.
    """
    now, saved = _restore(experience, resume)
    state = fleet.begin([None if each is None else each["learner"] for each in saved])
    pending = [Accumulator(None if each is None else each["pending"]) for each in saved]
    crossing = None
    if timetable.crossed:
        crossing = Crossing(fleet, [None if each is None else each.get("before") for each in saved])
    runs = _Runs(fleet, experience, timetable, pending, deque(), crossing)
    # Both are in place by now and need not be in memory twice.
    del saved
    for iteration, end in enumerate(timetable.iterations_end):
        if now.agent_step >= end:
            continue
        experience.begin(iteration)
        while now.agent_step < end:
            state, now = yield from _advance(runs, state, now, end)
            if now.agent_step < end and experience.can_be_interrupted:
                yield from _border(runs, state, now)
        experience.end()
        yield from _evaluate(runs, state, now, iteration)
        for member in runs.members:
            # Without a name here, the frames are gone as soon as they are saved.
            yield member, _snapshot(runs, state, now, member)


def _snapshot(runs: _Runs, state: Any, now: Moment, member: int) -> Snapshot:
    runs.settle()
    kept = {"learner": runs.fleet.save(state, member), "pending": runs.pending[member].save()}
    before = runs.crossing and runs.crossing.save(member)
    if before:
        kept["before"] = before
    return Snapshot(*now, state=kept, transitions=runs.experience.transitions(member))


def _border(runs: _Runs, state: Any, now: Moment) -> Iterator[FleetEvent]:
    """Offers a snapshot of every member."""
    for member in runs.members:
        take = functools.partial(_snapshot, runs, state, now, member)
        yield member, Border(*now, snapshot=take)


def _restore(
    experience: Experience, resume: Iterable[Snapshot | None]
) -> tuple[Moment, list[dict[str, Any] | None]]:
    """Puts transitions of snapshots, one after the other, into an empty experience."""
    moments, saved = set(), []
    for snapshot in resume:
        if snapshot is None:
            moments.add(Moment(0, 0))
            saved.append(None)
        else:
            moments.add(Moment(snapshot.agent_step, snapshot.gradient_step))
            experience.restore(len(saved), snapshot.transitions)
            saved.append(snapshot.state)
        # Before the next one is loaded.
        del snapshot
    if len(moments) != 1:
        raise UserError(
            "Runs that have come unequally far cannot be trained together; use --fleet 1."
        )
    return moments.pop(), saved


def _advance(
    runs: _Runs, state: Any, now: Moment, end: int
) -> Generator[FleetEvent, None, tuple[Any, Moment]]:
    """Plays, learns one group of updates and does what is due then; returns what follows."""
    fleet, experience, timetable, pending = runs[:4]
    agent_step, returns = experience.play(state, now.agent_step, end)
    for member, value in returns:
        pending[member].add("train_return", value)
    now = now._replace(agent_step=agent_step)

    count = experience.updates_due(now, end)
    if count:
        if now.gradient_step == 0:
            # The network as it was initialised, as soon as there is something to measure it on.
            yield from _log(runs, state, now)
        following = range(now.gradient_step, now.gradient_step + count)
        intervention = timetable.intervention
        intervenes = intervention is not None and intervention.is_due(following.stop)
        refreshes_last = intervenes and intervention.target_copy == "after"
        batches = experience.draw(following)
        state, metrics = fleet.update(state, batches, now.gradient_step, not refreshes_last)
        runs.add(metrics)
        gradient_step = following.stop
        now = Moment(agent_step if experience.plays else gradient_step, gradient_step)
    yield from runs.progress(now)
    if count:
        if gradient_step % timetable.log_period_gradient_steps == 0:
            yield from _log(runs, state, now)
        if intervenes:
            size = intervention.probe_batch_size
            batches = experience.probe(size, Purpose.INTERVENE, gradient_step)
            state, metrics = fleet.intervene(state, batches, gradient_step)
            runs.add([metrics])
            if refreshes_last:
                state = fleet.refresh(state, gradient_step)
    return state, now


def _log(runs: _Runs, state: Any, now: Moment) -> Iterator[FleetEvent]:
    """Records every hidden neuron on a fresh probe batch, and what has piled up since."""
    fleet, experience, timetable, pending = runs[:4]
    batches = experience.probe(timetable.probe_batch_size, Purpose.PROBE, now.gradient_step)
    metrics, neurons = fleet.measure(state, batches)
    others = experience.further_probes(timetable.probe_batch_size, now.gradient_step)
    further = {source: fleet.measure(state, batch)[1] for source, batch in others.items()}
    if runs.crossing is not None:
        crossed = runs.crossing.cross(state, batches)
        neurons = {layer: columns | crossed[layer] for layer, columns in neurons.items()}
    runs.settle()
    for member in runs.members:
        described = experience.describe(member, now)
        own, *elsewhere = (_of_member(found, member) for found in (neurons, *further.values()))
        measured = {name: float(values[member]) for name, values in metrics.items()}
        # A mean over all updates says more than the same quantity of one probe batch.
        reported = measured | pending[member].drain() | described | describe_neurons(own)
        if further:
            sources = dict(zip(further, elsewhere, strict=True))
            reported |= compare_probes({REPLAY: own, **sources})
        diverged = {"diverged": float(not is_finite(reported, own))}
        if diverged["diverged"]:
            _logger.warning("run %d has diverged: a measured value is no number", member)
        yield member, Log(*now, reported | diverged, own)


def _of_member(neurons: Any, member: int) -> Any:
    return jax.tree.map(lambda values: values[member], neurons)


def _evaluate(runs: _Runs, state: Any, now: Moment, iteration: int) -> Iterator[FleetEvent]:
    """Lets the members play, if they do, and records their returns."""
    returns: list[list[float]] = [[] for _ in runs.members]
    for finished in runs.experience.evaluate(state, iteration):
        for member in runs.members:
            returns[member] += finished[member]
        yield from runs.progress(now)
    for member, own in enumerate(returns):
        if own:
            metrics = {"eval_return_mean": float(np.mean(own)), "eval_episodes": len(own)}
            yield member, Log(*now, metrics, neurons={})
