"""Writes the measured tables into docs/performance.md: `python -m benchmarks.report`.

The page is written by hand but for its tables, which stand between two comments each and are
computed from the parquet files. A test keeps both equal.
"""

from pathlib import Path
import re

import pandas as pd

from benchmarks.measurements import read

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "benchmarks"
PAGE = ROOT / "docs" / "performance.md"
_TABLES = re.compile(r"<!-- (\w+):begin -->\n.*?<!-- \1:end -->", flags=re.DOTALL)


def updated(page: str, results: Path = RESULTS) -> str:
    """The page with all its tables computed anew.

    Raises:
      UserError: a table is damaged or foreign.
    """

    def table_of(match: re.Match[str]) -> str:
        name = match[1]
        return (
            f"<!-- {name}:begin -->\n{as_markdown(results / f'{name}.parquet')}<!-- {name}:end -->"
        )

    return _TABLES.sub(table_of, page)


def as_markdown(path: Path) -> str:
    """A benchmark's table, a column for each case, and the line that says how it was made."""
    if not path.exists():
        return "Not measured yet.\n"
    frame, about = read(path)
    rows = ["contender", "quantity", "unit"]
    cells = (
        frame.groupby([*rows, "case"], sort=False)["value"].apply(_cell).unstack("case", sort=False)
    ).fillna("")
    lines = [
        f"| What | Quantity | Unit | {' | '.join(cells.columns)} |",
        "|---|---|---|" + "---|" * len(cells.columns),
        *(f"| {' | '.join([*key, *values])} |" for key, values in cells.T.to_dict("list").items()),
        "",
        f"Median [lowest, highest] of up to {frame['repeat'].max() + 1} repeats. "
        f"`{about['command']}`, {about['written_at'][:10]}, "
        f"{about['cores']} cores of {about['processor']}, {about['device'].split(',')[0]}, "
        f"jax {about['versions']['jax']}, commit {_short(about['git_commit'])}.",
        "",
    ]
    return "\n".join(lines)


def _cell(values: pd.Series) -> str:
    numbers = (values.median(), values.min(), values.max())
    median, lowest, highest = (_number(number) for number in numbers)
    return median if lowest == highest else f"{median} [{lowest}, {highest}]"


def _short(commit: str) -> str:
    """The first digits of a commit; that files differed from it stays said."""
    name, dirty, _ = commit.partition("-dirty")
    return name[:12] + dirty


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def main() -> None:
    """Rewrites the page."""
    PAGE.write_text(updated(PAGE.read_text()))
    print(f"Written to {PAGE}.")


if __name__ == "__main__":
    main()
