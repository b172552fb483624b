"""What the API reads from the store, through views that can't be asked without a tenant."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.weighed import Weighed
from streams.store import KNOWN, connect, told_apart

Row = dict[str, Any]
# How a finding was weighed, and when (event time).
Weighing = tuple[Weighed, datetime]
JSON_COLUMNS = ("evidence", "frontier", "weighed")


class Catalog(Protocol):
    """What the API needs of the store. Every method raises Retryable where the store doesn't answer."""

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The rows of a query with server-side parameters; times are aware and JSON columns decoded."""


class ClickHouseCatalog:
    """The catalog in ClickHouse; connects at the first question. For use by any thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._lock = threading.Lock()

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See Catalog."""
        with self._lock:
            self._client = self._client or connect(self._url)
        with told_apart("ask ClickHouse"):
            result = self._client.query(sql, parameters=dict(parameters))
        return [_plain(row) for row in result.named_results()]


def parts(catalog: Catalog, tenant: str, name: str) -> list[tuple[str, str]]:
    """Device and alert of each part of the incident that an alert belongs to; empty where the store has no alert of that name."""
    found = catalog.rows(
        "SELECT * FROM incidents(tenants = {tenants:Array(String)}) WHERE has(parts, {alert:String}) LIMIT 1",
        {"tenants": [tenant], "alert": name},
    )
    return [*zip(found[0]["devices"], found[0]["parts"], strict=True)] if found else []


def weighed(catalog: Catalog, tenant: str, name: str) -> list[Weighing]:
    """How each finding of an alert was weighed, and when it was (event time); without those that have no strength."""
    found = catalog.rows(
        """
        SELECT * FROM alert_history(tenants = {tenants:Array(String)})
        WHERE alert = {alert:String} AND weighed != '' ORDER BY kafka_offset
        """,
        {"tenants": [tenant], "alert": name},
    )
    return [(msgspec.convert(row["weighed"], Weighed), row["time"]) for row in found]


def alert(catalog: Catalog, tenant: str, device: str, name: str) -> Row | None:
    """One alert as it stands, None where the store has none of that name."""
    return _one(catalog, "alerts", tenant, device, "alert", name)


def exception(catalog: Catalog, tenant: str, device: str, name: str) -> Row | None:
    """One exception as it stands, None where the store has none of that name."""
    return _one(catalog, "exceptions", tenant, device, "exception", name)


def decision(catalog: Catalog, tenant: str, device: str, name: str) -> Row | None:
    """One decision as it stands, None where the store has none of that name."""
    return _one(catalog, "decisions", tenant, device, "decision", name)


def device(catalog: Catalog, tenant: str, name: str) -> Row | None:
    """A device as it stands, None where it is unknown."""
    return _one(catalog, "devices", tenant, name, "device", name)


def is_known(catalog: Catalog, tenant: str, name: str) -> bool:
    """Whether anything but requests to erase it was ever stored of a device, be it only what was refused."""
    return any(row["known"] for row in catalog.rows(KNOWN, {"tenant": tenant, "subject": name}))


def credential(catalog: Catalog, tenant: str, name: str) -> Row | None:
    """How a device's credential stands, None where nothing was ever decided about it."""
    return _one(catalog, "credentials", tenant, name, "device", name)


def verdict(catalog: Catalog, tenant: str, rollout: str, stage: int) -> Row | None:
    """The gate's newest verdict on a stage."""
    found = catalog.rows(
        """
        SELECT * FROM gate_verdicts(tenants = {tenants:Array(String)})
        WHERE rollout = {rollout:String} AND stage = {stage:UInt32}
        """,
        {"tenants": [tenant], "rollout": rollout, "stage": stage},
    )
    return found[0] if found else None


def rollout(catalog: Catalog, tenant: str, name: str) -> Row | None:
    """A rollout as it stands with the stages that have started, in order; None where the store has none of that name."""
    asked = {"tenants": [tenant], "rollout": name}
    sql = "SELECT * FROM rollouts(tenants = {tenants:Array(String)}) WHERE rollout = {rollout:String}"
    found = catalog.rows(sql, asked)
    if not found:
        return None
    sql = "SELECT * FROM rollout_stages(tenants = {tenants:Array(String)}) WHERE rollout = {rollout:String} ORDER BY stage"
    return {**found[0], "stages_started": catalog.rows(sql, asked)}


def all_tenants(catalog: Catalog) -> list[str]:
    """Every tenant the store knows."""
    return [row["tenant"] for row in catalog.rows("SELECT tenant FROM tenants ORDER BY tenant", {})]


def _one(catalog: Catalog, view: str, tenant: str, device_name: str, column: str, value: str) -> Row | None:
    # `view` and `column` are ours; everything from outside is a parameter.
    sql = (
        f"SELECT * FROM {view}(tenants = {{tenants:Array(String)}}) "  # noqa: S608
        f"WHERE device = {{device:String}} AND {column} = {{value:String}} LIMIT 1"
    )
    found = catalog.rows(sql, {"tenants": [tenant], "device": device_name, "value": value})
    return found[0] if found else None


def _plain(row: Mapping[str, Any]) -> Row:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    if name in JSON_COLUMNS:
        return json.loads(value or "null")
    return value
