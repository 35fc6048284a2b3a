"""Strictness that holds for every test; more of it is in setup.cfg."""

import os

# Tests say the same on every machine, and never take somebody's accelerator.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax

jax.config.update("jax_numpy_rank_promotion", "raise")
