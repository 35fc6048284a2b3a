"""Strictness that holds for every test; more of it is in setup.cfg."""

from collections.abc import Iterator
import gc
import os

import platformdirs

# Tests say the same on every machine, and never take somebody's accelerator.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the time of a first run goes into compiling the same few programs again and again, in
# workers and in the processes that tests start, so all of them keep and find them in one place.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR",
    platformdirs.user_cache_dir("dormant-neurons/compiled-for-tests", appauthor=False),
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
# Thousands of small programs run once or twice: compiling them well takes longer than running
# them badly. `XLA_FLAGS= make test` compiles as training does.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

from hypothesis import settings
import jax
import pytest

# Machines are shared and a first call compiles: no example is judged by the clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True, scope="module")
def _compiled_programs_are_dropped() -> Iterator[None]:
    """A process that keeps every program of every module grows to 6 GB."""
    yield
    jax.clear_caches()
    gc.collect()
