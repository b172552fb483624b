"""The moment a question is about: event time and what was known by then, from what a person writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.as_of.ask import Ask
from schemas.errors import Rejected
from schemas.event import parse_time

ACCEPTED = (
    "is no moment: write an RFC 3339 time (2026-11-21T14:03:00Z), a time ago (10m ago, 90 s ago, 2h ago, 3d ago), now, "
    "or the id of an event, decision or alert"
)
AGO = re.compile(
    r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\s+ago", re.IGNORECASE
)
UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
IDENTIFIER = re.compile(r"[\x21-\x7e]{8,200}")
LOOKS_LIKE_TIME = re.compile(r"\d{4}-\d\d")


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened until event time `at`, as far as the log had it by `known`; both included, aware, UTC.

    `said` is why this moment, for people: empty, or what the id stands for.
    """

    at: datetime
    known: datetime
    said: str = ""

    def seen_from(self, now: datetime) -> Moment:
        """The same event time with everything known by `now`."""
        return Moment(self.at, now, self.said)


def moment_of(
    ask: Ask, tenants: list[str], at: str, known: str, now: datetime, *, when_decided: str = ""
) -> Moment:
    """The moment that was asked for; an empty `at` is now, an empty `known` is what was known at `at`.

    An id, and `when_decided`, mean when the log had that event: in both times. Rejected says what is accepted; also where the store
    has no event of that id.
    """
    if when_decided:
        if at or known:
            raise Rejected("bad_moment", "when_decided", "already says the moment: leave out at and known")
        time, said = _recorded(ask, tenants, when_decided, "when_decided", topic="credential-decisions")
        return Moment(time, time, said)
    time, said = _time(ask, tenants, at or "now", "at", now)
    return Moment(time, _time(ask, tenants, known, "known", now)[0] if known else time, said)


def _time(ask: Ask, tenants: list[str], text: str, field: str, now: datetime) -> tuple[datetime, str]:
    said = text.strip()
    if said.lower() == "now":
        return now, ""
    if (ago := AGO.fullmatch(said)) is not None:
        return _ago(now, float(ago[1]) * UNIT_S[ago[2][0].lower()], field), ""
    if LOOKS_LIKE_TIME.match(said):
        return _written(said, field), ""
    if IDENTIFIER.fullmatch(said):
        return _recorded(ask, tenants, said, field)
    raise Rejected("bad_moment", field, ACCEPTED)


def _written(text: str, field: str) -> datetime:
    time = parse_time(text, field)
    # What the store's DateTime64 holds.
    if not 1900 <= time.year < 2300:
        raise Rejected("bad_moment", field, "before 1900 or after 2299")
    return time


def _ago(now: datetime, seconds: float, field: str) -> datetime:
    try:
        time = now - timedelta(seconds=seconds)
    except OverflowError:
        raise Rejected("bad_moment", field, "before 1900") from None
    if time.year < 1900:
        raise Rejected("bad_moment", field, "before 1900")
    return time


def _recorded(
    ask: Ask, tenants: list[str], name: str, field: str, *, topic: str = ""
) -> tuple[datetime, str]:
    """When the log had the event, or the first event of the alert, of that id, and which it is."""
    rows = ask(
        "SELECT * FROM named(tenants = {tenants:Array(String)}, name = {name:String}) "
        "WHERE {topic:String} = '' OR topic = {topic:String} LIMIT 1",
        {"tenants": tenants, "name": name, "topic": topic},
    )
    if not rows:
        kind = "decision" if topic else "event, decision or alert"
        raise Rejected("unknown_id", field, f"no {kind} of these tenants has that id" if topic else ACCEPTED)
    found = rows[0]
    return found["recorded_time"], f"when {found['type']} about {found['subject']} was recorded"
