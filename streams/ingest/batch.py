"""From units of telemetry to Arrow batches, one a partition, and to what must be dead-lettered. Pure: same units, same result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.event import aggregate_key
from schemas.telemetry import LEADING, MAX_ROWS, METRIC_PREFIX, metrics_of, schema_for
from schemas.topics import TOPICS
from streams.ingest.event_id import event_ids
from streams.ingest.sanitise import sanitise_text
from streams.ingest.tables import Refused, runs_of, tables_of
from streams.ingest.unit import Unit
from streams.ingest.vocabulary import Vocabulary
from streams.log.partition import partition_of

# Free text that is stored; names are checked and ids are digests.
LABELS = ("model", "site", "firmware")


class Batch(NamedTuple):
    """Rows of one partition in the form of `schemas.telemetry`, and for each the place of its unit among those given."""

    partition: int
    places: list[int]
    rows: pa.RecordBatch


def validate(units: Sequence[Unit], vocabulary: Vocabulary, early_us: int) -> tuple[list[Batch], Refused]:
    """Every unit is either in exactly one batch or refused, never both. Rows of a partition keep their order within a batch.

    `vocabulary` learns the names that occur; it changes speed only, never the result.
    """
    tables, refused = tables_of(units, range(len(units)), vocabulary, early_us)
    runs = runs_of(tables, lambda table: set(metrics_of(table.schema)))
    batches = [batch for run in runs for batch in _partitioned(_concatenated(run))]
    return batches, sorted(refused, key=lambda pair: pair[0])


def _concatenated(tables: list[pa.Table]) -> pa.Table:
    """One table, rows in the order of their units."""
    if len(tables) == 1:
        return tables[0]
    whole = pa.concat_tables(tables, promote_options="default").combine_chunks()
    places = np.asarray(whole["place"])
    return whole if (np.diff(places) > 0).all() else whole.take(np.argsort(places, kind="stable"))


def _partitioned(table: pa.Table) -> Iterator[Batch]:
    if not table.num_rows:
        return
    table = table.append_column("event_id", pa.array(event_ids(table), pa.binary(16)))
    key = (
        pc.binary_join_element_wise(table["tenant"], table["device"], "/")
        .combine_chunks()
        .dictionary_encode()
    )
    partitions = np.fromiter(map(_partition, key.dictionary.to_pylist()), np.int32)[np.asarray(key.indices)]
    for partition in np.unique(partitions).tolist():
        rows = table.filter(pa.array(partitions == partition))
        for start in range(0, rows.num_rows, MAX_ROWS):
            piece = rows.slice(start, MAX_ROWS)
            yield Batch(partition, piece["place"].to_pylist(), _encoded(piece))


def _partition(key: str) -> int:
    tenant, _, device = key.partition("/")
    return partition_of(aggregate_key(tenant, device), TOPICS["telemetry"].partitions)


def _encoded(table: pa.Table) -> pa.RecordBatch:
    """The rows in the columns and types of the contract, without metrics that have no value here."""
    names = [n for n in metrics_of(table.schema) if table[METRIC_PREFIX + n].null_count < table.num_rows]
    schema = schema_for(names)
    arrays = []
    for field in schema:
        column = table[field.name].combine_chunks()
        if field.name in LABELS:
            column = _sanitised(column)
        arrays.append(column.dictionary_encode() if field.type == LEADING.field("tenant").type else column)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _sanitised(column: pa.Array) -> pa.Array:
    """Labels without secrets: each different one is looked at once."""
    encoded = column.dictionary_encode()
    labels = encoded.dictionary.to_pylist()
    clean = [sanitise_text(label) for label in labels]
    return column if clean == labels else pa.array(clean, pa.string()).take(encoded.indices)
