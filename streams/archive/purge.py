"""Making the store forget: texts rewritten and rows deleted in place, whole parts replaced. Each statement can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from schemas import registry
from schemas.event import Envelope
from schemas.personal import ERASED
from streams.archive.forgetting import Forgetting, pattern_of

# Statements return once every part has been rewritten.
SYNC = {"mutations_sync": 2}
# What hangs on a table of `schemas.retention` and has no more to say than its rows had. `known_hours` is by the hour, and so are cutoffs.
DEPENDENT = {"telemetry": (("known_telemetry", "recorded_time"), ("known_hours", "last_recorded"))}


def erase(client: Client, due: Forgetting) -> None:
    """Replace the tokens of the destroyed keys in every table that keeps texts, and what was refused of the erased subjects."""
    for table, column in texts(client) if due.keys else ():
        client.command(
            f"ALTER TABLE {table} UPDATE {column} = replaceRegexpAll({column}, {{pattern:String}}, {{erased:String}}) "
            f"WHERE match({column}, {{pattern:String}})",
            parameters={"pattern": pattern_of(due.keys), "erased": ERASED},
            settings=SYNC,
        )
    for (tenant, device), time in due.subjects.items():
        client.command(
            "ALTER TABLE dead_letters UPDATE raw = {erased:String} "
            "WHERE tenant = {tenant:String} AND device = {device:String} AND time <= {time:String} AND raw != {erased:String}",
            parameters={"erased": ERASED, "tenant": tenant, "device": device, "time": _moment(time)},
            settings=SYNC,
        )


def drop_old(client: Client, cutoffs: Mapping[str, datetime]) -> None:
    """Delete what was recorded before the cutoff of its table, and what hangs on it."""
    for table, cutoff in cutoffs.items():
        for name, column in ((table, "recorded_time"), *DEPENDENT.get(table, ())):
            client.command(
                f"ALTER TABLE {name} DELETE WHERE {column} < {{cutoff:String}}",
                parameters={"cutoff": _moment(cutoff)},
                settings=SYNC,
            )


def texts(client: Client) -> list[tuple[str, str]]:
    """The tables and columns that keep texts of events or letters."""
    asked = """
        SELECT c.table, c.name
        FROM system.columns AS c
        INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
        WHERE c.database = currentDatabase() AND t.engine LIKE '%MergeTree' AND c.type = 'String' AND c.name IN ('data', 'raw')
        ORDER BY c.table, c.name"""
    return [(table, name) for table, name in client.query(asked).result_rows]


def known(client: Client) -> Forgetting:
    """What the events in the store say."""
    asked = """
        SELECT type, id, source, subject, tenant, time, data FROM events FINAL
        WHERE topic = 'privacy' AND type IN ('subject.key_destroyed.v1', 'retention.applied.v1')"""
    return Forgetting.told(_event(*row) for row in client.query(asked, tz_mode="aware").result_rows)


def _event(
    type_: str, id_: str, source: str, subject: str, tenant: str, time: datetime, data: str
) -> Envelope:
    told = registry.decode_data(type_, data.encode())
    return Envelope(id=id_, type=type_, source=source, subject=subject, tenant=tenant, time=time, data=told)


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
