"""Streams of flows as events: made-up healthy life, made-up attacks, and recordings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from schemas.event import Envelope
from schemas.security import NetworkFlowClosed
from tests.bench.quality import made_life
from tests.bench.quality.labelled_files import Events

TENANT = "acme"
DEVICES = 12
DAY_S = 86_400.0


def healthy(seed: int, device_days: float, flows_a_day: int) -> Events:
    """Ordinary life of `made_life` at a real day's pace."""
    random = np.random.default_rng([seed, flows_a_day])
    days = device_days / DEVICES
    count = int(device_days * flows_a_day)
    times = np.sort(random.random(count)) * days * DAY_S
    # Its days are short; what it draws from the time is the rhythm only.
    devices, numbers, texts = made_life.flows(random, times * made_life.DAY_S / DAY_S)
    return Events(
        "healthy",
        [""] * count,
        (times * 1e6).astype(np.int64),
        devices,
        made_life.COLUMNS["flows"],
        numbers,
        texts,
        np.zeros(count, np.bool_),
    )


def events_of(stream: Events, start: datetime, tenant: str = TENANT) -> Iterator[Envelope]:
    """The flows of a stream as security events from `start` on; no two devices have a peer in common, as if addresses were sealed."""
    first = stream.times_us[0]
    for row, device in enumerate(stream.devices):
        peer, *words = (text[row] for text in stream.texts)
        time = start + timedelta(microseconds=int(stream.times_us[row] - first))
        yield flow(
            f"flow-{row}", device, time, f"{device}/{peer}", words, stream.numbers[row].tolist(), tenant
        )


def flow(
    name: str,
    device: str,
    time: datetime,
    peer: str,
    words: list[str],
    numbers: list[float],
    tenant: str = TENANT,
) -> Envelope:
    """One event; `words` are port, protocol, service and state, `numbers` duration, bytes and packets out and in (NaN: not counted)."""
    port, protocol, service, state = words
    duration_s, *counts = (None if math.isnan(one) else one for one in numbers)
    sent, received, packets_sent, packets_received = (None if one is None else int(one) for one in counts)
    data = NetworkFlowClosed(
        peer=peer,
        protocol=protocol,  # type: ignore[arg-type]
        direction="outbound",
        port=int(port),
        service="" if service == "-" else service,
        state=state,  # type: ignore[arg-type]
        duration_s=duration_s,
        bytes_sent=sent,
        bytes_received=received,
        packets_sent=packets_sent,
        packets_received=packets_received,
    )
    return Envelope(
        id=name, type=data.TYPE, source="test", subject=device, tenant=tenant, time=time, data=data
    )
