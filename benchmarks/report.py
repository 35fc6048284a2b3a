"""Writes the measured tables into docs/performance.md: `python -m benchmarks.report`.

The page is written by hand but for its tables, which stand between two comments each and are
computed from the parquet files, and its summary of them. A test keeps both equal.
"""

from pathlib import Path
import re

import pandas as pd

from benchmarks import summary
from benchmarks.measurements import read

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "benchmarks"
PAGE = ROOT / "docs" / "performance.md"
# Of a quantity that a benchmark calls by the name of a variable; other names are words already.
_WORDS = {
    "agent_steps_per_s": "speed",
    "gradient_steps_per_s": "speed of learning",
    "cpu_s_per_s": "cores in use",
    "peak_memory_bytes": "most memory",
    "replay_memory_bytes": "memory of the replay",
    "update_ms": "update by itself",
    "act_ms": "choice of an action by itself",
    "sample_ms": "draw of a batch by itself",
    "step_ms": "step of the emulator by itself",
    "add_ms": "storing a transition by itself",
    "measure_ms": "dormancy statistics by themselves",
    "intervene_ms": "recycling by itself",
    "matmul_ms": "matrix product by itself",
    "update_spent_ms": "of the loop: update",
    "act_spent_ms": "of the loop: choosing actions",
    "step_spent_ms": "of the loop: emulator",
    "add_spent_ms": "of the loop: storing transitions",
    "sample_spent_ms": "of the loop: drawing batches",
    "measure_spent_ms": "of the loop: dormancy statistics",
    "intervene_spent_ms": "of the loop: recycling",
    "loop_ms": "whole loop",
    "loop_cpu_ms": "whole loop, processor's time",
    "update_cpu_ms": "update by itself, processor's time",
    "arithmetic_floor_ms": "arithmetic of the update alone",
    "update_gflop": "operations of an update",
    "matmul_gflop_per_s": "speed of a matrix product",
    "acting_and_sampling_over_update": "acting and sampling over update",
    "statistics_and_recycling_over_loop": "statistics and recycling over loop",
    "statistics_and_recycling_over_loop_at_published_periods": (
        "statistics and recycling over loop at the published periods"
    ),
    "loop_rate_over_update_rate": "rate of the loop over that of the update",
    "loop_rate_over_update_rate_by_cpu_time": (
        "rate of the loop over that of the update, processor's time"
    ),
    "idle_share_of_loop": "part of the loop that an accelerator would wait",
    "arithmetic_over_update": "arithmetic over update",
    "process_s": "whole command",
    "rendering_s": "drawing",
    "first_run": "first run",
    "further_run": "each further run",
    "wall": "time",
}
_TABLES = re.compile(r"<!-- (\w+):begin -->\n.*?<!-- \1:end -->", flags=re.DOTALL)


def updated(page: str, results: Path = RESULTS) -> str:
    """The page with all its tables computed anew.

    Raises:
      UserError: a table is damaged or foreign.
    """

    def table_of(match: re.Match[str]) -> str:
        name = match[1]
        if name == "summary":
            text = summary.as_markdown(results)
        else:
            text = as_markdown(results / f"{name}.parquet")
        return f"<!-- {name}:begin -->\n{text}<!-- {name}:end -->"

    return _TABLES.sub(table_of, page)


def as_markdown(path: Path) -> str:
    """A benchmark's table, a column for each case, and the line that says how it was made."""
    if not path.exists():
        return "Not measured yet.\n"
    frame, about = read(path)
    frame = _in_words(frame)
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


def _in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The same numbers with quantities in words, and bytes as MB or GB, one of them a row."""
    highest = frame.groupby(["contender", "quantity"]).value.transform("max")
    bytes_ = frame.unit == "bytes"
    giga = bytes_ & (highest >= 1e9)
    scale = giga.map({True: 1e9, False: 1e6}).where(bytes_, 1.0)
    unit = giga.map({True: "GB", False: "MB"}).where(bytes_, frame.unit)
    words = frame.quantity.map(lambda quantity: _WORDS.get(quantity, quantity))
    return frame.assign(value=frame.value / scale, unit=unit, quantity=words)


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
