"""Strictness that holds for every test; more of it is in setup.cfg."""

import os

# Tests say the same on every machine, and never take somebody's accelerator.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from hypothesis import settings
import jax

# Machines are shared and a first call compiles: no example is judged by the clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
jax.config.update("jax_numpy_rank_promotion", "raise")
