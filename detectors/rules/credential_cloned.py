"""Credential cloned: one device's certificate in use from two places at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import msgspec

from detectors.rules.rule import Case, Finding, Seen
from schemas.detection import Evidence, Expectation, Severity
from schemas.event import Event
from schemas.security import SessionClosed, SessionOpened

# A session nobody has heard of for so long is taken as ended: its end may have been missed.
FORGOTTEN = timedelta(hours=24)
SESSIONS, ENDED = 16, 64


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An open session as the server saw it begin."""

    address: str
    client: str
    evidence: Evidence


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One device: its open sessions by id in the order they opened, the ids of ended ones, and whether two places are known."""

    sessions: dict[str, Session] = {}
    ended: tuple[str, ...] = ()
    told: bool = False


class CredentialCloned:
    """Two sessions of one device identity, from different addresses and different clients, open at the same time.

    Observed by the broker, so no device can hide it. The same client id again is a reconnect (the broker ends the older session), the same
    address is the same place. Does not work when a device changes both its address and its client id and the end of its old session is not
    seen; give devices a fixed client id.
    """

    kind: ClassVar[str] = "rule.credential_cloned"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "critical"
    about: ClassVar[str] = "One device identity with sessions from two places at once"
    event_types: ClassVar[tuple[type[Event], ...]] = (SessionOpened, SessionClosed)
    memory: ClassVar[type[Memory]] = Memory
    cases: ClassVar[tuple[Case, ...]] = ()

    def __init__(self, forgotten: timedelta = FORGOTTEN) -> None:
        self.forgotten = forgotten

    def step(self, memory: Memory, seen: Seen) -> tuple[Memory, Finding | None]:
        """Open or close the session, then see from how many places the identity is in use."""
        data = seen.envelope.data
        if isinstance(data, SessionClosed):
            return _close(memory, data), None
        if not isinstance(data, SessionOpened) or data.session in memory.ended:
            return memory, None
        one = Session(
            address=data.address,
            client=data.client,
            evidence=seen.evidence(
                f"session opened from {data.address} by client {data.client or 'unknown'}"
            ),
        )
        after = _open(memory, data.session, one, self.forgotten)
        other = next((each for each in after.sessions.values() if _elsewhere(each, one)), None)
        if other is None or after.told:
            return after, None
        return msgspec.structs.replace(after, told=True), _finding(other, one, seen.envelope.subject)


def _elsewhere(one: Session, other: Session) -> bool:
    same_client = bool(one.client) and one.client == other.client
    return one.address != other.address and not same_client


def _open(memory: Memory, name: str, one: Session, forgotten: timedelta) -> Memory:
    kept = {
        known: session
        for known, session in memory.sessions.items()
        if not (one.client and session.client == one.client)
        and one.evidence.time - session.evidence.time < forgotten
    }
    kept[name] = one
    return msgspec.structs.replace(memory, sessions=dict(list(kept.items())[-SESSIONS:]))


def _close(memory: Memory, closed: SessionClosed) -> Memory:
    sessions = {name: one for name, one in memory.sessions.items() if name != closed.session}
    still = any(_elsewhere(one, other) for one in sessions.values() for other in sessions.values())
    return Memory(
        sessions=sessions, ended=(*memory.ended, closed.session)[-ENDED:], told=memory.told and still
    )


def _finding(one: Session, other: Session, device: str) -> Finding:
    first, second = sorted((one.evidence, other.evidence), key=lambda e: (e.time, e.event))
    apart = (second.time - first.time).total_seconds()
    return Finding(
        key=(first.event, second.event),
        title=f"The credential of {device} is in use from two places",
        explanation=f"{device} has a session from {one.address} and, opened {apart:,.0f} s later while that one was still open, another"
        f" from {other.address}; a device is in one place, so its key is in two hands.",
        since=second.time,
        evidence=(first, second),
        expectations=(
            Expectation(
                what="places with an open session at once",
                seen=f"2: {one.address} and {other.address}",
                expected="1",
            ),
        ),
    )


def _opened(session: str, address: str, client: str) -> SessionOpened:
    return SessionOpened(session=session, address=address, client=client)


_DEVICE = _opened("s1", "127.10.0.1", "cam-1")
_COPY = _opened("s2", "127.66.6.6", "cam-1-copy")

CredentialCloned.cases = (
    Case("two places at once", ((0, _DEVICE), (60, _COPY)), 1),
    Case("told once while it lasts", ((0, _DEVICE), (60, _COPY), (70, _opened("s3", "127.66.6.7", "x"))), 1),
    Case(
        "told again after it was over",
        (
            (0, _DEVICE),
            (60, _COPY),
            (70, SessionClosed(session="s2")),
            (80, _opened("s3", "127.66.6.6", "y")),
        ),
        2,
    ),
    Case(
        "moved: closed before it opened elsewhere",
        ((0, _DEVICE), (50, SessionClosed(session="s1")), (60, _COPY)),
        0,
    ),
    Case(
        "reconnect of the same client from a new address",
        ((0, _DEVICE), (60, _opened("s2", "127.10.9.9", "cam-1"))),
        0,
    ),
    Case("two clients at one address", ((0, _DEVICE), (60, _opened("s2", "127.10.0.1", "cam-1-logs"))), 0),
    Case("the end of the old session was never seen", ((0, _DEVICE), (90_000, _COPY)), 0),
    Case(
        "an opening that arrives after its own end",
        ((0, _DEVICE), (61, SessionClosed(session="s2")), (60, _COPY)),
        0,
    ),
)
