"""Does our SAC learn what a well-kept one learns? `python -m benchmarks.against_sac`.

Ours and that of Stable-Baselines3 learn HalfCheetah with the same hyper-parameters, those of
Haarnoja et al. (2018): no scaling of rewards, a target entropy of -1 for each component of an
action. Both are evaluated alike after every iteration: the mode of the policy plays whole episodes
of the same seeds, counted by the same code. They train by turns, an iteration each, so that a slow
moment of the machine hits both.

What is left to each: how weights begin (Glorot and zero here, PyTorch's defaults there), when the
temperature is updated within a gradient step, and all random numbers.

The peer is an extra, `make setup EXTRAS=peers`: it brings PyTorch.
"""

from collections.abc import Sequence
import contextlib
import dataclasses
from typing import Any

import numpy as np
from scipy import stats

from agents.sac.spec import ContinuousSchedule, ContinuousSpec, SACSpec
from benchmarks import command_line
from benchmarks.contenders import in_turn, require
from benchmarks.measurements import Measurement
from benchmarks.processes import Process, ask_at_once, warm
from experiments.presets.presets import TUNING_SEEDS

OURS, PEER = "ours", "Stable-Baselines3"
DIFFERENCE = f"{OURS} minus {PEER}"
RETURN, SPEED = "evaluation_return", "environment_steps_per_s"
UNITS = {RETURN: "return", SPEED: "environment steps/s"}
_PROGRAMS = {OURS: "our_sac", PEER: "peer_sac"}

_SPEC = ContinuousSpec(
    agent=SACSpec(adam_epsilon=1e-8, reward_scale=1.0, target_entropy_per_action=-1.0),
    schedule=ContinuousSchedule(
        iterations=6, environment_steps_per_iteration=5_000, eval_episodes=10
    ),
)


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
      spec: the run, but for its seed.
      seeds: never reported ones.
    """

    spec: ContinuousSpec
    seeds: Sequence[int]


TINY = Size(
    dataclasses.replace(
        _SPEC,
        agent=dataclasses.replace(
            _SPEC.agent, width=0.125, batch_size=16, min_replay_environment_steps=50
        ),
        schedule=ContinuousSchedule(
            iterations=2, environment_steps_per_iteration=100, eval_episodes=2, eval_environments=2
        ),
    ),
    TUNING_SEEDS[:2],
)
FULL = Size(
    dataclasses.replace(
        _SPEC, agent=dataclasses.replace(_SPEC.agent, min_replay_environment_steps=1_000)
    ),
    TUNING_SEEDS[:3],
)


def measure(tiny: bool = False) -> list[Measurement]:
    """Returns and speeds of both after every iteration, and how far they are apart.

    Raises:
      UserError: Stable-Baselines3 is not installed.
    """
    require("stable_baselines3", PEER)
    size = TINY if tiny else FULL
    measurements = []
    for repeat, seed in enumerate(size.seeds):
        measurements += _by_turns(dataclasses.replace(size.spec, seed=seed), repeat)
    return measurements + differences(measurements)


def _by_turns(spec: ContinuousSpec, repeat: int) -> list[Measurement]:
    """One run of each; another one is first in every repeat."""
    names = in_turn(list(_PROGRAMS), repeat)
    measurements = []
    with contextlib.ExitStack() as stack:
        processes = {
            name: stack.enter_context(warm(Process(_PROGRAMS[name], {"spec": spec.to_dict()})))
            for name in names
        }
        for iteration in range(1, spec.schedule.iterations + 1):
            case = _case(iteration * spec.schedule.environment_steps_per_iteration)
            for name in names:
                (answer,) = ask_at_once(processes[name], "an iteration")
                measurements += _measured(case, name, repeat, answer)
                print(f"{name}, seed {spec.seed}, {case}: {answer[RETURN]:.0f}", flush=True)
    return measurements


def _case(environment_steps: int) -> str:
    return f"after {environment_steps:,} environment steps"


def _measured(case: str, name: str, repeat: int, answer: dict[str, Any]) -> list[Measurement]:
    return [
        Measurement(case, name, quantity, unit, repeat, answer[quantity])
        for quantity, unit in UNITS.items()
    ]


def differences(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Difference of the mean returns, with the 95 % interval of Welch's t over seeds.

    Args:
      measurements: of both; those of other quantities than the return are passed over.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for one in measurements:
        if one.quantity == RETURN:
            found.setdefault(one.case, {}).setdefault(one.contender, []).append(one.value)
    results = []
    for case, returns in found.items():
        ours, theirs = returns[OURS], returns[PEER]
        interval = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval()
        for quantity, value in (
            (f"mean {RETURN}, {OURS}", np.mean(ours)),
            (f"mean {RETURN}, {PEER}", np.mean(theirs)),
            ("difference of means", np.mean(ours) - np.mean(theirs)),
            ("its 95 % interval, low", interval.low),
            ("its 95 % interval, high", interval.high),
        ):
            results.append(Measurement(case, DIFFERENCE, quantity, "return", 0, float(value)))
    return results


if __name__ == "__main__":
    command_line.run("against_sac", measure)
