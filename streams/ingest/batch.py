"""From units of telemetry to Arrow batches, one a partition, and to what must be dead-lettered. Pure: same units, same result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import Rejected
from schemas.event import aggregate_key
from schemas.telemetry import LEADING, MAX_METRICS, MAX_ROWS, METRIC_PREFIX, metrics_of, schema_for
from schemas.topics import TOPICS
from streams.ingest import columns
from streams.ingest.event_id import event_ids
from streams.ingest.record import Record, parse_record
from streams.ingest.sanitise import sanitise_text
from streams.ingest.screen import screen
from streams.ingest.unit import Unit
from streams.ingest.vocabulary import Vocabulary
from streams.log.partition import partition_of

SINGLY = 16
TEXTS = ("id", "tenant", "device", "model", "site", "firmware")
# Free text that is stored; names are checked and ids are digests.
LABELS = ("model", "site", "firmware")
Refused = list[tuple[int, Rejected]]
Item = TypeVar("Item")


class Batch(NamedTuple):
    """Rows of one partition in the form of `schemas.telemetry`, and for each the place of its unit among those given."""

    partition: int
    places: list[int]
    rows: pa.RecordBatch


def validate(units: Sequence[Unit], vocabulary: Vocabulary, early_us: int) -> tuple[list[Batch], Refused]:
    """Every unit is either in exactly one batch or refused, never both. Rows of a partition keep their order within a batch.

    `vocabulary` learns the names that occur; it changes speed only, never the result.
    """
    tables, refused = _tables(units, range(len(units)), vocabulary, early_us)
    runs = _runs(tables, lambda table: set(metrics_of(table.schema)))
    batches = [batch for run in runs for batch in _partitioned(_concatenated(run))]
    return batches, sorted(refused, key=lambda pair: pair[0])


def _tables(
    units: Sequence[Unit],
    places: Sequence[int],
    vocabulary: Vocabulary,
    early_us: int,
    *,
    screened: bool = False,
) -> tuple[list[pa.Table], Refused]:
    """Tables with a column `place`. What can't be read together is screened for odd ones, then halved, down to one by one."""
    if len(units) <= SINGLY:
        return _singly(units, places, vocabulary, early_us)
    read = columns.read(units, vocabulary.names, early_us) if vocabulary.names else None
    if read is None:
        apart = _halved if screened else _screened
        return apart(units, places, vocabulary, early_us)
    table, good = read
    vocabulary.learn(metrics_of(table.schema))
    table = table.append_column("place", pa.array(np.asarray(places, dtype=np.int32)))
    if good.all():
        return [table], []
    wrong = np.flatnonzero(~good).tolist()
    rest = _singly(_at(units, wrong), _at(places, wrong), vocabulary, early_us)
    return _joined((([table.filter(pa.array(good))], []), rest))


def _screened(
    units: Sequence[Unit], places: Sequence[int], vocabulary: Vocabulary, early_us: int
) -> tuple[list[pa.Table], Refused]:
    odd = screen([unit.raw for unit in units], vocabulary)
    plain = sorted(set(range(len(units))) - set(odd))
    return _joined(
        (
            _tables(_at(units, plain), _at(places, plain), vocabulary, early_us, screened=True),
            _singly(_at(units, odd), _at(places, odd), vocabulary, early_us),
        )
    )


def _halved(
    units: Sequence[Unit], places: Sequence[int], vocabulary: Vocabulary, early_us: int
) -> tuple[list[pa.Table], Refused]:
    middle = len(units) // 2
    halves = slice(None, middle), slice(middle, None)
    return _joined(_tables(units[half], places[half], vocabulary, early_us, screened=True) for half in halves)


def _joined(parts: Iterable[tuple[list[pa.Table], Refused]]) -> tuple[list[pa.Table], Refused]:
    tables: list[pa.Table] = []
    refused: Refused = []
    for more, wrong in parts:
        tables += more
        refused += wrong
    return tables, refused


def _at(items: Sequence[Item], places: Sequence[int]) -> list[Item]:
    return [items[place] for place in places]


def _singly(
    units: Sequence[Unit], places: Sequence[int], vocabulary: Vocabulary, early_us: int
) -> tuple[list[pa.Table], Refused]:
    records: list[tuple[int, Record]] = []
    refused: Refused = []
    for place, unit in zip(places, units, strict=True):
        try:
            records.append((place, parse_record(unit, early_us)))
            vocabulary.learn(records[-1][1].metrics)
        except Rejected as error:
            refused.append((place, error))
    received = dict(zip(places, (unit.received_us for unit in units), strict=True))
    return [_table(run, received) for run in _runs(records, lambda pair: pair[1].metrics.keys())], refused


def _table(group: list[tuple[int, Record]], received: dict[int, int]) -> pa.Table:
    records = [record for _, record in group]
    names = list(dict.fromkeys(name for record in records for name in record.metrics))
    stamps = pa.array([record.time_us for record in records], pa.int64())
    made: dict[str, Any] = {
        **{name: pa.array([getattr(record, name) for record in records], pa.string()) for name in TEXTS},
        "event_time": stamps.cast(columns.STAMP),
        "received_time": pa.array([received[place] for place, _ in group], pa.int64()).cast(columns.STAMP),
        "place": pa.array([place for place, _ in group], pa.int32()),
    }
    for name in names:
        made[METRIC_PREFIX + name] = pa.array([record.metrics.get(name) for record in records], pa.float64())
    return pa.table(made)


def _runs(items: Iterable[Item], metrics: Callable[[Item], Set[str]]) -> Iterator[list[Item]]:
    """The items in runs that together have at most `MAX_METRICS` metrics: what a batch may hold."""
    run: list[Item] = []
    names: set[str] = set()
    for item in items:
        if run and len(names | metrics(item)) > MAX_METRICS:
            yield run
            run, names = [], set()
        run.append(item)
        names |= metrics(item)
    if run:
        yield run


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
