"""What a user gets by `import dormancy`, and what it costs."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

import dormancy

PACKAGE = Path(dormancy.__file__).parent


def test_every_public_name_is_there_and_known_to_type_checkers():
    stubs = {
        (node.module, alias.name)
        for node in ast.parse((PACKAGE / "__init__.pyi").read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert stubs == {(f"dormancy.{home}", name) for name, home in dormancy._HOMES.items()}
    for name in dormancy.__all__:
        assert getattr(dormancy, name) is not None
    assert set(dormancy.__all__) <= set(dir(dormancy))
    with pytest.raises(AttributeError, match="no attribute 'recylce'"):
        _ = dormancy.recylce


def test_no_public_name_is_hidden_by_a_module():
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert not modules & set(dormancy.__all__)


def test_scores_of_numpy_arrays_need_numpy_only():
    """Figures are drawn, and recorded scores are read, by programs that never start JAX."""
    program = """
import sys, numpy as np, dormancy
masks = {"h": dormancy.dormant_mask(dormancy.neuron_scores(np.eye(3)), 0.1)}
shares = dormancy.pooled_share(masks), dormancy.OVERLAPS["consecutive"](masks["h"])
print(sorted({name.split(".")[0] for name in sys.modules} & {"jax", "optax", "jaxtyping"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_array_types_come_from_one_place():
    """A direct import of jaxtyping would be a dependency, and would start JAX."""
    users = [path for path in PACKAGE.rglob("*.py") if "from jaxtyping" in path.read_text()]
    assert users == [PACKAGE / "_types.py"]
