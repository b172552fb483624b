"""Unlearning flows: what is learned is to the byte what it would be had they not come; what was seen, told and counted stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.flows.detector import Flows
from detectors.flows.snapshot import encode
from detectors.flows.unlearning import Past, learned_again, names
from schemas.event import Envelope
from schemas.roll_back import RollBack
from tests.detectors.flows.recordings import TENANT, flow
from tests.detectors.flows.test_detector import START, burst, life, whole

PAST = life(2)
END = PAST[-1].time
HOUR = timedelta(hours=1)
ATTACK = list(burst("cam-3", END, 120, 5.0))
OTHER = "globex"


def roll_back(device: str, since: datetime, until: datetime, tenant: str = TENANT) -> RollBack:
    return RollBack(id="r", tenant=tenant, device=device, since=since, until=until, actor="ann", reason="why")


def placed(events: Sequence[Envelope]) -> list[Past]:
    return [Past(place, one, one.id) for place, one in enumerate(events)]


def found_by(flows: Flows, events: Sequence[Envelope]) -> list[str]:
    """Whose findings a stream completes; a record is named by its event, as in `placed`."""
    return [found.subject for one in events for found in flows.observe(one, one.id)]


def taught(events: Sequence[Envelope]) -> Flows:
    flows = Flows()
    found_by(flows, events)
    return flows


def learned(flows: Flows) -> bytes:
    """What was learned, without what was seen, told and counted."""
    again = Flows()
    again.tenants.update(flows.tenants)
    for tenant in again.tenants.values():
        tenant.seen, tenant.shared_us, tenant.forgotten = {}, 0, 0
        for episode in tenant.episodes.values():
            episode.told_us = 0
        for habit in tenant.habits.known.values():
            habit.told = False
    return b"".join(encode(again))


@settings(max_examples=12)
@given(
    device=st.sampled_from(["cam-3", "cam-1", "", "nobody"]),
    begin=st.integers(0, 40),
    length=st.integers(1, 20),
    place=st.integers(0, len(PAST)),
)
def test_it_is_what_it_would_be_had_they_not_come(device: str, begin: int, length: int, place: int) -> None:
    events = [*PAST, *ATTACK]
    asked = roll_back(device, START + begin * HOUR, START + (begin + length) * HOUR)
    earlier = roll_back("cam-2", START, START + 12 * HOUR)
    flows = taught(events)
    before = whole(flows)
    again = learned_again(flows, placed(events), [(place, earlier), (len(events), asked)])
    first = [one for n, one in enumerate(events) if n >= place or not names(earlier, one)]
    kept = [one for one in first if not names(asked, one)]
    assert whole(flows) == before
    assert again.unlearned == len(first) - len(kept)
    if again.unlearned:
        assert again.learned == len(kept)
        assert learned(again.flows) == learned(taught(kept))
    else:
        assert (again.learned, whole(again.flows)) == (0, before)


def exfiltration(device: str, begin: datetime, count: int, every_s: float) -> list[Envelope]:
    """Much that is sent to one address, at a port nobody else uses."""
    what = (["8333", "tcp", "-", "SF"], [30.0, 5e6, 400.0, 3000.0, 900.0])
    times = (begin + timedelta(seconds=every_s * number) for number in range(count))
    return [flow(f"{device}-{time}", device, time, "203.0.113.9", *what) for time in times]


def test_what_an_attacker_taught_from_the_first_day_is_found_once_it_is_unlearned() -> None:
    begin = START - timedelta(minutes=10)
    events = sorted([*PAST, *exfiltration("cam-3", begin, 600, 240.0)], key=lambda one: one.time)
    flows = Flows()
    assert found_by(flows, events) == []
    end = events[-1].time
    asked = roll_back("cam-3", begin, end + HOUR)
    again = learned_again(flows, placed(events), [(len(events), asked)])
    assert again.unlearned > 600
    later = exfiltration("cam-5", end + 7 * HOUR, 12, 60.0)
    assert found_by(flows, later) == []
    assert found_by(again.flows, later) == ["cam-5"]


def test_others_stay_as_they_are() -> None:
    others = [msgspec.structs.replace(one, tenant=OTHER, id=f"o-{one.id}") for one in PAST[::3]]
    events = sorted([*PAST, *others], key=lambda one: one.time)
    flows = taught(events)
    again = learned_again(flows, placed(events), [(len(events), roll_back("", START, END))]).flows
    assert list(again.tenants) == list(flows.tenants)
    assert again.tenants[OTHER] is flows.tenants[OTHER]
    assert again.tenants[TENANT].flows == 1


def test_a_tenant_that_is_forgotten_has_nothing_to_unlearn() -> None:
    events = placed(PAST)
    again = learned_again(Flows(), events, [(len(events), roll_back("", START, END))])
    assert (again.flows.tenants, again.learned) == ({}, 0)


def test_what_was_told_is_not_told_again_and_what_was_not_is_not_kept_back() -> None:
    """Another device's roll-back in the middle of an episode changes nothing of when it is told next."""
    first, rest = ATTACK[:60], ATTACK[60:]
    events = [*PAST, *first]
    flows, asked = Flows(), roll_back("cam-1", START, END)
    assert found_by(flows, events) == ["cam-3"]
    again = learned_again(flows, placed(events), [(len(events), asked)]).flows
    assert found_by(again, rest) == []
    # Had nobody been told, whoever learns again does not keep it to itself.
    flows.tenants[TENANT].episodes["cam-3"].told_us = 0
    silent = learned_again(flows, placed(events), [(len(events), asked)]).flows
    assert found_by(silent, rest) == ["cam-3"]


def test_a_flow_that_is_sent_twice_is_not_learned_late() -> None:
    events = [*PAST, *ATTACK]
    flows = taught(events)
    asked = roll_back("cam-3", END, END + HOUR)
    again = learned_again(flows, placed(events), [(len(events), asked)]).flows
    before = again.tenants[TENANT].flows
    assert found_by(again, ATTACK) == []
    assert again.tenants[TENANT].flows == before
    assert again.duplicates == len(ATTACK)
