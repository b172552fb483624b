"""Verifying outputs that are on the log: which ones are meant, their inputs, and what deriving them again showed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

from schemas.errors import Rejected
from schemas.settings import Settings
from streams.log.reader import records
from streams.log.record import Record
from streams.replay.deciders import Deciding, deciders
from streams.replay.derivation import Finding, cause_of, derive_again

Outputs = dict[int, list[Record]]


def verify(settings: Settings, name: str) -> list[Finding]:
    """Derive what is meant by `name` again: an alert event's or decision's id, or an alert's for all its events and decisions.

    Empty where nothing on the log has that id.
    """
    return _verify(settings, lambda found: [record for record in found if _is_meant(record, name)])


def sample(settings: Settings, size: int, seed: int) -> list[Finding]:
    """Derive `size` outputs again, chosen by `seed` among all alert events and decisions; all where there are fewer."""
    return _verify(settings, lambda found: Random(seed).sample(found, min(size, len(found))))  # noqa: S311  an audit's sample is no secret


def _verify(settings: Settings, choose: Callable[[list[Record]], list[Record]]) -> list[Finding]:
    written = [(one, _outputs(settings.kafka_bootstrap, one.output)) for one in deciders(settings)]
    everything = [
        record for _, outputs in written for number in sorted(outputs) for record in outputs[number]
    ]
    chosen = {record.origin for record in choose(everything)}
    return [
        finding
        for deciding, outputs in written
        for number in sorted(outputs)
        for finding in _partition(settings.kafka_bootstrap, deciding, outputs[number], chosen)
    ]


def _partition(
    bootstrap: str, deciding: Deciding, outputs: list[Record], chosen: set[str]
) -> Iterable[Finding]:
    meant = [record for record in outputs if record.origin in chosen]
    if not meant:
        return []
    causes = _causes(bootstrap, deciding, meant)
    return derive_again(deciding, outputs, {record.offset for record in meant}, causes)


def _outputs(bootstrap: str, topic: str) -> Outputs:
    found: Outputs = defaultdict(list)
    for message in records(bootstrap, topic):
        found[message.partition()].append(Record.of_confluent(message))
    return found


def _causes(bootstrap: str, deciding: Deciding, meant: list[Record]) -> dict[str, Record]:
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
