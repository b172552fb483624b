"""The records of `rollouts` opened for the gate: one flat row for each event that concerns a stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from detectors.gates.standing import EPOCH
from schemas import registry
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.rollout import DeviceAssigned, GatePolicy, StageFinished, StageStarted

MOST_US = 2**62

Row = tuple[
    str,
    str,
    str,
    int,
    str | None,
    str | None,
    int,
    str | None,
    int | None,
    int | None,
    int | None,
    int | None,
]


def campaign(headers: Mapping[str, bytes] | None, value: bytes | None) -> Iterator[Row]:
    """Rows (kind, tenant, rollout, stage, device, arm, at_us, policy, soak_us, max_reboots, treatment, control).

    `kind` is assigned, started or finished; what it doesn't have is None. Other events, and what can't be read, give no rows.
    """
    try:
        envelope = registry.decode((headers or {}).items(), value or b"")
    except Rejected:
        return
    data, head = envelope.data, (envelope.tenant, envelope.subject)
    at_us = microseconds(envelope.time)
    if isinstance(data, DeviceAssigned):
        yield _assigned(envelope, data)
    elif isinstance(data, StageStarted):
        yield (
            "started",
            *head,
            data.stage,
            None,
            None,
            at_us,
            None,
            None,
            None,
            data.treatment,
            data.control,
        )
    elif isinstance(data, StageFinished):
        yield ("finished", *head, data.stage, None, None, at_us, None, None, None, None, None)


def _assigned(envelope: Envelope, data: DeviceAssigned) -> Row:
    soak_us = int(min(max(data.policy.soak_s, 0.0) * 1e6, MOST_US))
    return (
        "assigned",
        envelope.tenant,
        envelope.subject,
        data.stage,
        data.device,
        data.arm,
        microseconds(envelope.time),
        policy_text(data.policy),
        soak_us,
        data.policy.max_reboots,
        None,
        None,
    )


def policy_text(policy: GatePolicy) -> str:
    """A policy as JSON, equal text for equal policies."""
    return msgspec.json.encode(policy, order="deterministic").decode()


def microseconds(time: datetime) -> int:
    """Unix microseconds of an aware time, exactly."""
    return (time - EPOCH) // timedelta(microseconds=1)
