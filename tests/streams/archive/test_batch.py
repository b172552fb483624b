"""A cut becomes inserts, dead letters and an account in which every event is either stored or rejected."""

from __future__ import annotations

from datetime import timedelta

from schemas import event, telemetry
from schemas.roll_back import RollBack, event_of
from schemas.security import AuthenticationFailed
from schemas.topics import TOPICS
from streams.archive.batch import ARCHIVED, batch_of
from streams.archive.buffer import Partition, Record
from tests.streams.archive.sample import EPOCH, batch, envelope


def telemetry_record(offset: int, rows: int, partition: int = 0, metrics: tuple[str, ...] = ("a",)) -> Record:
    headers, value = telemetry.encode(batch("acme", f"d{partition}", offset * 100, rows, metrics))
    return Record("telemetry", partition, offset, tuple(headers), value, EPOCH)


def event_record(offset: int) -> Record:
    found = envelope("acme", "cam", offset, AuthenticationFailed(account="root", address="127.0.0.9"))
    return Record("security-events", 0, offset, tuple(event.to_headers(found)), event.encode(found), EPOCH)


def cut() -> dict[Partition, list[Record]]:
    junk = Record("telemetry", 0, 5, (("rows", b"7"),), b"junk", EPOCH)
    return {
        ("telemetry", 0): [telemetry_record(3, 4), junk],
        ("telemetry", 1): [telemetry_record(8, 2, 1, ("b", "c"))],
        ("security-events", 0): [event_record(1), event_record(2)._replace(value=b"{}")],
        ("dead-letters", 2): [Record("dead-letters", 2, 0, (), b"old", EPOCH)],
    }


def test_rows_of_one_table_are_one_insert_whatever_their_metrics() -> None:
    made = batch_of(cut(), EPOCH)
    assert {i.table: i.rows.num_rows for i in made.inserts} == {
        "telemetry": 6,
        "events": 1,
        "dead_letters": 1,
    }
    maps = next(i for i in made.inserts if i.table == "telemetry").rows["metrics"].to_pylist()
    assert [key for key, _ in maps[5]] == ["b", "c"]


def test_a_roll_back_among_security_events_is_no_event_of_the_store_but_is_kept_as_what_it_is() -> None:
    asked = RollBack(id="r", tenant="acme", since=EPOCH, until=EPOCH, actor="ann", reason="why")
    found = event_of(asked, 3)
    headers = tuple(event.to_headers(found))
    record = Record("security-events", 3, 2, headers, event.encode(found), EPOCH)
    made = batch_of({("security-events", 3): [event_record(1), record, record._replace(value=b"{")]}, EPOCH)
    (account,) = made.ledger.rows.to_pylist()
    assert (account["records"], account["events"], account["rejected"], made.letters) == (3, 1, 0, ())
    assert {one.table: one.rows.num_rows for one in made.inserts} == {"events": 1, "roll_backs_asked": 1}
    (row,) = made.inserts[1].rows.to_pylist()
    assert (row["tenant"], row["roll_back"], row["kafka_partition"], row["kafka_offset"]) == (
        "acme",
        "r",
        3,
        2,
    )
    assert row["data"] == event.encode(found)


def test_the_account_counts_every_event_once() -> None:
    told = {(r["topic"], r["kafka_partition"]): r for r in batch_of(cut(), EPOCH).ledger.rows.to_pylist()}
    numbers = {
        key: tuple(row[name] for name in ("first_offset", "last_offset", "records", "events", "rejected"))
        for key, row in told.items()
    }
    assert numbers == {
        ("telemetry", 0): (3, 5, 2, 11, 7),
        ("telemetry", 1): (8, 8, 1, 2, 0),
        ("security-events", 0): (1, 2, 2, 2, 1),
        ("dead-letters", 2): (0, 0, 1, 1, 0),
    }
    assert told[("telemetry", 1)]["newest_time"] == EPOCH + timedelta(seconds=801)


def test_what_cannot_be_decoded_is_buried_with_its_bytes_and_where_it_lay() -> None:
    letters = batch_of(cut(), EPOCH).letters
    assert [(letter.origin, letter.raw, letter.field) for letter in letters] == [
        ("telemetry/0/5", b"junk", "value"),
        ("security-events/0/2", b"{}", "data"),
    ]


def test_the_same_cut_has_the_same_tokens_and_letters_at_any_time() -> None:
    one, other = batch_of(cut(), EPOCH), batch_of(cut(), EPOCH + timedelta(days=1))
    assert [i.token for i in one.inserts] == [i.token for i in other.inserts]
    assert one.ledger.token == other.ledger.token
    assert [letter.id for letter in one.letters] == [letter.id for letter in other.letters]


def test_a_withdrawn_verdict_is_passed_over_and_accounted_for() -> None:
    made = batch_of({("gate-verdicts", 0): [Record("gate-verdicts", 0, 4, (), None, EPOCH)]}, EPOCH)
    assert (made.inserts, made.letters) == ((), ())
    account = made.ledger.rows.to_pylist()[0]
    assert (account["records"], account["events"], account["newest_time"]) == (1, 0, None)


def test_every_topic_is_archived_but_the_raw_input_and_working_state() -> None:
    left_out = set(TOPICS) - set(ARCHIVED)
    assert "telemetry.raw" in left_out
    assert all(name == "telemetry.raw" or TOPICS[name].cleanup == "compact" for name in left_out)
