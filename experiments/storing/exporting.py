"""The metrics of an experiment's runs in the forms that other programs read."""

from collections.abc import Callable, Iterator
import itertools
from pathlib import Path
import struct
import time
from typing import Any

import pandas as pd

from agents.errors import UserError
from experiments.storing.files import ensure_writable, replacing
from experiments.storing.schema import (
    EXPERIMENT_KEY,
    INDEX_SCHEMA,
    METRICS,
    METRICS_SCHEMA,
    RUN_KEY,
    Store,
)
from experiments.storing.store import read_table

# TensorBoard looks for files with "tfevents" in their name; a second export replaces the first.
_EVENTS = "events.out.tfevents.dormant-neurons"


def runs(store: Store, experiment: str) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Every run that has been logged: what it is, and its metrics.

    Yields:
      The run's row in the index with all its settings, as "agent.learning_rate"; and its table
      with the columns gradient_step, agent_step, metric, layer and value.

    Raises:
      UserError: a table is damaged or foreign, or no run has been logged.
    """
    found = False
    rows = read_table(store.index(experiment), EXPERIMENT_KEY, INDEX_SCHEMA)[0].to_pylist()
    for row in rows:
        path = store.folder_of(row["run_id"]) / METRICS
        if path.exists():
            table, about = read_table(path, RUN_KEY, METRICS_SCHEMA)
            told = {"experiment": experiment, "preset": store.preset, **row}
            told |= {f"spec.{name}": value for name, value in _flat(about["spec"])}
            found = True
            yield told, table.to_pandas().drop(columns="run_id")
    if not found:
        raise UserError(f"No run of the experiment {experiment!r} in {store.folder} has begun.")


def to_csv(store: Store, experiment: str, path: Path) -> int:
    """One row a number; returns the number of runs."""
    parts = [_with(told, table) for told, table in runs(store, experiment)]
    with replacing(path) as stream:
        pd.concat(parts, ignore_index=True).to_csv(stream, index=False)
    return len(parts)


def to_wide_parquet(store: Store, experiment: str, path: Path) -> int:
    """One row a log and one column a metric; returns the number of runs."""
    parts = []
    for told, table in runs(store, experiment):
        named = table.assign(metric=_named(table))
        wide = named.pivot(index=["gradient_step", "agent_step"], columns="metric", values="value")
        parts.append(_with(told, wide.reset_index().rename_axis(columns=None)))
    with replacing(path) as stream:
        pd.concat(parts, ignore_index=True).to_parquet(stream, index=False)
    return len(parts)


def to_tensorboard(store: Store, experiment: str, folder: Path) -> int:
    """One folder a run, its settings as text; returns the number of runs."""
    try:
        from tensorboardX import summary
        from tensorboardX.proto.event_pb2 import Event
    except ImportError as error:
        raise UserError(
            "Writing for TensorBoard needs one more package; `make setup EXTRAS=tensorboard` "
            "installs it."
        ) from error
    found = list(runs(store, experiment))
    for told, table in found:
        name = f"{told['condition']}/{told['game']}/seed {told['seed']}".replace(" ", "_")
        ensure_writable(folder / name)
        lines = (f"    {key}: {value}" for key, value in told.items())
        events = [Event(file_version="brain.Event:2")]
        events += [Event(summary=summary.text("settings", "\n".join(lines)))]
        events += [
            Event(step=step, summary=summary.scalar(metric, value))
            for metric, step, value in zip(
                _named(table), table.gradient_step, table.value, strict=True
            )
        ]
        # Not a `SummaryWriter`, whose thread dies of a full disk and is then waited for.
        with replacing(folder / name / _EVENTS) as stream:
            for event in events:
                event.wall_time = time.time()
                stream.write(record(event.SerializeToString()))
    return len(found)


def record(data: bytes) -> bytes:
    """As TensorFlow's record files have it: its length before it, and a checksum after each."""
    from tensorboardX.record_writer import masked_crc32c

    length = struct.pack("<Q", len(data))
    parts = [(part, struct.pack("<I", masked_crc32c(part))) for part in (length, data)]
    return b"".join(itertools.chain(*parts))


FORMATS: dict[str, Callable[[Store, str, Path], int]] = {
    "csv": to_csv,
    "parquet-wide": to_wide_parquet,
    "tensorboard": to_tensorboard,
}


def _named(table: pd.DataFrame) -> pd.Series:
    """Metrics with their layers, as "dormant_fraction_tau_0/Dense_0"."""
    return (table.metric + "/" + table.layer).str.removesuffix("/")


def _with(told: dict[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """The table with what is the same in all of its rows in front of it."""
    same = pd.DataFrame([told] * len(table), index=table.index)
    return pd.concat([same, table], axis=1)


def _flat(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
