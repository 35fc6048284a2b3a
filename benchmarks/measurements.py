"""What every benchmark writes: one long table, a row a number, with how it was made.

    benchmark  case               contender  quantity           unit            repeat  value
    training   replay ratio 1     ours x2    agent_steps_per_s  agent steps/s        0   35.1

Numbers that are compared with one another share a case and a repeat: they were taken one
after the other in the same run, so that a slow moment of the machine hits them all.
"""

from collections.abc import Iterable
import os
from pathlib import Path
import platform
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from experiments.storing.provenance import describe
from experiments.storing.store import read_metadata, write_table

KEY = "dormant_benchmark"
SCHEMA = pa.schema(
    [
        ("benchmark", pa.string()),
        ("case", pa.string()),
        ("contender", pa.string()),
        ("quantity", pa.string()),
        ("unit", pa.string()),
        ("repeat", pa.int32()),
        ("value", pa.float64()),
    ]
)


class Measurement(NamedTuple):
    """One number.

    Attributes:
      case: the setting, for instance "replay ratio 1".
      contender: what was measured in that setting.
      quantity: what of it, for instance "agent_steps_per_s".
      unit: of the value.
      repeat: numbers of equal repeat were taken next to each other.
      value: the number.
    """

    case: str
    contender: str
    quantity: str
    unit: str
    repeat: int
    value: float


def write(folder: Path, benchmark: str, measurements: Iterable[Measurement], command: str) -> Path:
    """Writes a benchmark's table; returns its path.

    Args:
      folder: created if missing.
      benchmark: its name.
      measurements: its numbers.
      command: what a reader types to take them again.

    Raises:
      UserError: the disk is full or the folder cannot be written.
    """
    frame = pd.DataFrame(measurements, columns=Measurement._fields)
    frame.insert(0, "benchmark", benchmark)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{benchmark}.parquet"
    table = pa.Table.from_pandas(frame, schema=SCHEMA, preserve_index=False)
    write_table(path, table, KEY, {"command": command} | _machine() | describe())
    return path


def read(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A benchmark's table and how it was made.

    Raises:
      UserError: the file is damaged or was not written by a benchmark of this project.
    """
    about = read_metadata(path, KEY)
    return pd.read_parquet(path), about


def _machine() -> dict[str, Any]:
    return {"processor": _processor(), "cores": os.cpu_count()}


def _processor() -> str:
    """The processor's name, with what it can do, because clouds hide the model."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    widest = next((isa for isa in ("avx512f", "avx2") if isa in fields.get("flags", "")), "")
    return " ".join(filter(None, (fields.get("model name", platform.machine()), widest)))
