"""The examples in docs/examples run as they stand and show what they promise."""

from pathlib import Path
import runpy

import jax
import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("in_equinox", "2 neurons recycled; outputs changed by 0.0\n"),
        ("twin_critics", "[0, 3] neurons recycled; values changed by 0e+00\n"),
    ],
)
def test_the_example_shows_what_it_promises(name, printed, capsys):
    with jax.numpy_rank_promotion("allow"):
        runpy.run_path(str(EXAMPLES / f"{name}.py"))
    assert capsys.readouterr().out == printed
