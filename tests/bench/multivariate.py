"""How fast the whole telemetry path takes decoded batches: baselines and, beside them, cohort models with principal components.

Processor time of one thread, so that what else runs here counts less; medians. A thousand devices in 25 cohorts, a model each.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
import pyarrow as pa

from detectors.baseline import detector as baseline
from detectors.baseline.columns import columns_of
from detectors.cohorts import detector as cohort
from detectors.state import State, compile_all
from tests.bench.univariate import batches

DEVICES, COHORTS = 1000, 25
SIZES = (1024, 4096, 16_384)
# Until every cohort has its directions.
WARM_ROWS = 100_000


def figures() -> dict[str, float]:
    """The figures of the multivariate engine, by the names of `tests.bench.detect`: of the slowest size, and what the models add."""
    compile_all()
    measured = [nanoseconds(rows) for rows in SIZES]
    return {
        "multivariate_eps": round(min(1e9 / (alone + added) for alone, added in measured)),
        "cohort_ns": round(statistics.median(added for _, added in measured)),
    }


def nanoseconds(rows: int, taken: int = 60) -> tuple[float, float]:
    """Per event of batches of this size: from the batch to the baselines' findings, and what the cohort models add."""
    state, alone, added, seen = State(), [], [], 0
    for one in batches(DEVICES, rows, np.random.default_rng(17)):
        batch = with_models(one)
        started = time.thread_time()
        columns = columns_of(state.block, batch)
        baseline.findings(state.block, batch, columns, "telemetry/0/0")
        middle = time.thread_time()
        cohort.findings(state.cohorts, state.block, batch, columns, "telemetry/0/0")
        ended = time.thread_time()
        seen += batch.num_rows
        if seen > WARM_ROWS:
            alone.append((middle - started) * 1e9 / batch.num_rows)
            added.append((ended - middle) * 1e9 / batch.num_rows)
        if len(added) >= taken:
            break
    return statistics.median(alone), statistics.median(added)


def with_models(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with a model for each device that its name decides."""
    names: Any = batch.column("device")
    models = np.array([int(name[7:]) % COHORTS for name in names.dictionary.to_pylist()], np.int32)
    words = pa.array([f"model-{number}" for number in range(COHORTS)])
    column = pa.DictionaryArray.from_arrays(pa.array(models[names.indices.to_numpy()]), words)
    place = batch.schema.get_field_index("model")
    return batch.set_column(place, batch.schema.field(place), column)
