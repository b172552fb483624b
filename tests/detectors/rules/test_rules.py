"""Every rule on its own cases, and what the engine promises for all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.rules import account_takeover
from detectors.rules.engine import REMEMBERED_IDS, RULES, Engine
from detectors.rules.rule import Case, Rule
from schemas.event import Envelope, Event
from schemas.security import AuthenticationFailed, AuthenticationSucceeded, ConfigurationChanged

START = datetime(2026, 3, 1, tzinfo=UTC)


def security(number: int, after_s: float, data: Event, device: str = "cam-1") -> Envelope:
    return Envelope(
        id=f"event-{number}",
        type=data.TYPE,
        source="test",
        subject=device,
        tenant="acme",
        time=START + timedelta(seconds=after_s),
        data=data,
    )


def events_of(case: Case) -> list[Envelope]:
    return [security(number, after_s, data) for number, (after_s, data) in enumerate(case.events)]


def observe(engine: Engine, events: list[Envelope]) -> list[Envelope]:
    return [
        found for offset, event in enumerate(events) for found in engine.observe(event, f"events/0/{offset}")
    ]


CASES = [(rule, case) for rule in RULES for case in rule.cases]


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{r.kind}: {c.name}" for r, c in CASES])
def test_cases(rule: Rule, case: Case) -> None:
    found = observe(Engine((rule,)), events_of(case))
    assert len(found) == case.findings
    for one in found:
        assert one.data.severity == rule.severity  # type: ignore[attr-defined]
        assert one.data.evidence  # type: ignore[attr-defined]
        assert "cam-1" in one.data.explanation  # type: ignore[attr-defined]
        expected = one.data.expectations  # type: ignore[attr-defined]
        assert expected
        assert all(each.what and each.seen != each.expected for each in expected)


@pytest.mark.parametrize("rule", RULES, ids=[rule.kind for rule in RULES])
def test_every_rule_has_true_and_false_cases(rule: Rule) -> None:
    assert {case.findings > 0 for case in rule.cases} == {True, False}
    assert rule.about


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{r.kind}: {c.name}" for r, c in CASES])
def test_repeats_change_nothing(rule: Rule, case: Case) -> None:
    events = events_of(case)
    once, twice = Engine((rule,)), Engine((rule,))
    doubled = [event for event in events for _ in range(2)] + events
    assert [e.id for e in observe(twice, doubled)] == [e.id for e in observe(once, events)]
    assert twice.duplicates == 2 * len(events)


def test_the_takeover_says_who_where_and_when() -> None:
    (rule,) = (rule for rule in RULES if rule.kind == "rule.account_takeover")
    (found,) = observe(Engine(), events_of(rule.cases[0]))
    assert found.data.title == "cam-1 was taken over from 203.0.113.77"  # type: ignore[attr-defined]
    assert found.data.explanation == (  # type: ignore[attr-defined]
        "cam-1 refused 5 logins from 203.0.113.77 in 6 s, then let one in; nobody had logged in from there before. "
        "2 s later a setting syslog.target changed by admin."
    )


@given(st.permutations(range(8)))
def test_a_takeover_is_found_in_any_order_of_arrival(order: list[int]) -> None:
    away = "203.0.113.77"
    data: list[Event] = [AuthenticationFailed(account="admin", address=away)] * 6
    data += [
        AuthenticationSucceeded(account="admin", address=away),
        ConfigurationChanged(setting="x", account="admin"),
    ]
    events = [security(number, number, one) for number, one in enumerate(data)]
    found = observe(Engine(), [events[place] for place in order])
    assert len(found) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    AuthenticationFailed(account="a", address="192.0.2.1"),
                    AuthenticationSucceeded(account="a", address="192.0.2.1"),
                    AuthenticationFailed(account="a", address="192.0.2.2"),
                    ConfigurationChanged(setting="x"),
                ]
            ),
            st.integers(0, 2000),
        ),
        max_size=60,
    )
)
def test_no_takeover_without_enough_guesses_before_a_first_success(moves: list[tuple[Event, int]]) -> None:
    events = [security(number, after_s, data) for number, (data, after_s) in enumerate(moves)]
    for found in observe(Engine(), events):
        evidence = found.data.evidence  # type: ignore[attr-defined]
        guesses, entry, change = evidence[:-2], evidence[-2], evidence[-1]
        assert len(guesses) >= account_takeover.GUESSES
        assert all(g.time <= entry.time <= change.time for g in guesses)
        assert change.time - entry.time <= account_takeover.CHANGE_WITHIN


def test_memory_stays_bounded_under_a_flood() -> None:
    engine = Engine()
    for number in range(3000):
        address = f"192.0.2.{number % 250}"
        kind = (AuthenticationFailed, AuthenticationSucceeded)[number % 2]
        engine.observe(security(number, number, kind(account="a", address=address)), "x/0/0")
    device = engine.devices["acme", "cam-1"]
    memory = device.rules["rule.account_takeover"]
    assert len(device.seen) == REMEMBERED_IDS
    assert len(memory.failed) <= account_takeover.GUESSERS
    assert len(memory.entered) <= account_takeover.KNOWN
    assert all(len(one) <= account_takeover.FAILURES for one in memory.failed.values())
