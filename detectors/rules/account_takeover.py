"""Account takeover: passwords guessed from an address, then in from there for the first time, then a setting changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from detectors.rules.rule import Case, Finding, Seen
from schemas.detection import Evidence, Expectation, Severity
from schemas.event import Event
from schemas.security import AuthenticationFailed, AuthenticationSucceeded, ConfigurationChanged

GUESSES = 5
GUESSING = timedelta(minutes=10)
CHANGE_WITHIN = timedelta(minutes=15)
# Bounds of the memory: newest failures of an address, addresses with failures, addresses known to be good, newest changes.
FAILURES, GUESSERS, KNOWN, CHANGES = 16, 32, 64, 16


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One device: failures by address, the first success from each address, configuration changes; each ascending by time."""

    failed: dict[str, tuple[Evidence, ...]] = {}
    entered: dict[str, Evidence] = {}
    changed: tuple[Evidence, ...] = ()
    told: tuple[str, ...] = ()


class AccountTakeover:
    """At least `GUESSES` failed logins from an address within `GUESSING`, a first success from it, a change within `CHANGE_WITHIN`.

    MITRE ATT&CK T1110 (brute force) followed by T1078 (valid accounts). Only event times count: the three may arrive in any order. Does not
    work when the guessing is slower, or spread over many addresses.
    """

    kind: ClassVar[str] = "rule.account_takeover"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "critical"
    about: ClassVar[str] = "Failed logins, then a success from a new address, then a configuration change"
    event_types: ClassVar[tuple[type[Event], ...]] = (
        AuthenticationFailed,
        AuthenticationSucceeded,
        ConfigurationChanged,
    )
    memory: ClassVar[type[Memory]] = Memory
    cases: ClassVar[tuple[Case, ...]] = ()

    def __init__(
        self,
        guesses: int = GUESSES,
        guessing: timedelta = GUESSING,
        change_within: timedelta = CHANGE_WITHIN,
    ) -> None:
        """`guesses` above `FAILURES`, which are remembered, would never be reached."""
        self.guesses, self.guessing, self.change_within = guesses, guessing, change_within

    def step(self, memory: Memory, seen: Seen) -> tuple[Memory, Finding | None]:
        """Remember the event, then look at each address it may complete."""
        after = _remember(memory, seen)
        for address in after.entered:
            found = _found(self, after, address, seen.envelope.subject)
            if found is not None:
                told = (*after.told, found.key[0])[-CHANGES:]
                return msgspec.structs.replace(after, told=told), found
        return after, None


def _remember(memory: Memory, seen: Seen) -> Memory:
    data = seen.envelope.data
    if isinstance(data, AuthenticationFailed):
        one = seen.evidence(f"login as {data.account} from {data.address} failed")
        failed = {
            **memory.failed,
            data.address: _insert(memory.failed.get(data.address, ()), one, FAILURES),
        }
        return msgspec.structs.replace(memory, failed=_newest(failed))
    if isinstance(data, AuthenticationSucceeded):
        one = seen.evidence(f"login as {data.account} from {data.address} succeeded")
        first = memory.entered.get(data.address)
        if first is not None and first.time <= one.time:
            return memory
        entered = {**memory.entered, data.address: one}
        for address in sorted(entered, key=lambda a: entered[a].time)[: max(0, len(entered) - KNOWN)]:
            # Forgetting an address can only make it look new again.
            del entered[address]
        return msgspec.structs.replace(memory, entered=entered)
    if isinstance(data, ConfigurationChanged):
        by = f" by {data.account}" if data.account else ""
        one = seen.evidence(f"setting {data.setting} changed{by}")
        return msgspec.structs.replace(memory, changed=_insert(memory.changed, one, CHANGES))
    return memory


def _insert(kept: tuple[Evidence, ...], one: Evidence, limit: int) -> tuple[Evidence, ...]:
    return tuple(sorted((*kept, one), key=lambda e: (e.time, e.event))[-limit:])


def _newest(failed: dict[str, tuple[Evidence, ...]]) -> dict[str, tuple[Evidence, ...]]:
    by_age = sorted(failed, key=lambda address: failed[address][-1].time)
    return {address: failed[address] for address in sorted(by_age[-GUESSERS:])}


def _found(rule: AccountTakeover, memory: Memory, address: str, device: str) -> Finding | None:
    entry = memory.entered[address]
    if entry.event in memory.told:
        return None
    guesses = [
        one for one in memory.failed.get(address, ()) if entry.time - rule.guessing <= one.time <= entry.time
    ]
    change = next(
        (c for c in memory.changed if entry.time <= c.time <= entry.time + rule.change_within), None
    )
    if len(guesses) < rule.guesses or change is None:
        return None
    explanation = (
        f"{device} refused {len(guesses)} logins from {address} in {_lasts(guesses[0].time, entry.time)}, then let one in; "
        f"nobody had logged in from there before. {_lasts(entry.time, change.time).capitalize()} later a {change.summary}."
    )
    return Finding(
        key=(entry.event,),
        title=f"{device} was taken over from {address}",
        explanation=explanation,
        since=guesses[0].time,
        evidence=(*guesses, entry, change),
        expectations=_expectations(rule, guesses, entry, change),
    )


def _expectations(
    rule: AccountTakeover, guesses: list[Evidence], entry: Evidence, change: Evidence
) -> tuple[Expectation, ...]:
    within = _lasts(entry.time, entry.time + rule.guessing)
    return (
        Expectation(
            what=f"refused logins in the {within} before one is let in",
            seen=f"{len(guesses)}",
            expected=f"fewer than {rule.guesses}",
        ),
        Expectation(
            what="first change of configuration after that login",
            seen=f"{_lasts(entry.time, change.time)} later",
            expected=f"none within {_lasts(entry.time, entry.time + rule.change_within)}",
        ),
    )


def _lasts(begin: datetime, end: datetime) -> str:
    seconds = (end - begin).total_seconds()
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _failures(number: int, address: str, start_s: float = 0.0) -> tuple[tuple[float, Event], ...]:
    return tuple(
        (start_s + second, AuthenticationFailed(account="admin", address=address)) for second in range(number)
    )


_HOME, _AWAY = "198.51.100.10", "203.0.113.77"
_ENTRY = AuthenticationSucceeded(account="admin", address=_AWAY)
_HOMECOMING = AuthenticationSucceeded(account="admin", address=_HOME)
_CHANGE = ConfigurationChanged(setting="syslog.target", account="admin", address=_AWAY)

AccountTakeover.cases = (
    Case("guessed, entered, changed", (*_failures(5, _AWAY), (6, _ENTRY), (8, _CHANGE)), 1),
    Case(
        "told once, however much is changed",
        (*_failures(9, _AWAY), (9, _ENTRY), (10, _CHANGE), (11, _CHANGE)),
        1,
    ),
    Case(
        "the change arrives before the login it followed",
        (*_failures(5, _AWAY), (8, _CHANGE), (6, _ENTRY)),
        1,
    ),
    Case(
        "a good login from elsewhere hides nothing",
        ((0, _HOMECOMING), *_failures(6, _AWAY, 1), (8, _ENTRY), (9, _CHANGE)),
        1,
    ),
    Case("too few failures", (*_failures(4, _AWAY), (6, _ENTRY), (8, _CHANGE)), 0),
    Case("failures too long ago", (*_failures(6, _AWAY), (700, _ENTRY), (701, _CHANGE)), 0),
    Case("failures from another address", (*_failures(6, "192.0.2.1"), (7, _ENTRY), (8, _CHANGE)), 0),
    Case("nothing changed", (*_failures(6, _AWAY), (7, _ENTRY)), 0),
    Case("changed before the login", (*_failures(6, _AWAY), (6.5, _CHANGE), (7, _ENTRY)), 0),
    Case("changed much later", (*_failures(6, _AWAY), (7, _ENTRY), (1000, _CHANGE)), 0),
    Case(
        "somebody known mistypes at home",
        ((-5000, _HOMECOMING), *_failures(6, _HOME), (7, _HOMECOMING), (8, _CHANGE)),
        0,
    ),
)
