"""Questions about the past, asked of ClickHouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.client import Client

from schemas.as_of.ask import Ask, Row
from streams.store import told_apart


def asking(client: Client) -> Ask:
    """An `Ask` of that store, for one thread at a time; raises Retryable where it doesn't answer and Fatal where it refuses."""

    def ask(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        with told_apart("ask ClickHouse"):
            return list(client.query(sql, parameters=dict(parameters), tz_mode="aware").named_results())

    return ask


def every_tenant(ask: Ask) -> list[str]:
    """Every tenant the store knows."""
    return [row["tenant"] for row in ask("SELECT tenant FROM tenants ORDER BY tenant", {})]
