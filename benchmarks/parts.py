"""A program that times the parts of training, each by itself.

A request is `{"part": name of a method of Parts, "seconds": s, "clock": name}`; the answer is the
median time of one call in milliseconds, by the clock on the wall or by the processor's. A call ends
when its result is there.
"""

from collections.abc import Callable, Sequence
import itertools
import json
import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from agents.dqn.learner import build_agent
from agents.dqn.training import build_fleet
from agents.environments.atari import AtariEnvironments
from agents.fleet.execution import plan_execution
from agents.measuring import describe_neurons
from agents.randomness import Purpose, generator
from agents.replay.fleet import build_replay
from agents.replay.ring import Batch
from agents.spec import RunSpec
from benchmarks.played import endless
from benchmarks.processes import respond

FLOP = "flop"  # counted, not timed
MATMUL_SIZE = 1_024
WALL, CPU = "wall", "cpu"
_CLOCKS = {WALL: time.perf_counter, CPU: time.process_time}
_MINIMUM_CALLS = 3


class Parts:
    """What one run does between two updates, and the update.

    Args:
      spec: the run.
      stored: transitions in its replay.
    """

    def __init__(self, spec: RunSpec, stored: int):
        self._spec, execution = spec, plan_execution(members=1)
        self._calls = itertools.count()
        transitions = endless(spec.task, min(stored, 5_000))
        self._replay = build_replay(spec, 1, execution.replay_on_device)
        for transition in itertools.islice(transitions, stored):
            self._replay.add(*transition)
        self._transitions = transitions
        self._environments = AtariEnvironments([spec.task])
        self._observations = self._environments.reset([0])
        num_actions = self._environments.num_actions
        self._fleet = build_fleet([spec], num_actions, execution)
        self._state = self._fleet.begin([None])
        agent = build_agent(spec.task, spec.network, spec.agent, int(num_actions[0]))
        self._update = jax.jit(agent.update, donate_argnums=0)
        self._learned = agent.init(jax.random.key(0))
        batches = self._draw(spec.agent.batch_size)
        self._batch = jax.device_put(jax.tree.map(lambda column: column[0], batches))
        self._matrix = jnp.ones((MATMUL_SIZE, MATMUL_SIZE), jnp.float32)
        self._multiply = jax.jit(jnp.matmul)

    def _draw(self, *size: int) -> Batch:
        step = next(self._calls)
        return self._replay.sample(size, [generator(self._spec.seed, Purpose.SAMPLE, step)])

    def update(self) -> None:
        """One gradient step on a fixed batch: what remains when all else costs nothing."""
        self._learned, _ = jax.block_until_ready(self._update(self._learned, self._batch))

    def act(self) -> None:
        """One action for one observation."""
        np.asarray(self._fleet.act(self._state, self._observations, next(self._calls))[0])

    def sample(self) -> None:
        """The batches of a whole group of updates, with their stacks of frames."""
        self._draw(self._spec.agent.updates_per_period, self._spec.agent.batch_size)

    def step(self) -> None:
        """One agent step of the emulator."""
        actions = next(self._calls) % self._environments.num_actions
        self._observations = self._environments.step(actions).observations

    def add(self) -> None:
        """One transition into the replay."""
        self._replay.add(*next(self._transitions))

    def measure(self) -> None:
        """The dormancy of every neuron, as each log records it."""
        probe = self._draw(self._spec.schedule.probe_batch_size)
        _, neurons = self._fleet.measure(self._state, probe)
        describe_neurons(jax.tree.map(lambda values: values[0], neurons))

    def intervene(self) -> None:
        """One intervention, with the statistics that it keeps."""
        step = next(self._calls)
        probe = self._draw(self._spec.intervention.probe_batch_size)
        changed = self._fleet.intervene(self._state, probe, step)
        self._state, _ = jax.block_until_ready(changed)

    def matmul(self) -> None:
        """A product of two square matrices: the arithmetic that this core can do."""
        jax.block_until_ready(self._multiply(self._matrix, self._matrix))

    def count_flop(self) -> float:
        """Floating-point operations of one update, as XLA counts them."""
        compiled = self._update.lower(self._learned, self._batch).compile()
        return compiled.cost_analysis()["flops"]


def median_ms(call: Callable[[], None], seconds: float, clock: str = WALL) -> float:
    """The median time of a call by one of the clocks, over calls for that long."""
    now = _CLOCKS[clock]
    times_s, end = [], time.perf_counter() + seconds
    while len(times_s) < _MINIMUM_CALLS or time.perf_counter() < end:
        started = now()
        call()
        times_s.append(now() - started)
    return 1e3 * float(np.median(times_s))


def main(spec: dict[str, Any], stored: int, parts: Sequence[str]) -> None:
    """Times parts until the parent has measured enough.

    Args:
      spec: the run, as `RunSpec.to_dict` writes it.
      stored: transitions in its replay.
      parts: those that will be asked for; they are compiled first.
    """
    built = Parts(RunSpec.from_dict(spec), stored)
    for part in parts:
        median_ms(getattr(built, part), seconds=0)
    answer = None
    while True:
        request = respond(answer)
        if request["part"] == FLOP:
            answer = built.count_flop()
        else:
            part = getattr(built, request["part"])
            answer = median_ms(part, request["seconds"], request.get("clock", WALL))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
