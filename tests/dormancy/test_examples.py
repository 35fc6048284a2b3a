"""The examples in docs/examples run as they stand and show what they promise."""

import contextlib
from pathlib import Path
import re
import runpy

import jax
import pytest

from tests.oracle import dopamine_shim

DOCS = Path(__file__).parents[2] / "docs"
PRINTED = {
    "in_linen": r"{'first': 0, 'second': 2} neurons recycled; outputs changed by 0.0\n",
    "in_nnx": r"2 neurons recycled; outputs changed by 0.0\n",
    "in_equinox": r"2 neurons recycled; outputs changed by 0.0\n",
    "twin_critics": r"\[0, 3\] neurons recycled; values changed by 0e\+00\n",
    "in_dopamine": r"{.*'Dense_0': [1-9]\d*} neurons recycled; "
    r"values changed by .*e(-0[6-9]|\+00)\n",
    # Reward rises in each of three seeds, and neurons are recycled while it does.
    "ppo_in_scan": r"(seed \d: reward -0\.[4-9]\d -> -0\.[0-3]\d, neurons recycled \[\d.*\]\n){3}",
}


@contextlib.contextmanager
def no_bindings_left():
    """What an example binds by gin, which is global, is gone afterwards."""
    yield
    dopamine_shim.load("jax.agents.dqn.dqn_agent").gin.clear_config()


@pytest.mark.parametrize("name", PRINTED)
def test_the_example_shows_what_it_promises(name, capsys):
    cleaned = contextlib.nullcontext()
    if name == "in_dopamine":
        dopamine_shim.require()
        cleaned = no_bindings_left()
    with cleaned, jax.numpy_rank_promotion("allow"):
        runpy.run_path(str(DOCS / "examples" / f"{name}.py"))
    assert re.fullmatch(PRINTED[name], capsys.readouterr().out)


def test_every_example_is_in_the_documentation():
    shown = re.findall(
        r"^<!-- shown in the site: examples/(\w+)\.py -->$",
        (DOCS / "examples.md").read_text(),
        re.M,
    )
    assert sorted(shown) == sorted(PRINTED)
