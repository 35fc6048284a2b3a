"""The README's library example is the library's own and is as short as it promises."""

from pathlib import Path
import re

README_PATH = Path(__file__).parents[1] / "README.md"
README = README_PATH.read_text()
TABLE = Path(__file__).parents[1] / "results" / "laptop" / "figures" / "claims.md"
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_quoted_claims_are_the_computed_ones():
    """`make claims` computes them; the README quotes them between two comments."""
    quoted = re.findall(r"<!-- claims:begin -->\n(.*?)<!-- claims:end -->", README, flags=re.DOTALL)
    assert [text.strip() for text in quoted] == [TABLE.read_text().strip()]


def test_the_library_shows_the_same_example():
    """`tests/dormancy/test_installed_alone.py` runs it, where nothing but the library is."""
    assert f"```python\n{EXAMPLE}```" in (README_PATH.parent / "dormancy" / "README.md").read_text()


def test_ten_lines_are_ten_lines():
    ours = EXAMPLE.split("# The ten lines:\n")[1].splitlines()
    code = [line for line in ours if line.strip() and not line.startswith("#")]
    assert len(code) <= 10
