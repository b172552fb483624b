"""Envelopes, ids, the registry and dead letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import dead_letter, registry
from schemas.errors import Rejected
from schemas.event import Envelope, encode, parse_time, rfc3339, to_headers
from schemas.ids import derive, digest
from schemas.security import AuthenticationFailed
from schemas.topics import TOPICS

TIME = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
DATA = AuthenticationFailed(account="root", address="203.0.113.9", method="ssh")
ENVELOPE = Envelope(
    id="event-1",
    type=DATA.TYPE,
    source="/cam-1",
    subject="cam-1",
    tenant="acme",
    time=TIME,
    data=DATA,
    cause="t/0/7",
)


def test_an_envelope_survives_kafka() -> None:
    assert registry.decode(to_headers(ENVELOPE), encode(ENVELOPE)) == ENVELOPE


@pytest.mark.parametrize("name", ["id", "type", "source", "subject", "time", "tenant", "specversion"])
def test_a_missing_attribute_is_named(name: str) -> None:
    headers = [header for header in to_headers(ENVELOPE) if header[0] != f"ce_{name}"]
    with pytest.raises(Rejected) as caught:
        registry.decode(headers, encode(ENVELOPE))
    assert caught.value.field == name


@given(st.binary(max_size=200))
def test_any_bytes_as_data_are_decoded_or_rejected(value: bytes) -> None:
    try:
        assert isinstance(registry.decode_data(DATA.TYPE, value), AuthenticationFailed)
    except Rejected as error:
        assert error.field.startswith("data")


def test_a_wrong_value_is_named_and_not_repeated() -> None:
    with pytest.raises(Rejected) as caught:
        registry.decode_data("update.progressed.v1", b'{"rollout":"r","firmware":"2","status":"hunter2"}')
    assert caught.value.field == "data.status"
    assert "hunter2" not in str(caught.value)


def test_readers_ignore_fields_they_do_not_know() -> None:
    value = msgspec.json.encode({**msgspec.to_builtins(DATA), "added_later": 1})
    assert registry.decode_data(DATA.TYPE, value) == DATA


def test_every_event_type_has_a_declared_topic_and_a_version() -> None:
    for name, kind in registry.EVENTS.items():
        assert kind.TOPIC in TOPICS
        assert name.rpartition(".v")[2].isdigit()


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14 * 60, 14 * 60))
def test_times_survive_and_sort_as_text(time: datetime, offset_min: int) -> None:
    later = time + timedelta(microseconds=1) if time < datetime.max.replace(tzinfo=UTC) else time
    assert parse_time(rfc3339(time)) == time
    assert rfc3339(time) <= rfc3339(later)
    if 1 < time.year < 9999:
        assert rfc3339(time.astimezone(timezone(timedelta(minutes=offset_min)))) == rfc3339(time)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-01T12:00:00", "2026-13-01T00:00:00Z"])
def test_a_wrong_time_is_rejected(text: str) -> None:
    with pytest.raises(Rejected, match="time"):
        parse_time(text)


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_ids_are_equal_only_for_equal_parts(left: list[str], right: list[str]) -> None:
    assert (digest(*left) == digest(*right)) == (left == right)
    assert derive("alert", *left) != derive("event", *left)


def test_a_dead_letter_from_the_log_has_the_same_id_every_time() -> None:
    error = Rejected("bad_json", "", "not JSON")
    letters = [
        dead_letter.bury(
            b"x", error, origin="telemetry.raw/0/12", process="ingest", time=TIME + timedelta(seconds=s)
        )
        for s in (0, 5)
    ]
    assert letters[0].id == letters[1].id
    assert dict(dead_letter.to_headers(letters[0]))["origin"] == b"telemetry.raw/0/12"
