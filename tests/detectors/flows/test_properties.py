"""What every detector must hold (`detectors.checks`), whatever flows come: any text, any size, any time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Rows, Subject
from detectors.flows.detector import Flows
from detectors.flows.snapshot import encode, restore
from schemas.detection import DetectionRaised
from schemas.errors import Fatal
from schemas.event import Envelope
from schemas.security import NetworkFlowClosed

START = datetime(2026, 1, 1, tzinfo=UTC)
PORTS = (443, 53, 23, 6667, None)


def event(place: int, device: int, time_us: int, values: list[float]) -> Envelope:
    """A flow of numbers: which port, and sizes."""
    sent = None if np.isnan(values[1]) else int(abs(values[1]))
    data = NetworkFlowClosed(
        peer=f"{device}/{int(values[0])}",
        protocol="tcp",
        direction="outbound",
        port=PORTS[int(values[0]) % len(PORTS)],
        state="S0" if values[0] >= 2 else "SF",
        bytes_sent=sent,
        packets_sent=None if sent is None else sent // 500,
    )
    return Envelope(
        id=f"{place}-{device}-{time_us}",
        type=data.TYPE,
        source="test",
        subject=f"cam-{device}",
        tenant=f"tenant-{device % 2}",
        time=START + timedelta(microseconds=time_us),
        data=data,
    )


def observe(flows: Flows, rows: Rows) -> Any:
    """How odd each finding was, 0 for none."""
    scores = []
    for place, (device, time_us, values) in enumerate(zip(*(part.tolist() for part in rows), strict=True)):
        found = flows.observe(event(place, device, time_us, values), "security-events/0/1")
        scores.append(sum(one.data.score for one in found))  # type: ignore[attr-defined]
    return np.array(scores, np.float64)


def as_bytes(flows: Flows) -> bytes:
    return b"".join(encode(flows))


def from_bytes(data: bytes) -> Flows:
    flows = Flows()
    restore(flows, memoryview(data))
    return flows


SUBJECT: Subject[Flows] = Subject(Flows, observe, as_bytes, from_bytes)


def rows(seed: int, count: int = 220) -> Rows:
    """Ordinary flows of six devices, then one that floods; times go back now and then."""
    random = np.random.default_rng(seed)
    devices, kinds = random.integers(0, 6, count), random.choice(2, count, p=[0.7, 0.3]).astype(float)
    flood = np.arange(count) > count * 2 // 3
    devices[flood] = np.where(random.random(int(flood.sum())) < 0.8, 3, devices[flood])
    kinds[flood & (devices == 3)] = 2.0 + random.integers(0, 2, int((flood & (devices == 3)).sum()))
    sizes = np.exp(random.normal(6.0, 0.5, count))
    sizes[random.random(count) < 0.05] = np.nan
    times = np.cumsum(random.integers(-2_000_000, 20_000_000, count))
    return Rows(devices, times, np.column_stack([kinds, sizes]))


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_the_flood(seed: int) -> None:
    assert observe(Flows(), rows(seed)).max() > 1


@given(st.integers(0, 50), st.integers(1, 219))
@settings(max_examples=8)
def test_a_state_survives_a_snapshot_anywhere(seed: int, at: int) -> None:
    checks.survives_a_snapshot(SUBJECT, rows(seed), at)


@given(st.integers(0, 50))
@settings(max_examples=5)
def test_it_is_deterministic_causal_and_leaves_its_input_alone(seed: int) -> None:
    checks.is_deterministic(SUBJECT, rows(seed))
    checks.is_causal(SUBJECT, rows(seed), 180)
    checks.leaves_its_input_alone(SUBJECT, rows(seed))


def test_its_state_is_bounded() -> None:
    checks.stays_within(SUBJECT, rows(1, 600), 4_000_000)


@given(
    st.lists(
        st.tuples(
            st.text(max_size=20),
            st.text(max_size=20),
            st.one_of(st.none(), st.integers(0, 2**70)),
            st.one_of(st.none(), st.floats(0, allow_nan=False)),
            st.integers(-(10**12), 10**12),
        ),
        max_size=30,
    )
)
@settings(max_examples=40)
def test_whatever_a_flow_says_it_is_judged_or_not_and_can_be_told(said: list[Any]) -> None:
    flows = Flows()
    observe(flows, rows(7, 60))
    for place, (peer, service, size, lasted, time_s) in enumerate(said * 3):
        data = NetworkFlowClosed(
            peer=peer,
            protocol="other",
            direction="inbound",
            service=service,
            bytes_received=size,
            bytes_sent=size,
            duration_s=lasted,
        )
        one = Envelope(
            id=str(place),
            type=data.TYPE,
            source="test",
            subject="cam-1",
            tenant="tenant-1",
            time=START + timedelta(milliseconds=time_s),
            data=data,
        )
        for found in flows.observe(one, "security-events/0/1"):
            msgspec.json.decode(msgspec.json.encode(found.data), type=DetectionRaised)
    assert as_bytes(from_bytes(as_bytes(flows))) == as_bytes(flows)


def test_bytes_that_are_no_state_are_refused() -> None:
    flows = Flows()
    observe(flows, rows(1, 60))
    data = as_bytes(flows)
    for wrong in (b"", data[:4], data[:-1], data + b"\0", data[:8] + b"x" + data[9:], data[: len(data) // 2]):
        with pytest.raises((ValueError, msgspec.MsgspecError, Fatal)):
            from_bytes(wrong)
