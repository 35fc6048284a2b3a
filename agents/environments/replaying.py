"""Bringing environments back to where they were, whose inner state cannot be saved."""

from collections.abc import Sequence

import numpy as np

from agents.environments.steps import Steps


class Replayable:
    """Environments whose state is a function of their seeds and of the actions since `reset`.

    Ends of episodes, repeated actions and what follows them included.
    """

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Starts new episodes and returns the (members, ...) first observations."""
        raise NotImplementedError

    def step(self, actions: np.ndarray) -> Steps:
        """Plays (members, ...) one action each."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives back what they take."""
        raise NotImplementedError

    def replay(self, seeds: Sequence[int], actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Brings all environments back to where they were, by playing what was played before.

        Args:
          seeds: (members,) those of the `reset` that the actions followed.
          actions: (steps, members, ...) every one since then.

        Returns:
          The observations that the next actions are chosen on, as of `step`, and the (members,)
          returns of the running episodes so far: raw scores, of a game.
        """
        observations, scores = self.reset(seeds), np.zeros(len(seeds))
        for chosen in actions:
            steps = self.step(chosen)
            scores += steps.rewards
            scores[steps.terminal | steps.truncated] = 0.0
            observations = steps.observations
        return observations, scores
