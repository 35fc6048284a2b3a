"""The README's library example runs as it stands and is as short as it promises."""

from pathlib import Path
import re

README = (Path(__file__).parents[1] / "README.md").read_text()
TABLE = Path(__file__).parents[1] / "results" / "laptop" / "figures" / "claims.md"
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_quoted_claims_are_the_computed_ones():
    """`make claims` computes them; the README quotes them between two comments."""
    quoted = re.findall(r"<!-- claims:begin -->\n(.*?)<!-- claims:end -->", README, flags=re.DOTALL)
    assert [text.strip() for text in quoted] == [TABLE.read_text().strip()]


def test_the_library_example_runs(capsys):
    names: dict = {}
    exec(compile(EXAMPLE, "README.md", "exec"), names)
    assert 0 <= float(capsys.readouterr().out) < 1
    assert names["state"].step == 1


def test_ten_lines_are_ten_lines():
    ours = EXAMPLE.split("# The ten lines:\n")[1].splitlines()
    code = [line for line in ours if line.strip() and not line.startswith("#")]
    assert len(code) <= 10
