"""Import Dopamine 4.1.2 next to today's JAX, without TensorFlow.

The wheel is installed without its dependencies; this module makes the parts importable that
tests and benchmarks compare us with. Nothing of Dopamine is changed: only packages that its
modules import at the top, but that none of the compared functions call, are replaced by
stand-ins while the import runs:

- `tensorflow`: Keras networks and summary writers in the same modules; half a gigabyte.
- `tensorflow_probability.substrates.jax`: continuous control only. Its last release breaks
  on jax >= 0.7 (tensorflow/probability#2009).
- `baselines.common.atari_wrappers`: PPO's wrappers. Not installable with pip
  (google/dopamine#227).
- `gym`: the unmaintained predecessor of gymnasium, for `use_legacy_gym=True` only.
- `snappy`: compression of replay entries; who builds a replay leaves it out with
  `compress=False`, or gives the module Arrow's (`benchmarks.arrow_snappy`).

The stand-ins leave `sys.modules` again, so that no other library of the process believes
that it can use TensorFlow. A stand-in that is called raises an error: no comparison can run
on one by accident.
"""

from collections.abc import Iterator
import contextlib
import importlib
import importlib.metadata
import sys
import types

VERSION = "4.1.2"

_ABSENT = (
    "tensorflow",
    "tensorflow_probability",
    "tensorflow_probability.substrates",
    "tensorflow_probability.substrates.jax",
    "baselines",
    "baselines.common",
    "baselines.common.atari_wrappers",
    "gym",
    "snappy",
)


def installed_version() -> str | None:
    """The installed version of dopamine-rl, None if there is none."""
    try:
        return importlib.metadata.version("dopamine-rl")
    except importlib.metadata.PackageNotFoundError:
        return None


def load(name: str) -> types.ModuleType:
    """The module `dopamine.<name>`, for instance `load("labs.redo.weight_recyclers")`."""
    with _stand_ins():
        return importlib.import_module(f"dopamine.{name}")


class _Unusable(type):
    """Classes that may be looked up, subclassed and written in annotations, never called."""

    def __getattr__(cls, name: str) -> "_Unusable":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Unusable(name, (), {})

    def __call__(cls, *args: object, **kwargs: object) -> None:
        raise RuntimeError(f"{cls.__name__} is a stand-in made by benchmarks/dopamine_import.py.")


class _StandIn(types.ModuleType):
    """A package in which every name is found and none can be called."""

    def __init__(self, name: str):
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> _Unusable:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Unusable(name, (), {})


@contextlib.contextmanager
def _stand_ins() -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in _ABSENT}
    sys.modules.update({name: _StandIn(name) for name in _ABSENT})
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
