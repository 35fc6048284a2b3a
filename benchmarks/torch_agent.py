"""A peer's program: the same update and the same loop in PyTorch.

Network, padding, loss, Adam, batch and replay ratio are ours; so are emulator and replay, which
are NumPy's, so that what differs is who computes values and gradients. Settings are the fastest
of those tried on two cores: arrays in order of channels last, Adam as one fused kernel; compiled
by Inductor it was not faster. Left out, which favours PyTorch: statistics of updates and of
neurons, logs, the file of the run's status.
"""

from collections.abc import Mapping
import copy
import json
import math
import sys
import time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from agents.dqn.agent import linear_epsilon
from agents.environments.atari import AtariEnvironments
from agents.randomness import Purpose, environment_seed, generator
from agents.replay.fleet import build_replay
from agents.replay.ring import Batch
from agents.spec import DQNSpec, RunSpec
from benchmarks.processes import Window, respond

LAYERS = ("Conv_0", "Conv_1", "Conv_2", "Dense_0", "head")


class Network(nn.Module):
    """The network of Mnih et al. (2015), padded as TensorFlow's and Flax's SAME."""

    def __init__(self, num_actions: int, width: float, frame_size_px: int, frame_stack: int):
        super().__init__()
        channels, side, before = (32, 64, 64), frame_size_px, frame_stack
        self.convolutions, self.pads = nn.ModuleList(), []
        for count, kernel, stride in zip(channels, (8, 4, 3), (4, 2, 1), strict=True):
            after = math.ceil(count * width)
            self.convolutions.append(nn.Conv2d(before, after, kernel, stride))
            places = -(-side // stride)
            missing = max((places - 1) * stride + kernel - side, 0)
            # The odd one comes last.
            self.pads.append(2 * (missing // 2, missing - missing // 2))
            side, before = places, after
        units = math.ceil(512 * width)
        self.dense = nn.Linear(before * side**2, units)
        self.head = nn.Linear(units, num_actions)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """(batch, actions) values of (batch, stack, height, width) uint8 frames."""
        hidden = frames.to(torch.float32, memory_format=torch.channels_last) / 255
        for convolution, pad in zip(self.convolutions, self.pads, strict=True):
            hidden = functional.relu(convolution(functional.pad(hidden, pad)))
        return self.head(functional.relu(self.dense(hidden.flatten(1))))

    def load(self, params: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        """Takes the parameters of our network."""
        modules = (*self.convolutions, self.dense, self.head)
        with torch.no_grad():
            for name, module in zip(LAYERS, modules, strict=True):
                kernel = np.asarray(params[name]["kernel"])
                if kernel.ndim == 4:
                    kernel = kernel.transpose(3, 2, 0, 1)
                elif name == "Dense_0":
                    # Rows in order of height, width, channel; here channel comes first.
                    channels = modules[2].out_channels
                    side = round((len(kernel) / channels) ** 0.5)
                    kernel = kernel.reshape(side, side, channels, -1).transpose(3, 2, 0, 1)
                    kernel = kernel.reshape(len(kernel), -1)
                else:
                    kernel = kernel.T
                module.weight.copy_(torch.from_numpy(kernel.copy()))
                module.bias.copy_(torch.from_numpy(np.array(params[name]["bias"])))


class Learner:
    """DQN: the online network, its target, and Adam."""

    def __init__(self, network: Network, spec: DQNSpec):
        self.online = network.to(memory_format=torch.channels_last)
        self.target = copy.deepcopy(network).requires_grad_(False)
        self._spec, self.gradient_step = spec, 0
        self._optimizer = torch.optim.Adam(
            network.parameters(),
            spec.learning_rate,
            (spec.adam_b1, spec.adam_b2),
            spec.adam_epsilon,
            fused=True,
        )

    def update(self, batch: Batch) -> torch.Tensor:
        """One gradient step on arrays of the host; returns the loss."""
        frames, a_tm1, r_t, discount_t = (torch.from_numpy(column) for column in batch[:4])
        stack = self.online.convolutions[0].in_channels
        with torch.inference_mode():
            targets = r_t + discount_t * self.target(frames[:, -stack:]).amax(1)
        values = self.online(frames[:, :stack])
        chosen = values.gather(1, a_tm1.long()[:, None])[:, 0]
        loss = functional.huber_loss(chosen, targets.clone())
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.gradient_step += 1
        if self.gradient_step % self._spec.target_period_gradient_steps == 0:
            self.target.load_state_dict(self.online.state_dict())
        return loss.detach()

    @torch.inference_mode()
    def act(self, observations: np.ndarray) -> int:
        """The greedy action for (1, stack, height, width) frames."""
        return int(self.online(torch.from_numpy(observations)).argmax())


def build(spec: RunSpec, num_actions: int) -> Learner:
    """The agent of a run."""
    task = spec.task
    size = (spec.network.width, task.frame_size_px, task.frame_stack)
    torch.manual_seed(spec.seed)
    return Learner(Network(num_actions, *size), spec.agent)


def main(spec: dict[str, Any], warm_up_agent_steps: int, threads: int, alone: bool = False) -> None:
    """Plays and learns until the parent has measured enough.

    Args:
      spec: the run, as `RunSpec.to_dict` writes it.
      warm_up_agent_steps: agent steps before the first measurement.
      threads: of PyTorch.
      alone: does nothing but updates, on a batch that is always there.
    """
    torch.set_num_threads(threads)
    run = RunSpec.from_dict(spec)
    task, agent = run.task, run.agent
    environments = AtariEnvironments([task])
    num_actions = int(environments.num_actions[0])
    learner, replay = build(run, num_actions), build_replay(run, 1, on_device=False)
    observations = environments.reset([environment_seed(run.seed, Purpose.TRAIN_ENVIRONMENT, 0)])
    rng = np.random.default_rng(run.seed)
    window = Window(warm_up_agent_steps)
    agent_step = 0
    while True:
        if rng.random() < linear_epsilon(agent, agent_step):
            action = int(rng.integers(num_actions))
        else:
            action = learner.act(observations)
        actions = np.array([action], np.int32)
        steps = environments.step(actions)
        clipped = np.clip(steps.rewards, -1, 1)
        replay.add(observations, actions, clipped, steps.terminal, steps.truncated)
        observations = steps.observations
        agent_step += 1
        due = agent_step % agent.update_period_agent_steps == 0
        if due and agent_step > agent.min_replay_agent_steps:
            stream = generator(run.seed, Purpose.SAMPLE, learner.gradient_step)
            batches = replay.sample((agent.updates_per_period, agent.batch_size), [stream])
            for index in range(agent.updates_per_period):
                learner.update(Batch(*(column[0, index] for column in batches[:4])))
            if alone:
                _only_updates(learner, Batch(*(column[0, 0] for column in batches[:4])))
        if not alone:
            window.step(agent_step, learner.gradient_step)


def _only_updates(learner: Learner, batch: Batch) -> None:
    """Answers with the milliseconds of an update."""
    answer = None
    while True:
        window_s = respond(answer)
        started, done = time.perf_counter(), learner.gradient_step
        while time.perf_counter() - started < window_s:
            learner.update(batch)
        answer = 1e3 * (time.perf_counter() - started) / (learner.gradient_step - done)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
