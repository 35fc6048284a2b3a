"""A program that fills one replay, ours or Dopamine's, and tells how much memory that takes.

A request is the number of transitions to reach; the answer is the memory, in bytes, that the
process has gained since before there was a replay. Every transition is really added, so that
every page of it is really there.
"""

from collections.abc import Callable
import itertools
import json
import sys

import numpy as np

from agents.replay.fleet import build_replay
from agents.spec import AtariTask, DQNSpec, RunSpec
from benchmarks import arrow_snappy, dopamine_import
from benchmarks.played import Transition, endless
from benchmarks.processes import memory_bytes, respond

OURS, COMPRESSED, UNCOMPRESSED = "ours", "Dopamine, compressed", "Dopamine, not compressed"
Add = Callable[[Transition], None]


def ours(task: AtariTask, agent: DQNSpec) -> Callable[[], Add]:
    """How to make our replay, which returns how to add to it."""

    def make() -> Add:
        replay = build_replay(RunSpec(task=task, agent=agent), 1, on_device=False)
        return lambda transition: replay.add(*transition)

    return make


def dopamines(task: AtariTask, agent: DQNSpec, compress: bool) -> Callable[[], Add]:
    """The same for Dopamine's, whose modules are imported at once."""
    accumulator = dopamine_import.load("jax.replay_memory.accumulator")
    elements = dopamine_import.load("jax.replay_memory.elements")
    replay_buffer = dopamine_import.load("jax.replay_memory.replay_buffer")
    samplers = dopamine_import.load("jax.replay_memory.samplers")
    elements.snappy = arrow_snappy

    def make() -> Add:
        replay = replay_buffer.ReplayBuffer(
            accumulator.TransitionAccumulator(task.frame_stack, agent.n_step, agent.discount),
            samplers.UniformSamplingDistribution(seed=0),
            batch_size=agent.batch_size,
            max_capacity=agent.replay_capacity_transitions,
            compress=compress,
        )

        def add(transition: Transition) -> None:
            [[frame]], [action], [reward], [terminal], [truncated] = transition
            # With the action as the agent hands it over, an array without axes.
            action = np.asarray(action, np.int32)
            ended = bool(terminal or truncated)
            replay.add(
                elements.TransitionElement(frame, action, float(reward), bool(terminal), ended)
            )

        return add

    return make


def main(contender: str, game: str, distinct_agent_steps: int) -> None:
    """Fills a replay as far as the parent asks.

    Args:
      contender: whose replay.
      game: what is in it.
      distinct_agent_steps: transitions until they repeat.
    """
    task, agent = AtariTask(game=game), DQNSpec()
    if contender == OURS:
        make = ours(task, agent)
    else:
        make = dopamines(task, agent, compress=contender == COMPRESSED)
    transitions = endless(task, distinct_agent_steps)
    first = next(transitions)
    before = memory_bytes()
    add = make()
    add(first)
    stored, answer = 1, None
    while True:
        wanted = respond(answer)
        for transition in itertools.islice(transitions, wanted - stored):
            add(transition)
        stored = wanted
        answer = memory_bytes() - before


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
