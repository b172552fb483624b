"""What the store shows of a run, read through the views everybody reads through; nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]

TELEMETRY = """
SELECT lower(hex(event_id)) AS id, count() AS rows FROM telemetry FINAL
WHERE tenant IN {tenants:Array(String)} GROUP BY tenant, device, event_id
"""
EVENTS = """
SELECT topic, id, count() AS rows FROM events FINAL
WHERE tenant IN {tenants:Array(String)} GROUP BY tenant, topic, id
"""
VIEWS = {
    "detections": "SELECT detection, tenant, device, kind FROM detections(tenants={tenants:Array(String)})",
    "alerts": """
        SELECT alert, tenant, device, change, detection, archived_time
        FROM alert_history(tenants={tenants:Array(String)}) ORDER BY kafka_offset""",
    "decisions": """
        SELECT decision, tenant, device, action, state FROM decisions(tenants={tenants:Array(String)})""",
    "credentials": """
        SELECT tenant, device, state, decided_at, session_dropped_at FROM credentials(tenants={tenants:Array(String)})""",
    "stages": """
        SELECT tenant, rollout, stage, outcome, verdict FROM rollout_stages(tenants={tenants:Array(String)})""",
    "verdicts": """
        SELECT verdict, tenant, rollout, outcome, explanation FROM gate_history(tenants={tenants:Array(String)})""",
}
# Nobody could be made out as the sender of some dead letters: their tenant is empty.
LETTERS = """
SELECT letter, code, raw FROM dead_letter_list(tenants=arrayPushBack({tenants:Array(String)}, ''))
WHERE time >= {since:DateTime64(6, 'UTC')}
"""


@dataclass(slots=True)
class Observed:
    """Rows of the read models: telemetry as id -> rows with it, events as (topic, id) -> rows with it, the rest as dicts by column.

    Every time is aware.
    """

    telemetry: dict[str, int] = field(default_factory=dict)
    events: dict[tuple[str, str], int] = field(default_factory=dict)
    detections: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    credentials: list[Row] = field(default_factory=list)
    stages: list[Row] = field(default_factory=list)
    verdicts: list[Row] = field(default_factory=list)
    dead_letters: list[Row] = field(default_factory=list)

    @property
    def visible_duplicates(self) -> int:
        """How many rows a reader sees beyond one for each event."""
        surplus = [count - 1 for counts in (self.telemetry, self.events) for count in counts.values()]
        return sum(surplus)


def of(rows: Iterable[Row], truth: Row) -> list[Row]:
    """The rows about the device of one letter of the story."""
    return [row for row in rows if (row["tenant"], row["device"]) == (truth["tenant"], truth["device"])]


def read(client: Any, tenants: Sequence[str], since: Any) -> Observed:
    """Ask ClickHouse; `since` (aware time) bounds the dead letters. Raises clickhouse-connect's errors where it can't answer."""
    values = {"tenants": list(tenants), "since": since}
    telemetry = client.query(TELEMETRY, parameters=values)
    events = client.query(EVENTS, parameters=values)
    views = {name: _rows(client, query, values) for name, query in VIEWS.items()}
    return Observed(
        telemetry=dict(telemetry.result_rows),
        events={(topic, event): rows for topic, event, rows in events.result_rows},
        dead_letters=_rows(client, LETTERS, values),
        **views,
    )


def open_letters(seen: Observed, unseal: Callable[[Sequence[str]], list[str]]) -> None:
    """Put what the dead letters really held in the place of what is sealed."""
    texts = unseal([_text(row["raw"]) for row in seen.dead_letters])
    for row, text in zip(seen.dead_letters, texts, strict=True):
        row["raw"] = text


def _text(raw: str | bytes) -> str:
    return raw if isinstance(raw, str) else raw.decode(errors="replace")


def _rows(client: Any, query: str, values: dict[str, Any]) -> list[Row]:
    found = client.query(query, parameters=values).named_results()
    return [{name: _aware(value) for name, value in row.items()} for row in found]


def _aware(value: Any) -> Any:
    """clickhouse-connect gives some times in UTC without saying that they are."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
