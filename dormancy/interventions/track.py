"""Watching without touching."""

from dormancy._checks import check_threshold
from dormancy.interventions.base import Intervention, as_observed, init, record


def track(tau: float) -> Intervention:
    """Only watches: scores, dormant and ever-dormant neurons; parameters pass unchanged.

    Args:
      tau: threshold of Definition 3.1.
    """
    check_threshold(tau)

    def update(key, params, opt_state, observed, state):
        del key
        return params, opt_state, record(as_observed(observed).activations, tau, state)

    return Intervention(init, update)
