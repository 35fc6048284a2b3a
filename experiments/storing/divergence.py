"""What in a run's metrics says that the run diverged."""

import pyarrow as pa
import pyarrow.compute as pc


def not_finite(metrics: pa.Table) -> pa.ChunkedArray:
    """Which rows of a run's metrics say that it diverged: a value is no number, or says so itself.

    Args:
      metrics: with the columns of `METRICS_SCHEMA`.
    """
    wrong = pc.invert(pc.is_finite(metrics["value"]))
    # What the run itself has noticed, which later versions record.
    said = pc.and_(pc.equal(metrics["metric"], "diverged"), pc.greater(metrics["value"], 0))
    return pc.or_(wrong, said)
