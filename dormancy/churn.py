"""How much one update changes the values of states that it did not train on.

Both functions compare the action values of one held-out batch before and after an update (or
several). They work on numpy and JAX arrays alike.
"""

import numpy as np

from dormancy._types import Array, Float

Values = Float[Array | np.ndarray, "*lead states actions"]
Churn = Float[Array | np.ndarray | np.floating, "*lead"]


def value_churn(before: Values, after: Values) -> Churn:
    r"""Mean absolute change $E_{s,a} |Q_{\theta^+}(s, a) - Q_\theta(s, a)|$.

    Args:
      before: action values of some states under old parameters.
      after: action values of the same states under new ones.

    Returns:
      (...) change in units of value; NaN where a value is not finite.

    Examples:
      >>> float(value_churn(np.array([[1.0, 2.0]]), np.array([[1.5, 1.0]])))
      0.75

    Reference:
      Tang and Berseth 2024, "Improving deep RL by reducing the chain effect of value and
      policy churn", arXiv 2409.04792; Tang et al. 2025, arXiv 2506.00592.
    """
    xp = after.__array_namespace__()
    change = xp.mean(xp.abs(after - before), axis=(-2, -1))
    return xp.where(_finite(before) & _finite(after), change, xp.nan).astype(change.dtype)


def greedy_churn(before: Values, after: Values) -> Churn:
    """Share of the states whose greedy action changed. Of equal values the first is greedy.

    Args:
      before: action values of some states under old parameters.
      after: action values of the same states under new ones.

    Returns:
      (...) value between 0 and 1; NaN where a value is not finite.

    Examples:
      >>> before, after = np.array([[1.0, 2.0], [1.0, 0.0]]), np.array([[1.5, 1.0], [1.0, 0.0]])
      >>> float(greedy_churn(before, after))
      0.5

    Reference:
      Schaul et al. 2022, "The phenomenon of policy churn", arXiv 2206.00730.
    """
    xp = after.__array_namespace__()
    changed = xp.argmax(after, axis=-1) != xp.argmax(before, axis=-1)
    share = xp.mean(changed, axis=-1, dtype=np.float32)
    return xp.where(_finite(before) & _finite(after), share, np.float32(np.nan))


def _finite(values):
    xp = values.__array_namespace__()
    return xp.all(xp.isfinite(values), axis=(-2, -1))
