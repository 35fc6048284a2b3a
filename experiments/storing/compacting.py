"""Tables as small as what is asked of them allows, for results that are published.

The digits of an activation are noise and do not compress. What figures ask is which neurons score
above a threshold, so that scores are rounded to a few steps an octave, with the paper's thresholds
between the steps, and every neuron stays dormant or awake. With eight steps a table of neurons of
the laptop preset takes 29 to 35 % of its room, with two 24 to 28 %; those of `desk`, of more logs,
less; with one, a fifth less than with two. Of metrics the digits after the fourth are noise, too:
seeds differ in the second. Rows are ordered by neuron or metric, which change slowly, and what all
tables say of their runs is compressed: of metrics at laptop 60 % remain. Either table says of
itself how it was rounded, and that of neurons leaves what else there is to tell of its run to the
table of metrics beside it. Optional columns that nobody asks about can be left out.
"""

from collections.abc import Collection, Mapping
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.storing.schema import (
    FACTS,
    METRICS,
    RUN_KEY,
    RUN_TABLES,
    SCORE_BORDER,
    SCORE_STEPS,
    VALUE_DIGITS,
)
from experiments.storing.store import read_table, write_table

STEPS_PER_OCTAVE = 8
# Binary ones, of a metric: it moves by less than 1 in 30,000, and whole numbers below 16,384 stay.
DIGITS = 14
ORDER = ("metric", "layer", "neuron", "gradient_step", "agent_step")


def steps_of(metadata: Mapping[str, Any]) -> int | None:
    """How many steps an octave of scores has in a table with these metadata; None: no such steps.

    A table that has them is compact, and holds less than was measured.
    """
    return metadata.get(SCORE_STEPS)


def digits_of(metadata: Mapping[str, Any]) -> int | None:
    """How many binary digits the values of a table with these metadata have; None: all of them."""
    return metadata.get(VALUE_DIGITS)


def ordered(table: pa.Table) -> pa.Table:
    """The rows of a run's table in the order of those columns of `ORDER` that it has."""
    return table.sort_by([(name, "ascending") for name in ORDER if name in table.column_names])


def compact(table: pa.Table, steps: int = STEPS_PER_OCTAVE) -> pa.Table:
    r"""The table with the scores of each float32 column rounded; once more changes nothing.

    A score, a value over the mean of its layer and log, becomes the middle of its step
    $(b, 2^{1/n} b]$, and the mean the nearest power of two. Nothing crosses a border: rounding
    multiplies or divides each value, and so the mean of all, by at most $2^{1/2n}$, and that is how
    far the middle of a step is from its borders. For the same reason it is the same whether a table
    is rounded to a divisor of `steps` or first to `steps` and then to that.

    Zeros stay zeros, and what is missing stays missing. A layer and log with values that are
    negative or not finite, or would not be normal numbers any more, stays as it is.

    Args:
      table: of neurons.
      steps: how many an octave of scores has, n above; at least 1.

    Returns:
      The rows in the order of `ordered`.
    """
    table = ordered(table)
    floats = [place for place, field in enumerate(table.schema) if field.type == pa.float32()]
    times = table.column("gradient_step").to_numpy()
    layers = table.column("layer").combine_chunks().dictionary_encode().indices.to_numpy()
    _, logs = np.unique(np.stack([times, layers]), axis=1, return_inverse=True)
    for place in floats:
        column = table.column(place).combine_chunks()
        known = column.is_valid()
        values = column.fill_null(0.0).to_numpy().astype(np.float64)
        rounded = _rounded(values, logs, known.to_numpy(zero_copy_only=False), steps)
        rounded = pc.if_else(known, pa.array(rounded, pa.float32()), None)
        table = table.set_column(place, table.schema.field(place), rounded)
    return table


def shortened(table: pa.Table, digits: int = DIGITS) -> pa.Table:
    """The rows of a table in the order of `ordered`, values of float64 rounded to binary digits.

    To the nearest number with so many significant ones, so that once more, or to more of them,
    changes nothing. What is not finite stays as it is, and what is stays finite.
    """
    table = ordered(table)
    for place, field in enumerate(table.schema):
        if field.type == pa.float64():
            values = table.column(place).to_numpy()
            fractions, exponents = np.frexp(values)
            with np.errstate(over="ignore"):
                found = np.ldexp(np.round(fractions * 2.0**digits) / 2.0**digits, exponents)
            found = np.where(np.isfinite(found), found, values)
            table = table.set_column(place, field, pa.array(found, field.type))
    return table


def copy_compact(
    source: Path,
    target: Path,
    left_out: Collection[str] = (),
    steps: int = STEPS_PER_OCTAVE,
) -> None:
    """Writes the tables of a run, rounded, into another folder.

    Args:
      source: a folder with both tables.
      target: a folder that is there.
      left_out: names of optional columns of neurons that stay behind.
      steps: see `compact`; the greatest divisor that a compact source has as well.

    Raises:
      UserError: a table cannot be read, the disk is full or the folder cannot be written.
    """
    for name, schema in RUN_TABLES.items():
        table, about = read_table(source / name, RUN_KEY, schema)
        del about["format"]
        if name == METRICS:
            table, about = shortened(table), about | {VALUE_DIGITS: DIGITS}
        else:
            steps = math.gcd(steps, steps_of(about) or steps)
            columns = [column for column in table.column_names if column not in left_out]
            table = compact(table.select(columns), steps)
            about = {fact: about[fact] for fact in FACTS[RUN_KEY]} | {
                "spec": {},
                SCORE_STEPS: steps,
            }
        write_table(target / name, table, RUN_KEY, about, compact=True)


def _rounded(values: np.ndarray, logs: np.ndarray, known: np.ndarray, steps: int) -> np.ndarray:
    """Rounds the scores of each group of `logs`; what is not `known` is 0 and does not count."""
    # A mean of anything negative or not finite is no number, nor is what follows from it.
    usable = np.where(values >= 0, values, np.nan)
    with np.errstate(all="ignore"):
        means = (np.bincount(logs, usable) / np.bincount(logs, known))[logs]
        step = np.ceil(steps * np.log2(values / means / SCORE_BORDER))
        middle = SCORE_BORDER * np.exp2((step - 0.5) / steps)
        found = (middle * np.exp2(np.round(np.log2(means)))).astype(np.float32)
    found = np.where(values == 0, 0, found)
    normal = np.isfinite(found) & (found >= np.finfo(np.float32).tiny)
    kept = np.bincount(logs, ~normal & (values != 0))[logs] > 0
    return np.where(kept, values, found)
