"""What is kept of each device as it reports is the plain fold of its reports, however they are cut into inserts."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas import migrations
from streams.store import connect

pytestmark = pytest.mark.clickhouse

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = [
    "tenant",
    "device",
    "event_time",
    "received_time",
    "event_id",
    "model",
    "site",
    "firmware",
    "metrics",
]
Report = tuple[str, str, datetime, datetime, bytes, str, str, str, dict[str, float]]
ASKED = """
    SELECT tenant, device, min(first_seen), max(last_seen), max(last_received), argMaxIfMerge(model), argMaxIfMerge(site),
        argMaxIfMerge(firmware), argMaxMerge(metrics)
    FROM device_activity
    GROUP BY tenant, device
    ORDER BY tenant, device"""


@pytest.fixture
def store(clickhouse_url: str) -> Iterator[Client]:
    name = f"activity_{uuid.uuid4().hex[:12]}"
    client = connect(f"{clickhouse_url}/{name}")
    for migration in migrations.load():
        for statement in migration.statements:
            client.command(statement)
    yield client
    client.command(f"DROP DATABASE {name}")
    client.close()


def report(chance: random.Random) -> Report:
    """One of few devices at one of few moments, so that times are equal often; labels are missing often; some arrive very late."""
    time = EPOCH + timedelta(seconds=chance.randrange(12))
    return (
        chance.choice("ab"),
        f"d{chance.randrange(3)}",
        time,
        time + timedelta(seconds=chance.choice((0, 1, 500))),
        chance.randbytes(16),
        chance.choice(("", "x", "y")),
        chance.choice(("", "x", "y")),
        chance.choice(("", "x", "y")),
        {"cpu": chance.random(), "n": float(chance.randrange(9))},
    )


def folded(reports: list[Report]) -> list[tuple[Any, ...]]:
    """The same from all reports at once: of equal times the greater event id is newer."""
    found = []
    for tenant, device in sorted({(r[0], r[1]) for r in reports}):
        own = sorted((r for r in reports if r[:2] == (tenant, device)), key=lambda r: (r[2], r[4]))
        labels = (next((r[place] for r in reversed(own) if r[place]), "") for place in (5, 6, 7))
        found.append((tenant, device, own[0][2], own[-1][2], max(r[3] for r in own), *labels, own[-1][8]))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_activity_is_the_fold_of_the_reports_however_they_are_cut(store: Client, seed: int) -> None:
    chance = random.Random(seed)
    reports = [report(chance) for _ in range(60)]
    rest = list(reports)
    while rest:
        cut = chance.randint(1, 30)
        store.insert("telemetry", [list(r) for r in rest[:cut]], column_names=COLUMNS)
        rest = rest[cut:]
    found = store.query(ASKED, tz_mode="aware").result_rows
    assert [tuple(row) for row in found] == folded(reports)
