"""The flow detector: silent on healthy life, one finding an episode, each event once, and it never holds more than it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from detectors.flows import parameters
from detectors.flows.detector import Flows
from detectors.flows.snapshot import encode
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from schemas.security import AuthenticationFailed
from tests.bench.quality.made_streams import Recipe, made
from tests.detectors.flows.recordings import TENANT, events_of, flow, healthy

START = datetime(2026, 1, 1, tzinfo=UTC)
WEB = (["443", "tcp", "ssl", "SF"], [0.5, 700.0, 3000.0, 4.0, 5.0])
TELNET = (["23", "tcp", "-", "S0"], [float("nan"), 0.0, 0.0, 1.0, 0.0])


def found_in(flows: Flows, events: Iterable[Envelope]) -> list[Envelope]:
    """What a stream completes."""
    return [
        one
        for place, event in enumerate(events)
        for one in flows.observe(event, f"security-events/0/{place}")
    ]


def data_of(finding: Envelope) -> DetectionRaised:
    assert isinstance(finding.data, DetectionRaised)
    return finding.data


def whole(flows: Flows) -> bytes:
    return b"".join(encode(flows))


def life(days: float = 1.0, seed: int = 3) -> list[Envelope]:
    """Healthy days of the made fleet, sparse."""
    return list(events_of(healthy(seed, 12 * days, 144), START))


def burst(
    device: str, begin: datetime, count: int, every_s: float, peer: str = "203.0.113.{}"
) -> Iterator[Envelope]:
    """Attempts to log in over telnet, one after the other at new addresses."""
    for number in range(count):
        time = begin + timedelta(seconds=every_s * number)
        yield flow(f"burst-{device}-{number}", device, time, peer.format(number), *TELNET)


def test_healthy_life_is_silent() -> None:
    assert found_in(Flows(), life(10)) == []


@pytest.mark.parametrize("attack", ["scan", "syn_flood", "udp_flood", "beacon", "remote_shell", "slow_scan"])
def test_an_attack_is_found_on_its_device_and_on_no_other(attack: str) -> None:
    stream = made(Recipe("flows", attack, 0.05), 5, rows=4000)
    culprit = next(device for device, bad in zip(stream.devices, stream.attack, strict=True) if bad)
    first = next(place for place, bad in enumerate(stream.attack) if bad)
    found = found_in(Flows(), events_of(stream, START))
    assert {one.subject for one in found} == {culprit}
    place = int(found[0].cause.rpartition("/")[2])
    assert 0 < sum(stream.attack[first : place + 1]) <= 20


def test_a_flood_is_one_finding_repeated_now_and_then() -> None:
    past = life()
    flood = list(burst("cam-3", past[-1].time, 10_000, 0.36))
    found = found_in(Flows(), [*past, *flood])
    assert [one.subject for one in found] == ["cam-3"] * 3
    assert all(
        (later.time - one.time).total_seconds() >= parameters.REPEATED_S for one, later in pairwise(found)
    )
    first, last = data_of(found[0]), data_of(found[-1])
    assert found[0].time - flood[0].time < timedelta(seconds=10)
    assert first.since == last.since == flood[0].time
    assert (first.kind, first.severity) == ("flow.unusual.known", "high")
    assert len({one.id for one in found}) == 3


def test_an_episode_ends_and_the_next_one_is_another_finding() -> None:
    past = life()
    first = list(burst("cam-3", past[-1].time, 20, 5.0))
    later = past[-1].time + timedelta(seconds=parameters.QUIET_S + 600)
    second = [msgspec.structs.replace(one, id=f"again-{one.id}") for one in burst("cam-3", later, 20, 5.0)]
    found = found_in(Flows(), [*past, *first, *second])
    assert [data_of(one).since for one in found] == [first[0].time, second[0].time]


def test_an_event_that_comes_again_changes_nothing() -> None:
    stream = [*life(), *burst("cam-3", START + timedelta(days=1), 30, 5.0)]
    once, twice = Flows(), Flows()
    expected = found_in(once, stream)
    found = [one for event in stream for _ in range(2) for one in twice.observe(event, "")]
    assert [one.id for one in found] == [one.id for one in expected] != []
    assert (once.duplicates, twice.duplicates) == (0, len(stream))
    twice.duplicates = 0
    for event in stream:
        assert twice.observe(event, "") == []


def test_nothing_is_judged_before_something_is_known() -> None:
    flows = Flows()
    assert found_in(flows, burst("cam-1", START, parameters.WARM_UP, 5.0)) == []
    assert flows.tenants[TENANT].flows == parameters.WARM_UP


def test_other_events_change_nothing() -> None:
    flows = Flows()
    data = AuthenticationFailed(account="admin", address="192.0.2.1")
    event = Envelope(
        id="e", type=data.TYPE, source="test", subject="cam-1", tenant=TENANT, time=START, data=data
    )
    assert flows.observe(event, "") == []
    assert whole(flows) == whole(Flows())


def test_tenants_are_bounded_and_those_forgotten_are_counted() -> None:
    flows = Flows()
    names = [f"tenant-{number}" for number in range(parameters.MOST_TENANTS + 3)]
    for name in [names[0], names[1], names[0], *names[2:]]:
        flows.observe(flow(f"{name}-{flows.duplicates}", "cam", START, "192.0.2.1", *WEB, tenant=name), "")
    assert flows.forgotten == 3
    assert list(flows.tenants) == names[3:]


def test_devices_ids_and_episodes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_DEVICES", "MOST_SUSPECTS", "REMEMBERED_IDS"):
        monkeypatch.setattr(f"detectors.flows.tenant.{name}", 8)
    flows = Flows()
    found_in(flows, life())
    for number in range(40):
        found_in(flows, burst(f"new-{number}", START + timedelta(days=1), 6, 1.0))
    tenant = flows.tenants[TENANT]
    assert (len(tenant.devices), len(tenant.seen)) == (8, 8)
    assert len(tenant.episodes) == 8
    assert tenant.forgotten > 0
    assert list(tenant.episodes)[-1] == list(tenant.devices)[-1] == "new-39"


def test_tenants_do_not_see_each_other() -> None:
    alone, beside = Flows(), Flows()
    stream = [*life(), *burst("cam-3", START + timedelta(days=1), 30, 5.0)]
    other = [msgspec.structs.replace(one, tenant="other") for one in burst("cam-3", START, len(stream), 1.0)]
    expected = found_in(alone, stream)
    found = [
        one
        for place, pair in enumerate(zip(stream, other, strict=True))
        for event in pair
        for one in beside.observe(event, f"security-events/0/{place}")
    ]
    assert [one for one in found if one.tenant == TENANT] == expected


def test_what_all_do_together_is_one_finding() -> None:
    past = life()
    begin = past[-1].time
    outage = sorted(
        (one for number in range(12) for one in burst(f"cam-{number}", begin, 30, 20.0)),
        key=lambda one: (one.time, one.subject),
    )
    found = found_in(Flows(), [*past, *outage])
    assert [data_of(one).kind for one in found] == ["flow.shift"]
    data = data_of(found[0])
    assert "12 of 12 devices" in data.title
    assert data.severity == "medium"
    assert data.cohort is not None
    assert (data.cohort.peers, data.cohort.changed) == (11, 11)


def test_one_of_many_is_its_own_finding_while_others_are_well() -> None:
    past = life()
    begin = past[-1].time
    two = sorted(
        (one for name in ("cam-1", "cam-2") for one in burst(name, begin, 30, 20.0)),
        key=lambda one: (one.time, one.subject),
    )
    found = found_in(Flows(), [*past, *two])
    assert [(one.subject, data_of(one).kind) for one in found] == [
        ("cam-1", "flow.unusual.known"),
        ("cam-2", "flow.unusual.known"),
    ]


def test_a_device_that_joins_with_addresses_of_its_own_is_not_odd() -> None:
    stream = [one for one in life(8) if one.subject != "cam-3" or one.time - START > timedelta(days=4)]
    assert found_in(Flows(), stream) == []


def test_a_finding_says_what_a_person_needs() -> None:
    past = life()
    found = found_in(Flows(), [*past, *burst("cam-3", past[-1].time, 30, 5.0)])
    (data,) = map(data_of, found)
    assert data.title == "cam-3 has network flows that attacks are known for (port 23)"
    assert "unusual network flows in" in data.explanation
    assert "tcp to 203.0.113." in data.explanation
    assert data.score is not None
    assert data.score > 1
    assert data.p_value is not None
    assert 0 < data.p_value <= 1
    assert 1 <= len(data.evidence) <= parameters.ODDEST
    assert all(one.event.startswith("burst-cam-3") and one.origin for one in data.evidence)
    assert [one.metric for one in data.contributions]
    assert msgspec.json.decode(msgspec.json.encode(data), type=DetectionRaised) == data
