"""Which device trains, how many runs at a time suit it, and what a worker's environment is.

Nothing here imports JAX into the calling process: asking a GPU takes it.
"""

import importlib.util
import os
import platform
import subprocess
import sys

from agents.errors import UserError

DEVICES = ("auto", "cpu", "gpu", "tpu")
# Set to 1, an accelerator computes the same bits each time, and float32 in full.
DETERMINISTIC = "DORMANT_DETERMINISTIC"
# glibc gives arrays above 32 MB back to the system and asks for them anew at every call: for an
# update of the full network that is 18,000 page faults and 40 of 100 ms. With these it keeps up
# to 256 MB, in one heap, and asks for pages of 2 MB. (Other C libraries take no notice.)
KEPT_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**28),
    "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
# XLA otherwise times several kernels at every start and takes the fastest, and adds up in the
# order in which threads happen to finish.
_SAME_KERNELS = "--xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0"


def choose_device(wanted: str) -> str:
    """What "auto" means here, or what was asked for: "cpu", "gpu" or "tpu".

    Raises:
      UserError: the device asked for is not there.
    """
    if wanted == "cpu":
        return "cpu"
    found = _ask_jax() if _has_accelerator_plugin() else "cpu"
    if wanted not in ("auto", found):
        raise UserError(
            f"JAX finds no {wanted.upper()} here, only a {found.upper()}; install its build with "
            "`make setup JAX=cuda12` (or cuda13, tpu), or use --device auto."
        )
    return found


def check_device(wanted: str, found: str) -> None:
    """Proves, where a run is about to be trained, that its device is there.

    JAX itself would take the CPU instead, and say so in a log at most.

    Args:
      wanted: "cpu", "gpu" or "tpu".
      found: `jax.default_backend()`.

    Raises:
      UserError: it is another one.
    """
    if wanted != found:
        raise UserError(
            f"JAX finds no {wanted.upper()} on {platform.node()}, where this was to be trained, "
            f"only a {found.upper()}; ask the cluster for one (--slurm gpus=1, --ray gpus=1), "
            "install JAX's build for it there, or use --device cpu."
        )


def default_jobs(device: str) -> int:
    """Runs at a time: one for each usable core on the CPU; an accelerator is one process's."""
    if device != "cpu":
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_environment(device: str, jobs: int) -> dict[str, str]:
    """The environment of a worker process.

    On the CPU every worker is single-threaded: for networks of this size one run a core is
    faster than one run on all cores. And a sum split over threads is rounded differently: only
    with a thread pool of one do results not depend on the number of cores (measured: NPROC,
    which sizes XLA's pool, gives the bits of a process bound to one core; the flag alone does
    not). It keeps the memory of large arrays, see `KEPT_MEMORY`.

    On an accelerator, kernels are chosen anew at every start and products of float32 are rounded
    to fewer digits (TF32, bfloat16), unless the environment variable DORMANT_DETERMINISTIC is 1.
    """
    environment = dict(os.environ)
    if device == "cpu":
        environment["JAX_PLATFORMS"] = "cpu"
        _append(environment, "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
        environment["NPROC"] = "1"
        for library in ("OMP", "OPENBLAS", "MKL"):
            environment[f"{library}_NUM_THREADS"] = "1"
        # What a user has set stays.
        return KEPT_MEMORY | environment
    if environment.get(DETERMINISTIC) == "1":
        environment["JAX_DEFAULT_MATMUL_PRECISION"] = "float32"
        if device == "gpu":
            _append(environment, "XLA_FLAGS", _SAME_KERNELS)
    if jobs > 1:
        # By default the first worker would take three quarters of the device's memory.
        environment["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    elif "XLA_CLIENT_MEM_FRACTION" not in environment:
        # By default a quarter of the device's memory would stay unused.
        environment.setdefault("XLA_PYTHON_CLIENT_MEM_FRACTION", "0.95")
    return environment


def _append(environment: dict[str, str], name: str, flag: str) -> None:
    environment[name] = f"{environment.get(name, '')} {flag}".strip()


def _has_accelerator_plugin() -> bool:
    """Whether asking JAX, which takes seconds, could find anything but the CPU."""
    if os.environ.get("JAX_PLATFORMS") == "cpu":
        return False
    return any(importlib.util.find_spec(name) for name in ("jax_plugins", "libtpu"))


def _ask_jax() -> str:
    question = "import jax; print(jax.default_backend())"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True)
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"JAX cannot start here ({reason}); run `make setup`, or use --device cpu.")
    return answer.stdout.split()[-1]
