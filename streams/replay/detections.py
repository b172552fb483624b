"""Detections derived again from telemetry and security events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from detectors.rules.engine import RULES
from detectors.state import VERSIONS as OF_TELEMETRY
from schemas.detection import DetectionRaised
from schemas.errors import Rejected
from schemas.event import Envelope
from streams.log import snapshots
from streams.log.detecting import INPUTS
from streams.log.record import Record, parse_origin
from streams.log.stretch import reading
from streams.replay.detection_state import Derivation
from streams.replay.finding import Finding, differences, found, unreadable
from streams.replay.frontier import log_stretch

TOPIC = DetectionRaised.TOPIC
# Whoever finds something, with the version that would find it now.
VERSIONS = {**OF_TELEMETRY, **{rule.kind: rule.version for rule in RULES}}
# What each input record completed, by the finding's id.
Derived = Mapping[str, Mapping[str, Envelope]]


def verify_detections(bootstrap: str, outputs: Iterable[Record]) -> Iterator[Finding]:
    """Judge these records of `detections`, those of a partition one after the other.

    The state is derived from the log's beginning or, where retention removed that, from the newest snapshot; what lies before it nobody
    can tell.
    """
    by_partition: dict[int, list[Record]] = defaultdict(list)
    for record in outputs:
        by_partition[record.partition].append(record)
    for partition, records in by_partition.items():
        yield from _partition(bootstrap, partition, records)


def judge_detection(record: Record, derived: Derived, untold: str = "") -> Finding:
    """One output against what its cause completed; `untold` is why a difference would say nothing."""
    try:
        envelope = record.envelope()
    except Rejected as error:
        return unreadable(record, error)
    if not isinstance(envelope.data, DetectionRaised):
        return found(record, envelope, ("it is no detection",))
    if reason := _other_version(envelope.data):
        return found(record, envelope, untold=reason)
    right = derived[envelope.cause].get(envelope.id) if envelope.cause in derived else None
    if right is None:
        wrong: tuple[str, ...] = (
            f"it does not follow from {envelope.cause or 'anything: it names no cause'}",
        )
    else:
        wrong = tuple(differences(right, envelope, record))
    if wrong and untold:
        return found(record, envelope, untold=untold)
    return found(record, envelope, wrong)


def place_of(record: Record) -> tuple[str, int] | None:
    """Topic and offset of the input a detection names, None where it names none of its partition."""
    try:
        cause = parse_origin(record.envelope().cause)
    except Rejected:
        return None
    if cause is None or cause[0] not in INPUTS or cause[1] != record.partition:
        return None
    return cause[0], cause[2]


def _partition(bootstrap: str, partition: int, outputs: list[Record]) -> Iterator[Finding]:
    places = [place for record in outputs if (place := place_of(record))]
    ends = {
        topic: max((offset + 1 for name, offset in places if name == topic), default=0) for topic in INPUTS
    }
    derivation, untold = _begin(bootstrap, partition, ends)
    derived: dict[str, dict[str, Envelope]] = defaultdict(dict)
    for topic in INPUTS:
        for origin, finding in derivation.advance(reading(bootstrap), topic, ends[topic]):
            derived[origin][finding.id] = finding
    for record in outputs:
        yield judge_detection(record, derived, untold)


def _begin(bootstrap: str, partition: int, ends: Mapping[str, int]) -> tuple[Derivation, str]:
    """A state to go on from, and why a difference would say nothing; empty where the log is whole."""
    log = log_stretch(bootstrap, {(topic, partition): 0 for topic in INPUTS})
    gone = [topic for (topic, _), (first, _) in log.items() if first > 0 and ends[topic]]
    if not gone:
        return Derivation(partition), ""
    reason = f"retention removed the beginning of {gone[0]}/{partition}, from which its state was made"
    newest = snapshots.newest(bootstrap, partition)
    if newest is None or any(newest.offsets.get(topic, 0) > ends[topic] for topic in INPUTS):
        return Derivation(partition), reason
    return Derivation(partition, newest), f"{reason}, and it is older than the newest snapshot"


def _other_version(data: DetectionRaised) -> str:
    ours = VERSIONS.get(data.detector, data.version)
    return (
        ""
        if data.version == ours
        else f"{data.detector}@{data.version} found it, and this is {data.detector}@{ours}"
    )
