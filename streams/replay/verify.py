"""Verifying outputs that are on the log: which ones are meant, their inputs, and what deriving them again showed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from random import Random

from schemas.errors import Rejected
from schemas.settings import Settings
from streams.log.reader import records
from streams.log.record import Record
from streams.replay import detections, verdicts
from streams.replay.deciders import Deciding, deciders
from streams.replay.derivation import cause_of, derive_again
from streams.replay.detections import verify_detections
from streams.replay.finding import Finding
from streams.replay.verdicts import verify_verdicts

Outputs = dict[int, list[Record]]


def verify(settings: Settings, name: str) -> list[Finding]:
    """Derive what is meant by `name` again: the id of a detection, alert event, decision or verdict, or an alert's for all its events
    and decisions. Empty where nothing on the log has that id.
    """
    return _verify(settings, lambda found: [record for record in found if _is_meant(record, name)])


def sample(settings: Settings, size: int, seed: int) -> list[Finding]:
    """Derive `size` outputs again, chosen by `seed` among all of these; all where there are fewer."""
    return _verify(settings, lambda found: Random(seed).sample(found, min(size, len(found))))  # noqa: S311  an audit's sample is no secret


def _verify(settings: Settings, choose: Callable[[list[Record]], list[Record]]) -> list[Finding]:
    bootstrap = settings.kafka_bootstrap
    known = deciders(settings)
    topics = (*(one.output for one in known), detections.TOPIC, verdicts.TOPIC)
    written = {topic: _outputs(bootstrap, topic) for topic in topics}
    everything = [
        record for outputs in written.values() for number in sorted(outputs) for record in outputs[number]
    ]
    chosen: dict[str, list[Record]] = defaultdict(list)
    origins = {record.origin for record in choose(everything)}
    for record in everything:
        if record.origin in origins:
            chosen[record.topic].append(record)
    return [
        *(finding for one in known for finding in _decided(bootstrap, one, written[one.output], origins)),
        *verify_detections(bootstrap, chosen[detections.TOPIC]),
        *verify_verdicts(bootstrap, chosen[verdicts.TOPIC]),
    ]


def _decided(bootstrap: str, deciding: Deciding, outputs: Outputs, chosen: set[str]) -> Iterator[Finding]:
    for number in sorted(outputs):
        meant = [record for record in outputs[number] if record.origin in chosen]
        if meant:
            wanted = {record.offset for record in meant}
            yield from derive_again(deciding, outputs[number], wanted, causes_of(bootstrap, deciding, meant))


def _outputs(bootstrap: str, topic: str) -> Outputs:
    found: Outputs = defaultdict(list)
    for message in records(bootstrap, topic):
        # A tombstone among the verdicts says that Flink withdrew one.
        if message.value() is not None:
            found[message.partition()].append(Record.of_confluent(message))
    return found


def causes_of(bootstrap: str, deciding: Deciding, meant: Iterable[Record]) -> dict[str, Record]:
    """The inputs these outputs name, by origin, as far as they are on the log."""
    offsets: dict[tuple[str, int], set[int]] = defaultdict(set)
    for record in meant:
        if cause := cause_of(deciding, record):
            offsets[cause[0], cause[1]].add(cause[2])
    found = [_at(bootstrap, *partition, wanted) for partition, wanted in offsets.items()]
    return {record.origin: record for part in found for record in part}


def _at(bootstrap: str, topic: str, partition: int, wanted: set[int]) -> list[Record]:
    found = []
    for message in records(bootstrap, topic, partitions=[partition], start={partition: min(wanted)}):
        if message.offset() in wanted:
            found.append(Record.of_confluent(message))
        if message.offset() >= max(wanted):
            break
    return found


def _is_meant(record: Record, name: str) -> bool:
    try:
        envelope = record.envelope()
    except Rejected:
        return False
    return name in (envelope.id, getattr(envelope.data, "alert", ""))
