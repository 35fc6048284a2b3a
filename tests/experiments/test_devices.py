from pathlib import Path
import platform
import subprocess
import sys

import pytest

from agents.errors import UserError
from experiments.running import devices
from experiments.running.devices import choose_device, default_jobs, worker_environment
from experiments.running.preemption import Moments
from experiments.running.worker import _explain, _run
from experiments.storing.store import claim_folder
from tests.experiments.fake_training import SPEC


def with_accelerator(monkeypatch, backend):
    monkeypatch.setattr(devices, "_has_accelerator_plugin", lambda: True)
    monkeypatch.setattr(devices, "_ask_jax", lambda: backend)


def test_auto_takes_what_jax_finds(monkeypatch):
    with_accelerator(monkeypatch, "gpu")
    assert choose_device("auto") == choose_device("gpu") == "gpu"
    assert choose_device("cpu") == "cpu"


def test_plugin_without_its_device(monkeypatch):
    with_accelerator(monkeypatch, "cpu")
    assert choose_device("auto") == "cpu"
    with pytest.raises(UserError, match="JAX finds no GPU here.*--device auto"):
        choose_device("gpu")


def test_a_worker_without_its_device_does_not_take_the_cpu_instead(tmp_path):
    """As a job of a cluster that was given none."""
    claim_folder(tmp_path, SPEC)
    with pytest.raises(UserError, match=r"JAX finds no GPU on .*, only a CPU; ask the cluster"):
        _run([tmp_path], 1, 1, Moments(), "gpu")
    assert [path.name for path in tmp_path.iterdir()] == ["spec.json"]


def test_jax_itself_is_asked():
    assert devices._ask_jax() == "cpu"


def test_an_accelerator_has_one_run_unless_told_otherwise():
    assert default_jobs("gpu") == 1
    assert default_jobs("cpu") >= 1
    assert worker_environment("gpu", 2)["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"


def test_flags_of_the_user_are_kept(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=/somewhere")
    flags = worker_environment("cpu", 2)["XLA_FLAGS"].split()
    assert flags == ["--xla_dump_to=/somewhere", "--xla_cpu_multi_thread_eigen=false"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes"), "fewer runs"),
        (MemoryError(), "fewer runs"),
        (ValueError("tensorstore: No space left on device [OS error 28]"), "No space is left"),
        (ValueError("OUT_OF_RANGE: Error writing: File too large [27]"), "No space is left"),
        (PermissionError(13, "Permission denied"), "cannot be written"),
    ],
)
def test_errors_that_only_the_user_can_help(error, sentence):
    assert sentence in str(_explain(error, Path("run")))


def test_bugs_keep_their_traceback():
    assert _explain(ValueError("shapes differ"), Path("run")) is None


def test_an_accelerator_computes_the_same_bits_if_asked_to(monkeypatch):
    monkeypatch.delenv("DORMANT_DETERMINISTIC", raising=False)
    monkeypatch.setenv("XLA_FLAGS", "--own")
    assert worker_environment("gpu", 1)["XLA_FLAGS"] == "--own"
    monkeypatch.setenv("DORMANT_DETERMINISTIC", "1")
    for device, deterministic in (("gpu", True), ("tpu", False)):
        environment = worker_environment(device, 1)
        assert environment["JAX_DEFAULT_MATMUL_PRECISION"] == "float32"
        assert ("--xla_gpu_deterministic_ops=true" in environment["XLA_FLAGS"]) == deterministic
        assert environment["XLA_FLAGS"].startswith("--own")
    assert "JAX_DEFAULT_MATMUL_PRECISION" not in worker_environment("cpu", 1)


_TOUCH = """
import ctypes, resource
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = libc.memset.argtypes = None
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    array = ctypes.c_void_p(libc.malloc(ctypes.c_size_t(100_000_000)))
    libc.memset(array, 1, ctypes.c_size_t(100_000_000))
    libc.free(array)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="Other C libraries have no such bound."
)
def test_a_workers_large_arrays_cost_page_faults_once():
    def faults(environment):
        ran = subprocess.run(
            [sys.executable, "-c", _TOUCH], env=environment, capture_output=True, check=True
        )
        return int(ran.stdout)

    assert faults(worker_environment("cpu", 1)) < 100
    # What is avoided, wherever pages are not large by themselves.
    ordinary = {"GLIBC_TUNABLES": "", "MALLOC_MMAP_MAX_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    assert faults(worker_environment("cpu", 1) | ordinary) >= 40


def test_what_a_user_has_set_for_memory_stays(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    assert worker_environment("cpu", 1)["MALLOC_ARENA_MAX"] == "3"
    assert "MALLOC_MMAP_MAX_" not in worker_environment("gpu", 1)
