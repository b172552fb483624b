"""The digest of what triage and response know: the fold of what they wrote.

They keep nothing but this fold, so there is no second copy to compare it with: equal digests at the same frontier say that the log did not
change and that folding it does not depend on when or where it is done. Detection's state is not digested here.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from schemas.ids import digest
from schemas.settings import Settings
from streams.log.fold import fold
from streams.log.reader import records
from streams.log.record import Record
from streams.replay.deciders import Deciding, deciders
from streams.replay.frontier import Frontier
from streams.replay.projection import Digest


def digest_workers(settings: Settings, frontier: Frontier) -> dict[str, Digest]:
    """One digest a worker over all its output partitions up to the frontier; `rows` counts the records folded."""
    return {
        f"state/{deciding.name}": _digest(settings.kafka_bootstrap, deciding, frontier)
        for deciding in deciders(settings)
    }


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
