"""The command line that all benchmarks share: measure, write the table, print a short one."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import tyro

from agents.errors import UserError
from benchmarks.measurements import Measurement, write


def run(benchmark: str, measure: Callable[[bool], Sequence[Measurement]]) -> None:
    """Runs a benchmark as a command.

    Args:
      benchmark: the name of its module.
      measure: takes the numbers; its argument asks for those of the smallest size.
    """

    def command(tiny: bool = False, results: Path = Path("results/benchmarks")) -> None:
        """Measure and write a table.

        Args:
            tiny: seconds instead of minutes; shows that it works, the numbers mean nothing.
            results: folder of the tables.
        """
        try:
            measurements = measure(tiny)
        except UserError as error:
            raise SystemExit(str(error)) from error
        typed = f"python -m benchmarks.{benchmark}{' --tiny' if tiny else ''}"
        path = write(results, benchmark, measurements, typed)
        print(summary(measurements))
        print(f"Written to {path}.")

    tyro.cli(command, prog=f"python -m benchmarks.{benchmark}")


def summary(measurements: Sequence[Measurement]) -> str:
    """A line for everything that was measured, over its repeats."""
    frame = pd.DataFrame(measurements, columns=Measurement._fields)
    same = ["case", "contender", "quantity", "unit"]
    lines = frame.groupby(same, sort=False)["value"].agg(["median", "min", "max"])
    return lines.to_string(float_format=lambda value: f"{value:.4g}")
