"""What the read models count, asked of the real engine."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from schemas.dead_letter import bury, to_headers
from schemas.errors import Rejected
from schemas.event import SYSTEM
from schemas.ledger import DetectionCounted, IngestCounted
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack, event_of
from schemas.security import AuthenticationFailed
from streams.archive.buffer import Record
from tests.schemas.clickhouse.story import Story, about, at, measured, of
from tests.streams.archive.sample import EPOCH, envelope

pytestmark = pytest.mark.clickhouse


def detected(partition: int, offset: int) -> DetectionCounted:
    return DetectionCounted(
        partition=partition, telemetry_offset=offset, scored=offset * 10, late=partition, infinite=1, unmodelled=2, devices=offset,
        forgotten=0, duplicates=offset, flows_forgotten=2 * offset,
    )  # fmt: skip


def test_detections_newest_totals_of_each_partition_are_added_up(story: Story) -> None:
    assert story.one("detection_totals")["partitions"] == 0
    told = [detected(partition, offset) for partition, offset in ((0, 5), (0, 9), (3, 2), (0, 7))]
    story.tell(*(envelope(SYSTEM, f"detection/{one.partition}", n, one, n) for n, one in enumerate(told)))
    row = story.one("detection_totals")
    names = "scored late infinite unmodelled devices forgotten duplicates flows_forgotten partitions"
    assert of(row, names) == (110, 3, 2, 4, 11, 0, 11, 22, 2)


def unlearned(partition: int, took_s: float | None) -> ModelsRolledBack:
    asked = RollBack(
        id="r", tenant="acme", device="cam", since=EPOCH, until=EPOCH + timedelta(hours=1), actor="ann", reason="poisoned"
    )  # fmt: skip
    return ModelsRolledBack(
        asked=asked, partition=partition, telemetry_offset=9, reports=90, unlearned=10, models_before="a", models_after="b",
        took_s=took_s,
    )  # fmt: skip


def test_a_roll_back_is_one_row_a_partition_however_often_it_is_told(story: Story) -> None:
    told = [
        envelope("acme", "cam", n, data, n) for n, data in enumerate((unlearned(0, 1.5), unlearned(2, None)))
    ]
    story.tell(*told, envelope("acme", "cam", 0, unlearned(0, 1.5), 7))
    rows = {row["partition"]: row for row in story.ask("roll_backs", "acme")}
    names = "roll_back device actor reason learned reports unlearned models_before models_after took_s"
    assert of(rows[0], names) == ("r", "cam", "ann", "poisoned", "reports", 90, 10, "a", "b", 1.5)
    assert rows[2]["took_s"] is None
    assert rows[0]["until"] - rows[0]["since"] == timedelta(hours=1)
    assert story.ask("roll_backs", "other") == []


def test_what_flows_taught_is_a_row_of_its_own(story: Story) -> None:
    asked = unlearned(0, 1.5).asked
    flows = FlowsRolledBack(
        asked=asked, partition=0, events_offset=9, flows=70, unlearned=7, models_before="a", models_after="a", took_s=0.5
    )  # fmt: skip
    story.tell(envelope("acme", "cam", 0, unlearned(0, 1.5), 0), envelope("acme", "cam", 1, flows, 1))
    rows = {row["learned"]: of(row, "reports unlearned took_s") for row in story.ask("roll_backs", "acme")}
    assert rows == {"reports": (90, 10, 1.5), "flows": (70, 7, 0.5)}


def asked_for(name: str, tenant: str = "acme", **change: str) -> RollBack:
    return msgspec.structs.replace(unlearned(0, None).asked, id=name, tenant=tenant, **change)


def states(story: Story, *tenants: str) -> dict[tuple[str, str], tuple[str, int]]:
    rows = story.ask("roll_backs", *tenants)
    return {(row["roll_back"], row["learned"]): (row["state"], row["ahead"]) for row in rows}


def test_a_roll_back_is_asked_for_until_detection_answers_and_waits_for_those_before_it(story: Story) -> None:
    first, other, second = asked_for("first"), asked_for("other", "globex"), asked_for("second")
    story.tell(*(event_of(one, 0) for one in (first, other, second)))
    both = ("reports", "flows")
    waits = {(name, of_): ("asked", n) for n, name in enumerate(("first", "other", "second")) for of_ in both}
    assert states(story, "acme", "globex") == waits
    assert states(story, "acme")["second", "flows"] == ("asked", 1), "what others asked for is not told"
    row = story.ask("roll_backs", "acme", where="roll_back = 'first' AND learned = 'reports'")[0]
    assert of(row, "device actor reason partition reports unlearned models_after took_s done_time") == (
        "cam", "ann", "poisoned", 0, None, None, "", None, None,
    )  # fmt: skip
    assert (row["asked_time"], row["until"] - row["since"]) == (at(0), timedelta(hours=1))
    story.tell(envelope("acme", "cam", 1, msgspec.structs.replace(unlearned(0, 2.5), asked=first), 1))
    assert states(story, "acme", "globex") == {
        **waits, ("first", "reports"): ("done", 0), ("other", "reports"): ("asked", 0), ("second", "reports"): ("asked", 1),
    }  # fmt: skip
    row = story.ask("roll_backs", "acme", where="state = 'done'")[0]
    assert of(row, "reports unlearned took_s asked_time done_time") == (90, 10, 2.5, at(0), at(1))


def test_what_is_asked_for_twice_is_what_was_asked_for_first(story: Story) -> None:
    again = asked_for("same", reason="worded anew")
    story.tell(event_of(asked_for("same"), 0), event_of(asked_for("next"), 0), event_of(again, 0))
    assert states(story, "acme")["next", "flows"] == ("asked", 1)
    rows = story.ask("roll_backs", "acme", where="roll_back = 'same'")
    assert [row["reason"] for row in rows] == ["poisoned"] * 2


LETTER = bury(
    b"x", Rejected("bad_json", "body", "not JSON"), origin="http:/v1/telemetry", process="ingest", time=EPOCH
)


@pytest.fixture
def counted(story: Story) -> Story:
    """Two batches of which one repeats three rows, a login, a dead letter, and what the edge counted of it."""
    counts = [
        IngestCounted(instance=i, channel=c, received=n + 1, accepted=n, dead_lettered=1)
        for i, c, n in (("a", "mqtt", 3), ("a", "mqtt", 5), ("b", "mqtt", 4), ("a", "http", 2))
    ]
    story.tell(
        measured(0, 5),
        measured(2, 5),
        about(1, AuthenticationFailed(account="root", address="127.0.0.9")),
        *(envelope(SYSTEM, "a", n, data, n) for n, data in enumerate(counts)),
        Record("dead-letters", 0, 0, tuple(to_headers(LETTER)), LETTER.raw, EPOCH),
    )
    return story


def test_the_ledger_balances_and_counts_repeated_events_once(counted: Story) -> None:
    names = "accepted archived stored duplicates difference dead_lettered dead_letters_stored"
    assert of(counted.one("ledger"), names) == (11, 11, 8, 3, 0, 3, 1)


def test_the_newest_counts_of_each_instance_are_added_up(counted: Story) -> None:
    names = "received accepted dead_lettered instances"
    channels = {row["channel"]: of(row, names) for row in counted.ask("ledger_channels")}
    assert channels == {"mqtt": (11, 9, 2, 2), "http": (3, 2, 1, 1)}


def test_dead_letters_are_grouped_by_cause(counted: Story) -> None:
    group = counted.one("dead_letter_groups", "")
    assert of(group, "process code field letters sample_raw") == ("ingest", "bad_json", "body", 1, "x")
