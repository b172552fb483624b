"""The end of the gate: what the SQL operators counted becomes the verdict's Kafka record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from detectors.gates.event import verdict_event
from detectors.gates.standing import EPOCH, Group, Standing
from detectors.gates.verdict import judge
from schemas.event import encode, to_headers
from schemas.rollout import GateJudged, GatePolicy
from schemas.topics import TOPICS

REPEAT_S = 60

Row = tuple[bytes, bytes, dict[str, bytes], str]


def judged(tenant: str, rollout: str, stage: int, parts: str) -> Iterator[Row]:
    """The record (key, value, headers, summary) for a stage, none once it is finished or while nobody is assigned to it.

    `parts` is a JSON array of what the operators counted, in any order (see `standing_of`). Two verdicts with the same `summary` say the
    same; it changes by itself once every `REPEAT_S` of event time, so a reader can tell an unchanged verdict from a stopped gate.
    """
    found = msgspec.json.decode(parts)
    kinds = {part[0] for part in found}
    if not kinds >= {"stage", "devices"} or any(part[0] == "stage" and part[3] for part in found):
        return
    standing = standing_of(found)
    data = judge(rollout, stage, standing)
    envelope = verdict_event(tenant, data, standing)
    yield envelope.key, encode(envelope), dict(to_headers(envelope)), summary(data)


def standing_of(parts: list[list[Any]]) -> Standing:
    """The standing of a stage from its parts, each an array led by its kind; offsets are the last ones included.

    `["devices", arm, crossed, rebooted, soaked, partition, last_s, devices]`, `["partition", partition, newest_us, offset]` and
    `["stage", treatment, control, finished, policy, other policy, newest_us, offset]`.
    """
    stages, groups, partitions = (
        [part[1:] for part in parts if part[0] == kind] for kind in ("stage", "devices", "partition")
    )
    announced = [(stage[0], stage[1]) for stage in stages if stage[0] is not None]
    policies = {text for stage in stages for text in stage[3:5] if text is not None}
    return Standing(
        policies=tuple(msgspec.json.decode(text, type=GatePolicy) for text in sorted(policies)),
        groups=tuple(Group(**dict(zip(Group.__struct_fields__, group, strict=True))) for group in groups),
        newest=moment(max(part[-2] for part in (*stages, *partitions))),
        reached={number: moment(us) for number, us, _ in partitions},
        partitions=TOPICS["telemetry"].partitions,
        announced=announced[0] if announced else None,
        frontier={
            "rollouts": {"0": max((stage[-1] for stage in stages), default=-1) + 1},
            "telemetry": {str(number): offset + 1 for number, _, offset in sorted(partitions)},
        },
    )


def moment(us: int) -> datetime:
    """The aware UTC time of Unix microseconds."""
    return EPOCH + timedelta(microseconds=us)


def summary(data: GateJudged) -> str:
    """What a verdict says, without the moment it says it at, and which minute of event time it is."""
    said = (data.outcome, data.explanation, data.treatment, data.control)
    minute = int((data.newest - EPOCH).total_seconds() // REPEAT_S)
    return msgspec.json.encode((said, minute)).decode()
