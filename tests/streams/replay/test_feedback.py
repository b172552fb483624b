"""Whatever people judge and settle, in whatever order: each output is derived again from its cause and the fold before it."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from schemas.event import Envelope, encode, to_headers
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.provenance import START, link
from streams.log.record import Record
from streams.replay.derivation import derive_again
from tests.detectors.feedback.test_triage import STEPS, Steps, lived
from tests.streams.replay.story import TRIAGE, Log


def record(log: Log, event: Envelope) -> Record:
    """Append an event to a log in memory."""
    topic, number = type(event.data).TOPIC, partition_of(event.key, PARTITIONS)
    held = log.setdefault(topic, {}).setdefault(number, [])
    held.append(Record(topic, number, len(held), encode(event), tuple(to_headers(event))))
    return held[-1]


@given(STEPS)
@settings(max_examples=40)
def test_what_was_taught_is_derived_again_from_the_log(steps: Steps) -> None:
    told = lived(steps)
    log: Log = {}
    causes: dict[str, Record] = {}
    chain = START
    for cause, output in told.followed:
        taken = record(log, cause)
        causes[taken.origin] = taken
        said = {"cause": taken.origin, "decider": TRIAGE.provenance("triage@2"), "statehash": chain}
        written = msgspec.structs.replace(output, **said)
        record(log, written)
        chain = link(chain, written.id, encode(written))
    found = [
        one
        for held in log.get("alerts", {}).values()
        for one in derive_again(TRIAGE, held, {r.offset for r in held}, causes)
    ]
    assert len(found) == len(told.outputs)
    assert [one for one in found if not one.equal] == []
