"""The digests of what the workers know at a frontier, derived from the log: triage's, response's, enforcement's and detection's state.

Triage, response and enforcement keep nothing but the fold of what they wrote, so there is no second copy to compare it with: equal
digests at the same frontier say that the log did not change and that folding it does not depend on when or where it is done. Of enforcement
the digest is that of the fold's input, its receipts, each once: what it makes of them is its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from detectors.snapshot import encode
from schemas.credential import EnforcementRecorded
from schemas.ids import digest
from schemas.settings import Settings
from streams.log.detecting import INPUTS
from streams.log.fold import fold
from streams.log.provenance import START, link
from streams.log.reader import records
from streams.log.record import Record
from streams.log.stretch import reading
from streams.replay.deciders import Deciding, deciders
from streams.replay.detection_state import derived
from streams.replay.frontier import Frontier
from streams.replay.projection import Digest

RECEIPTS = EnforcementRecorded.TOPIC


def digest_workers(settings: Settings, frontier: Frontier) -> dict[str, Digest]:
    """One digest a worker over all its partitions up to the frontier; `rows` counts the records folded."""
    bootstrap = settings.kafka_bootstrap
    folds = {
        f"state/{deciding.name}": _digest(bootstrap, deciding, frontier) for deciding in deciders(settings)
    }
    return {
        **folds,
        "state/enforcement": _receipts(bootstrap, frontier),
        "state/detection": _detection(bootstrap, frontier),
    }


def _receipts(bootstrap: str, frontier: Frontier) -> Digest:
    parts, count = [], 0
    for number in sorted(number for topic, number in frontier if topic == RECEIPTS):
        chain, seen = START, set()
        for record in _until(bootstrap, RECEIPTS, number, frontier[RECEIPTS, number]):
            count += 1
            name = dict(record.headers).get("ce_id", b"")
            if name not in seen:
                seen.add(name)
                chain = link(chain, name, record.value or b"")
        parts.append(chain)
    return Digest(count, digest("state", "enforcement", *parts).hex())


def _detection(bootstrap: str, frontier: Frontier) -> Digest:
    numbers = sorted({number for topic, number in frontier if topic in INPUTS})
    states = [
        derived(
            reading(bootstrap), number, {topic: frontier.get((topic, number), 0) for topic in INPUTS}
        ).state
        for number in numbers
    ]
    devices = sum(state.block.devices for state in states)
    return Digest(devices, digest("state", "detection", *map(encode, states)).hex())


def _digest(bootstrap: str, deciding: Deciding, frontier: Frontier) -> Digest:
    parts, count = [], 0
    partitions = sorted(number for topic, number in frontier if topic == deciding.output)
    for number in partitions:
        found = list(_until(bootstrap, deciding.output, number, frontier[deciding.output, number]))
        state = fold(deciding.decider, found).state
        parts.append(msgspec.json.encode(state, order="deterministic"))
        count += len(found)
    return Digest(count, digest("state", deciding.name, *parts).hex())


def _until(bootstrap: str, topic: str, partition: int, end: int) -> Iterator[Record]:
    for message in records(bootstrap, topic, partitions=[partition]):
        if message.offset() >= end:
            return
        yield Record.of_confluent(message)
