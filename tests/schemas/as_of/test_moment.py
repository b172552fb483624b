"""What a person may write for a moment, and what is said about anything else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.as_of.ask import Row
from schemas.as_of.moment import Moment, moment_of
from schemas.errors import Rejected

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KNOWN = datetime(2026, 5, 1, 11, 59, 3, tzinfo=UTC)


def ask(_: str, parameters: Mapping[str, Any]) -> list[Row]:
    """A store with one decision."""
    if parameters["name"] != "decision-1" or parameters["topic"] not in ("", "credential-decisions"):
        return []
    return [{"recorded_time": KNOWN, "type": "credential.decided.v1", "subject": "cam"}]


def moment(at: str = "", known: str = "", when_decided: str = "") -> Moment:
    return moment_of(ask, ["acme"], at, known, NOW, when_decided=when_decided)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", NOW),
        ("now", NOW),
        (" NOW ", NOW),
        ("10m ago", NOW - timedelta(minutes=10)),
        ("90 s ago", NOW - timedelta(seconds=90)),
        ("1.5 hours ago", NOW - timedelta(minutes=90)),
        ("2 days ago", NOW - timedelta(days=2)),
        ("2026-05-01T14:00:00+02:00", NOW),
        ("2026-05-01T11:00:00.5Z", NOW - timedelta(minutes=59, seconds=59.5)),
        ("decision-1", KNOWN),
    ],
)
def test_what_is_accepted(text: str, at: datetime) -> None:
    found = moment(text)
    assert (found.at, found.known) == (at, at)


def test_what_was_known_may_be_another_time() -> None:
    assert moment("10m ago", "now") == Moment(NOW - timedelta(minutes=10), NOW)
    assert moment("10m ago").seen_from(NOW) == Moment(NOW - timedelta(minutes=10), NOW)


def test_when_it_was_decided_is_both_times() -> None:
    assert moment(when_decided="decision-1") == Moment(
        KNOWN, KNOWN, "when credential.decided.v1 about cam was recorded"
    )


@pytest.mark.parametrize(
    ("arguments", "field", "reason"),
    [
        ({"at": "lunch"}, "at", "RFC 3339 time"),
        ({"at": "10 fortnights ago"}, "at", "10m ago"),
        ({"at": "decision-2"}, "at", "the id of an event, decision or alert"),
        ({"at": "2026-05-01T12:00:00"}, "at", "has no time zone"),
        ({"at": "2026-13-01T12:00:00Z"}, "at", "not an RFC 3339 time"),
        ({"at": "1500-05-01T12:00:00Z"}, "at", "before 1900"),
        ({"at": "999999999d ago"}, "at", "before 1900"),
        ({"at": "now", "known": "lunch"}, "known", "RFC 3339 time"),
        ({"when_decided": "decision-2"}, "when_decided", "no decision of these tenants"),
        ({"when_decided": "decision-1", "at": "now"}, "when_decided", "leave out at and known"),
    ],
)
def test_what_is_not_says_what_is(arguments: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        moment(**arguments)
    assert caught.value.field == field
    assert reason in caught.value.reason


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        found = moment(text)
    except Rejected as error:
        assert error.field == "at"
    else:
        assert found.at.tzinfo is not None
