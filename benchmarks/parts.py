"""A program that times the parts of training, each by itself.

A request is `{"part": name of a method of Parts, "seconds": s}`; the answer is the median time
of one call in milliseconds. A call ends when its result is there.
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

from agents.description import describe_neurons
from agents.environments import AtariEnvironment
from agents.execution import plan_execution
from agents.learner import build_agent, build_learner
from agents.randomness import Purpose, generator
from agents.replay import Batch, ReplayRing
from agents.spec import RunSpec
from benchmarks.played import endless
from benchmarks.processes import respond

FLOP = "flop"  # counted, not timed
MATMUL_SIZE = 1_024
_MINIMUM_CALLS = 3


class Parts:
    """What one run does between two updates, and the update.

    Args:
      spec: the run.
      stored: transitions in its replay.
    """

    def __init__(self, spec: RunSpec, stored: int):
        self._spec = spec
        self._transitions = endless(spec.task, min(stored, 5_000))
        self._replay = ReplayRing(
            spec.agent.replay_capacity_transitions,
            spec.task.frame_size_px,
            spec.task.frame_stack,
            spec.agent.n_step,
            spec.agent.discount,
        )
        for transition in itertools.islice(self._transitions, stored):
            self._replay.add(*transition)
        self._environment = AtariEnvironment(spec.task)
        self._observation = self._environment.reset(seed=0)
        num_actions = self._environment.num_actions
        self._learner = build_learner(spec, num_actions, plan_execution())
        self._state = self._learner.init(jax.random.key(0))
        agent = build_agent(spec.task, spec.network, spec.agent, num_actions)
        self._update = jax.jit(agent.update, donate_argnums=0)
        self._batch = jax.device_put(self._draw(spec.agent.batch_size))
        self._matrix = jnp.ones((MATMUL_SIZE, MATMUL_SIZE), jnp.float32)
        self._multiply = jax.jit(jnp.matmul)
        self._calls = itertools.count()

    def _draw(self, size: int, step: int = 0) -> Batch:
        return self._replay.sample(size, generator(self._spec.seed, Purpose.SAMPLE, step))

    def update(self) -> None:
        """One gradient step on a fixed batch: what remains when all else costs nothing."""
        learned, _ = self._update(self._state.agent, self._batch)
        self._state = jax.block_until_ready(self._state.replace(agent=learned))

    def act(self) -> None:
        """One action for one observation."""
        int(self._learner.act(self._state.agent.params, self._observation, 0.5, next(self._calls)))

    def sample(self) -> None:
        """The batches of a whole group of updates, with their stacks of frames."""
        group = range(self._spec.agent.updates_per_period)
        batches = [self._draw(self._spec.agent.batch_size, next(self._calls)) for _ in group]
        Batch(*map(np.stack, zip(*batches, strict=True)))

    def step(self) -> None:
        """One agent step of the emulator."""
        step = self._environment.step(next(self._calls) % self._environment.num_actions)
        ended = step.terminal or step.truncated
        self._observation = self._environment.begin_episode() if ended else step.observation

    def add(self) -> None:
        """One transition into the replay."""
        self._replay.add(*next(self._transitions))

    def measure(self) -> None:
        """The dormancy of every neuron, as each log records it."""
        probe = self._draw(self._spec.schedule.probe_batch_size, next(self._calls))
        measured = self._learner.measure(self._state.agent.params, probe.frames)
        describe_neurons({name: np.asarray(values) for name, values in measured.items()})

    def intervene(self) -> None:
        """One intervention, with the statistics that it keeps."""
        step = next(self._calls)
        probe = self._draw(self._spec.intervention.probe_batch_size, step)
        changed = self._learner.intervene(self._state, probe.frames, np.int32(step))
        self._state, _ = jax.block_until_ready(changed)

    def matmul(self) -> None:
        """A product of two square matrices: the arithmetic that this core can do."""
        jax.block_until_ready(self._multiply(self._matrix, self._matrix))

    def count_flop(self) -> float:
        """Floating-point operations of one update, as XLA counts them."""
        compiled = self._update.lower(self._state.agent, self._batch).compile()
        return compiled.cost_analysis()["flops"]


def median_ms(call: Callable[[], None], seconds: float) -> float:
    """The median time of a call, over calls for that long."""
    times_s, end = [], time.perf_counter() + seconds
    while len(times_s) < _MINIMUM_CALLS or time.perf_counter() < end:
        started = time.perf_counter()
        call()
        times_s.append(time.perf_counter() - started)
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
            answer = median_ms(getattr(built, request["part"]), request["seconds"])


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
