"""Habits: what no single flow shows is found on its device and told with reasons, and not on healthy ones; bytes, bounds, properties."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks, snapshot
from detectors.checks import Floats, Rows, Subject
from detectors.flows import habits as module
from detectors.flows import habits_snapshot, parameters
from detectors.flows.columns import Flow
from detectors.flows.habit import ASPECTS, DAY_S, extents_of, row_of
from detectors.flows.habits import Habits, channel_of
from detectors.flows.habits_snapshot import KeptHabits
from detectors.flows.place import Place
from detectors.state import State, observe_event
from detectors.triage.urgency import family, headline_rank
from schemas.detection import DetectionRaised
from schemas.errors import Fatal
from schemas.event import Envelope
from tests.detectors.flows.quiet import Quiet, stream
from tests.detectors.flows.recordings import events_of

START = datetime(2026, 1, 1, tzinfo=UTC)
SPARSE = 288
HOUR_US = 3_600_000_000


@cache
def events(recipe: Quiet, seed: int) -> list[Envelope]:
    """A sparse stream of flows."""
    return list(events_of(stream(recipe, seed, SPARSE), START))


def fold(state: State, found: list[Envelope], start: int = 0) -> list[Envelope]:
    return [
        one
        for place, event in enumerate(found, start)
        for one in observe_event(state, event, f"security-events/0/{place}")
    ]


def changes(found: list[Envelope]) -> Iterator[tuple[str, DetectionRaised]]:
    for one in found:
        assert isinstance(one.data, DetectionRaised)
        if one.data.kind.startswith(parameters.CHANGED):
            yield one.subject, one.data


@pytest.mark.parametrize(
    ("attack", "device"), [("tunnel", "cam-0"), ("busy proxy", "cam-2"), ("beacon", "cam-1")]
)
def test_a_changed_habit_is_found_on_its_device_and_on_no_other(attack: str, device: str) -> None:
    found = list(changes(fold(State(), events(Quiet(attack), 3))))
    assert {name for name, _ in found} == {device}
    # A habit is looked at three times a day, so it may have begun that much before the attack.
    assert 4.6 * DAY_S < (found[0][1].since - START).total_seconds() < 7 * DAY_S


@pytest.mark.parametrize("restless", [False, True])
def test_a_healthy_fleet_keeps_its_habits(restless: bool) -> None:
    assert list(changes(fold(State(), events(Quiet(restless=restless, days=20), 4)))) == []


def test_a_finding_says_what_changed_from_what_to_what() -> None:
    found = dict(changes(fold(State(), events(Quiet("tunnel"), 3))))["cam-0"]
    assert found.title == "cam-0 uses udp port 53 in another way than usual"
    assert found.score is not None
    assert found.score >= 1
    assert found.metric in ASPECTS
    assert found.kind == f"{parameters.CHANGED}.{found.metric}"
    told = {one.metric: one for one in found.contributions}
    assert told["flows_per_h"].actual > told["flows_per_h"].high > told["flows_per_h"].expected
    assert "usually" in found.explanation
    (evidence,) = found.evidence
    assert evidence.origin.startswith("security-events/0/")
    assert msgspec.json.decode(msgspec.json.encode(found), type=DetectionRaised) == found


def test_a_finding_is_one_of_a_compromise_and_no_headline_before_single_flows() -> None:
    assert family("flow.changed.flows_per_h") == "compromise"
    assert headline_rank("flow.unusual.port") < headline_rank("flow.changed.flows_per_h")
    assert headline_rank("flow.changed.flows_per_h") < headline_rank("unheard of")


@pytest.mark.parametrize("day", [1.5, 5.5, 7.0])
def test_a_snapshot_goes_on_as_if_nothing_had_happened(day: float) -> None:
    story, state = events(Quiet("tunnel"), 3), State()
    at = next(place for place, one in enumerate(story) if (one.time - START).total_seconds() > day * DAY_S)
    before = fold(state, story[:at])
    restored = snapshot.decode(snapshot.encode(state))
    assert snapshot.state_hash(restored) == snapshot.state_hash(state)
    whole = State()
    assert before + fold(restored, story[at:], at) == fold(whole, story)
    assert snapshot.encode(restored) == snapshot.encode(whole)


def taken(habits: Habits, rows: Rows) -> Floats:
    """How odd each flow's channel was when it was last judged."""
    sizes = []
    for device, time_us, values in zip(*(part.tolist() for part in rows), strict=True):
        sent, received = (None if np.isnan(one) else abs(one) for one in values)
        port = str(443 + device % 2)
        flow = Flow("", (None, sent, received, None, None), (port, "tcp", "", "SF", "outbound"))
        habits.take(flow, Place(f"cam-{device}", "e", "o", START, time_us), 1.0)
        sizes.append(habits.known[int(module.key_of(f"cam-{device}", channel_of(flow))[0])].size)
    return np.array(sizes)


def as_bytes(habits: Habits) -> bytes:
    kept, data = habits_snapshot.encode(habits)
    head = msgspec.json.encode(kept)
    return len(head).to_bytes(4, "big") + head + data


def from_bytes(data: bytes) -> Habits:
    end = 4 + int.from_bytes(data[:4], "big")
    return habits_snapshot.restore(msgspec.json.decode(data[4:end], type=KeptHabits), memoryview(data)[end:])


SUBJECT: Subject[Habits] = Subject(Habits, taken, as_bytes, from_bytes)


def rows(seed: int, count: int = 2500) -> Rows:
    """Twelve devices' flows, an hour apart or so; clocks run backwards now and then, sizes are missing, and one device changes."""
    random = np.random.default_rng(seed)
    devices = random.integers(0, 12, count)
    times = np.cumsum(random.integers(-HOUR_US // 20, HOUR_US * 2 // 5, count))
    values = np.exp(random.normal(6.0, 0.5, (count, 2)))
    values[(devices == 3) & (np.arange(count) > count * 3 // 4)] *= 30.0
    values[random.random((count, 2)) < 0.05] = np.nan
    return Rows(devices, times, values)


@given(st.integers(0, 50), st.integers(1, 2499))
@settings(max_examples=4)
def test_what_must_hold_for_every_detector(seed: int, at: int) -> None:
    checks.all_hold(SUBJECT, rows(seed), [100, 700], at, high=np.inf)


def test_the_one_that_changed_is_the_oddest() -> None:
    made = rows(5, 4000)
    sizes = taken(Habits(), made)
    assert sizes[made.devices == 3].max() == sizes.max() > 0.5


def test_channels_are_bounded_and_those_forgotten_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HABITS", 8)
    habits = Habits()
    taken(habits, Rows(np.arange(20), np.arange(20), np.ones((20, 2))))
    assert len(habits.known) == 8
    assert habits.forgotten == 12


def test_a_channel_whose_statistics_made_room_starts_anew() -> None:
    habits, made = Habits(), rows(1, 40)
    taken(habits, made)
    habits.streams.owners[:] = 0
    later = made.times_us[-1] + HOUR_US
    taken(habits, Rows(np.array([3]), np.array([later]), np.ones((1, 2))))
    (again,) = [one for one in habits.known.values() if one.last_us == later]
    assert again.first_us == again.clock_us > min(one.first_us for one in habits.known.values())


def test_a_device_that_was_switched_off_for_days_has_its_old_habits() -> None:
    story = events(Quiet(days=12), 6)
    away = [
        one
        for one in story
        if one.subject != "cam-4" or not 6 * DAY_S < (one.time - START).total_seconds() < 9 * DAY_S
    ]
    assert len(away) < len(story)
    assert list(changes(fold(State(), away))) == []


def test_aspects_of_a_channel_that_is_as_always_are_none() -> None:
    week = np.array([168.0 * 10.0, 6.0, 0.5, 7.0, 0.4, 0, 0, 0, 0])
    day = np.array([24.0 * 10.0, 6.0, 0.5, 7.0, 0.4, 0, 0, 0, 0])
    old_s = 1000 * DAY_S
    assert row_of([day, week], old_s) == pytest.approx(np.zeros(len(ASPECTS)), abs=1e-9)
    twice = row_of([day * np.array([2.0, *[1.0] * 8]), week], old_s)
    assert twice[0] > 10
    rate, sent, *_ = extents_of([day * np.array([2.0, *[1.0] * 8]), week], old_s)
    assert rate.actual == pytest.approx(2 * rate.expected)
    assert rate.low < rate.expected < rate.high < rate.actual
    assert sent.actual == pytest.approx(sent.expected)
    assert sent.low < sent.actual < sent.high


def test_bytes_that_are_no_habits_are_refused() -> None:
    habits = Habits()
    taken(habits, rows(1, 400))
    data = as_bytes(habits)
    end = 4 + int.from_bytes(data[:4], "big")
    for wrong in (
        data[:-1],
        data + b"\0",
        data[: end + 40],
        data[: end + 24] + b"\xff" * 4 + data[end + 28 :],
    ):
        with pytest.raises((ValueError, Fatal)):
            from_bytes(wrong)
