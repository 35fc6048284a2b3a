"""Monte-Carlo returns: what an episode still brings from each of its steps on."""

import numpy as np


def returns_to_end(
    rewards: np.ndarray, terminal: np.ndarray, truncated: np.ndarray, discount: float
) -> np.ndarray:
    r"""$\sum_{k \ge 0} \gamma^k r_{t+k}$ up to the end of the episode that step t belongs to.

    Args:
      rewards, terminal, truncated: (steps,) in order of time; several episodes may follow one
        another.
      discount: gamma.

    Returns:
      (steps,) float32, NaN where the end is not among the steps or was only a truncation:
      nothing is known of what would have come after it, and nothing stands in for it.

    Reference:
      Sutton and Barto 2018, Equation 3.8, with the recursion 3.9.
    """
    returns = np.full(len(rewards), np.nan, np.float32)
    following = np.nan
    steps = zip(rewards.tolist(), terminal.tolist(), truncated.tolist(), strict=True)
    for step, (reward, ends, is_cut) in reversed(list(enumerate(steps))):
        following = reward + (0 if ends else np.nan if is_cut else discount * following)
        returns[step] = following
    return returns
