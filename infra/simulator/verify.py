"""Did the run go as it must? Ground truth against the store, and the summary of it for people and machines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.simulator import journal, letters, observed
from infra.simulator.audit import audit

SETTLE_S = 30.0
POLL_S = 1.5
CLOCKS_APART = timedelta(minutes=5)
Unseal = Callable[[Sequence[str]], list[str]]


def summarise(
    truth: dict[str, Any], client: Any, unseal: Unseal, settle_s: float = SETTLE_S
) -> dict[str, Any]:
    """The summary of a run: `truth` as in `demo/truth.json`, `client` a clickhouse-connect client, `unseal` opens dead letters.

    Asks again until everything is well, for at most `settle_s`, because what was sent last may still be on its way. Raises
    clickhouse-connect's errors where the store can't answer.
    """
    table = journal.load(Path(truth["journal"]))
    since = datetime.fromisoformat(truth["began"]) - CLOCKS_APART
    deadline = time.monotonic() + settle_s
    while True:
        seen = observed.read(client, truth["tenants"], since)
        observed.open_letters(seen, unseal)
        summary = judge(truth, table, seen)
        if summary["ok"] or time.monotonic() > deadline:
            return summary
        time.sleep(POLL_S)


def judge(truth: dict[str, Any], table: Any, seen: observed.Observed) -> dict[str, Any]:
    """The summary of one look at the store; `table` is the journal. Pure."""
    audited = audit(table, seen)
    story = letters.check(truth, seen, audited)
    touched = letters.untouched(truth, seen)
    needless = letters.healthy_alerts(truth, seen)
    first = min((row["archived_time"] for row in seen.alerts), default=None)
    return {
        "ok": all(letter["ok"] for letter in story.values()) and audited.ok and not touched,
        "story": story,
        "ledger": {**audited.ledger(), "missing": audited.missing},
        "healthy": {"ok": not touched, "problems": touched, "alerts": needless},
        "first_alert_s": _seconds_after(truth["began"], first),
        "fleet": {
            name: truth[name] for name in ("seed", "devices", "mqtt_sessions", "https_failures", "duration_s")
        },
    }


def show(summary: dict[str, Any], console: Console) -> None:
    """Print the summary for people, in fewer than 20 lines."""
    for letter, told in summary["story"].items():
        console.print(f"{_mark(told['ok'])} ({letter}) {escape(told['text'])}")
    healthy = summary["healthy"]
    said = "; ".join(healthy["problems"][:3]) or "no healthy device's credential was touched"
    console.print(
        f"{_mark(healthy['ok'])} {escape(said)}; {len(healthy['alerts'])} alerts on healthy devices"
    )
    ledger = summary["ledger"]
    console.print(
        f"{_mark(ledger['ok'])} ledger: {ledger['received']:,} received - {ledger['duplicates']} repeated = "
        f"{ledger['accepted']:,} accepted = {ledger['stored']:,} stored + {ledger['dead_lettered']} dead-lettered; "
        f"{ledger['lost']} lost, {ledger['visible_duplicates']} visible duplicates"
    )
    for missing in ledger["missing"]:
        console.print(f"     lost: {escape(missing)}")
    console.print(
        "everything went as it must" if summary["ok"] else "[bold]not everything went as it must[/bold]"
    )


def _mark(ok: bool) -> str:
    return "[green]ok  [/green]" if ok else "[red]FAIL[/red]"


def _seconds_after(began: str, time_seen: datetime | None) -> float | None:
    if time_seen is None:
        return None
    return round((time_seen - datetime.fromisoformat(began)).total_seconds(), 2)
