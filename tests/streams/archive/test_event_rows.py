"""Events are stored verbatim; dead letters are stored whatever their headers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import dead_letter, event
from schemas.alert import AlertAcknowledged
from schemas.errors import Rejected
from schemas.security import AuthenticationFailed
from streams.archive.buffer import Record
from streams.archive.event_rows import EPOCH as NO_TIME
from streams.archive.event_rows import RAW_BYTES, dead_letter_row, event_row
from tests.streams.archive.sample import EPOCH, envelope

LOGIN = envelope("acme", "cam", 1, AuthenticationFailed(account="root", address="127.0.0.9"))


def record(found: event.Envelope, topic: str = "security-events") -> Record:
    return Record(topic, 1, 9, tuple(event.to_headers(found)), event.encode(found), EPOCH)


def test_an_event_is_stored_verbatim() -> None:
    row = event_row(record(LOGIN), EPOCH)
    assert row["data"] == event.encode(LOGIN)
    attributes = ("tenant", "subject", "id", "type", "source", "time", "cause")
    assert [row[name] for name in attributes] == [getattr(LOGIN, name) for name in attributes]
    assert (row["topic"], row["kafka_partition"], row["kafka_offset"]) == ("security-events", 1, 9)


def test_an_event_on_a_topic_of_others_is_rejected() -> None:
    with pytest.raises(Rejected, match="belong on security-events"):
        event_row(record(LOGIN, "alerts"), EPOCH)


@pytest.mark.parametrize("year", ["1899", "2300"])
def test_a_time_that_cannot_be_stored_is_rejected(year: str) -> None:
    found = record(envelope("acme", "cam", 1, AlertAcknowledged(alert="a", actor="ann")), "alerts")
    headers = tuple((n, v.replace(b"2026", year.encode()) if n == "ce_time" else v) for n, v in found.headers)
    with pytest.raises(Rejected) as caught:
        event_row(found._replace(headers=headers), EPOCH)
    assert caught.value.field == "time"


def test_a_dead_letter_keeps_what_was_said_about_it() -> None:
    letter = dead_letter.bury(
        b"\xff\x00",
        Rejected("bad_json", "metrics", "not JSON"),
        origin="telemetry.raw/0/3",
        process="ingest",
        time=EPOCH,
        tenant="acme",
    )
    row = dead_letter_row(
        Record("dead-letters", 3, 5, tuple(dead_letter.to_headers(letter)), letter.raw, EPOCH), EPOCH
    )
    for name in ("id", "code", "field", "reason", "origin", "process", "tenant", "device", "time", "raw"):
        assert row[name] == getattr(letter, name)
    assert row["size_bytes"] == 2


headers = st.lists(
    st.tuples(st.sampled_from(["id", "time", "size_bytes", "code", "tenant"]), st.binary(max_size=20)),
    max_size=5,
)


@given(headers, st.one_of(st.none(), st.binary(max_size=50)))
def test_no_dead_letter_is_ever_refused(said: list[tuple[str, bytes]], value: bytes | None) -> None:
    row = dead_letter_row(Record("dead-letters", 0, 7, tuple(said), value, EPOCH), EPOCH)
    assert row["id"]
    assert row["raw"] == (value or b"")
    assert row["time"] == NO_TIME or 1900 <= row["time"].year < 2300


def test_of_a_huge_dead_letter_the_beginning_and_the_size_are_kept() -> None:
    row = dead_letter_row(Record("dead-letters", 0, 7, (), b"a" * (RAW_BYTES + 5), EPOCH), EPOCH)
    assert (len(row["raw"]), row["size_bytes"], row["id"]) == (RAW_BYTES, RAW_BYTES + 5, "dead-letters/0/7")
