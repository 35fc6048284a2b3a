"""Tables of neurons with as many digits as anyone looks at, for results that are published.

The last bits of an activation are noise and do not compress: without them a table takes less
than half the room. A score moves by less than half a percent of itself, a silent neuron stays
silent, and a table says of itself that it is compact. Optional columns that nobody asks about can
be left out as well.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.storing.schema import NEURONS, RUN_KEY, RUN_TABLES
from experiments.storing.store import read_table, write_table

# Under this key the metadata of a compact table hold how many bits of each value were kept.
KEPT_BITS = "significant_bits"
SIGNIFICANT_BITS = 8
# Level of Zstandard; above it nothing becomes smaller.
_SMALLEST_FILES = 19
_LARGEST = np.ldexp(2.0**SIGNIFICANT_BITS - 1, 128 - SIGNIFICANT_BITS)


def is_compact(metadata: Mapping[str, Any]) -> bool:
    """Whether a table with these metadata has fewer bits than were measured."""
    return KEPT_BITS in metadata


def compact(table: pa.Table) -> pa.Table:
    """The table with its float32 columns rounded to `SIGNIFICANT_BITS`; once more changes nothing.

    The relative error is at most 2**-8. Zeros, infinities and NaN stay what they are, and what
    is missing stays missing.
    """
    for position, field in enumerate(table.schema):
        if field.type == pa.float32():
            column = table.column(position).combine_chunks()
            values = pa.array(_rounded(column.fill_null(0.0).to_numpy()), field.type)
            values = pc.if_else(column.is_valid(), values, None)
            table = table.set_column(position, field, values)
    return table


def copy_compact(source: Path, target: Path, left_out: Collection[str] = ()) -> None:
    """Writes the tables of a run, those of its neurons compact, into another folder.

    Args:
      source: a folder with both tables.
      target: a folder that is there.
      left_out: names of optional columns of neurons that stay behind.

    Raises:
      UserError: a table cannot be read, the disk is full or the folder cannot be written.
    """
    for name, schema in RUN_TABLES.items():
        table, about = read_table(source / name, RUN_KEY, schema)
        del about["format"]
        if name == NEURONS:
            table = compact(table.select([n for n in table.column_names if n not in left_out]))
            about = about | {KEPT_BITS: SIGNIFICANT_BITS}
        write_table(target / name, table, RUN_KEY, about, _SMALLEST_FILES)


def _rounded(values: np.ndarray) -> np.ndarray:
    # Mantissas are in [0.5, 1), so that this many doublings leave whole numbers of that many bits.
    mantissas, exponents = np.frexp(values.astype(np.float64))
    whole = np.round(np.ldexp(mantissas, SIGNIFICANT_BITS))
    rounded = np.ldexp(whole, exponents - SIGNIFICANT_BITS)
    # What would become infinite is rounded down.
    return np.where(np.isfinite(values), np.clip(rounded, -_LARGEST, _LARGEST), values)
