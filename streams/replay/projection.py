"""The store's projections and how each is digested: independent of the order of rows, of merges and of when the archive ran.

A digest is the sum, modulo 2^128, of a SipHash of each row without `archived_time`. It tells whether two stores hold the same; it is no
protection against somebody who builds rows to collide (the proof log is).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from streams.store import told_apart

TOTAL = "count(), lower(hex(sum(reinterpretAsUInt128(sipHash128({columns})))))"
LEFT_OUT = frozenset({"archived_time"})


@dataclass(frozen=True, slots=True)
class Projection:
    """One table of the store. `sql` selects name, rows and digest; `columns` in it stands for the table's columns."""

    table: str
    sql: str


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a projection has and their digest in hex."""

    rows: int
    digest: str


def _records(table: str, name: str) -> Projection:
    return Projection(table, f"SELECT {name} AS name, {TOTAL} FROM {table} FINAL GROUP BY name ORDER BY name")  # noqa: S608


def _facts(table: str, columns: str, where: str = "1") -> Projection:
    """What happened, without where on the log it lies and when that got it: equal however it was ordered, cut and repeated."""
    name = {"events": "security-events"}.get(table, table)
    return Projection(
        table,
        f"SELECT 'facts/{name}' AS name, {TOTAL.format(columns=columns)} FROM {table} FINAL WHERE {where} GROUP BY name",  # noqa: S608
    )


PROJECTIONS: tuple[Projection, ...] = (
    _facts(
        "telemetry",
        "tenant, device, event_time, event_id, model, site, firmware, toString(mapSort(metrics))",
    ),
    _facts("events", "tenant, subject, id, type, source, time, data", "topic = 'security-events'"),
    _records("telemetry", "'telemetry'"),
    _records("events", "concat('events/', topic)"),
    _records("dead_letters", "'dead_letters'"),
    _records("roll_backs_asked", "'roll_backs_asked'"),
    _records("known_events", "concat('known_events/', topic)"),
    _records("known_telemetry", "'known_telemetry'"),
    # How the log was cut into ranges differs from run to run; what they add up to does not.
    Projection(
        "ledger_ranges",
        f"""SELECT 'ledger_ranges' AS name, {TOTAL.format(columns="tuple(*)")} FROM
        (
            SELECT topic, kafka_partition, max(last_offset), sum(records), sum(events), sum(rejected),
                toString(max(newest_time))
            FROM ledger_ranges FINAL
            GROUP BY topic, kafka_partition
        )
        GROUP BY name""",  # noqa: S608
    ),
    Projection(
        "device_activity",
        f"""SELECT 'device_activity' AS name, {TOTAL.format(columns="tuple(*)")} FROM
        (
            SELECT tenant, device, min(first_seen), max(last_seen), max(last_received), argMaxIfMerge(model),
                argMaxIfMerge(site), argMaxIfMerge(firmware), toString(mapSort(argMaxMerge(metrics)))
            FROM device_activity
            GROUP BY tenant, device
        )
        GROUP BY name""",  # noqa: S608
    ),
    Projection(
        "known_hours",
        f"""SELECT 'known_hours' AS name, {TOTAL.format(columns="tuple(*)")} FROM
        (
            SELECT tenant, device, hour, recorded_hour, min(first_event), max(last_event), min(first_recorded), max(last_recorded)
            FROM known_hours
            GROUP BY tenant, device, hour, recorded_hour
        )
        GROUP BY name""",  # noqa: S608
    ),
    Projection(
        "ingest_counts",
        f"""SELECT 'ingest_counts' AS name, {TOTAL.format(columns="tuple(*)")} FROM
        (
            SELECT instance, channel, max(received), max(accepted), max(dead_lettered), max(counted_time)
            FROM ingest_counts
            GROUP BY instance, channel
        )
        GROUP BY name""",  # noqa: S608
    ),
    Projection(
        "detection_counts",
        f"""SELECT 'detection_counts' AS name, {TOTAL.format(columns="tuple(*)")} FROM
        (
            SELECT kafka_partition, argMaxMerge(told), argMaxMerge(flows), max(counted_time)
            FROM detection_counts
            GROUP BY kafka_partition
        )
        GROUP BY name""",  # noqa: S608
    ),
)


def digest_store(store: Client) -> dict[str, Digest]:
    """The digest of every projection that has rows. The archive must stand still, else the tables are read at different moments."""
    found: dict[str, Digest] = {}
    for projection in PROJECTIONS:
        with told_apart(f"digest {projection.table}"):
            sql = projection.sql.replace("{columns}", _columns(store, projection.table))
            for name, rows, digest in store.query(sql).result_rows:
                found[name] = Digest(rows, digest)
    return found


def compare(before: Mapping[str, Digest], after: Mapping[str, Digest]) -> dict[str, str]:
    """`equal` or `differs` for each projection that is in one of them."""
    names = dict.fromkeys([*before, *after])
    return {name: "equal" if before.get(name) == after.get(name) else "differs" for name in names}


def _columns(store: Client, table: str) -> str:
    rows = store.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position",
        parameters={"table": table},
    ).result_rows
    return ", ".join(
        f"toString(mapSort({name}))" if kind.startswith("Map(") else name
        for name, kind in rows
        if name not in LEFT_OUT
    )
