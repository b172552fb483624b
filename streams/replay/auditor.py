"""The auditor: all the time a sample of what was decided is derived again from the log, at a bounded rate.

It follows each output topic with folds of its own, so a round costs what came since the last one, not the whole log. Detection's state is
taken from the newest snapshot there is when it starts; what detection found before that, `verify` can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from random import Random

from detectors import snapshot
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.log import snapshots
from streams.log.detecting import INPUTS
from streams.log.reader import end_offsets
from streams.log.record import Record
from streams.log.stretch import Read, reading
from streams.replay import detections, verdicts
from streams.replay.deciders import deciders
from streams.replay.derivation import Refold, cause_text
from streams.replay.detection_state import Derivation
from streams.replay.detections import judge_detection
from streams.replay.finding import Finding
from streams.replay.shadow import Shadow
from streams.replay.verdicts import Judges
from streams.replay.verify import causes_of

# The most a round reads of one output partition; what is left waits for the next one.
MOST_OUTPUTS = 2000


class Auditor:
    """Derives again at most `most` outputs a round, chosen by `chance`. Not for use by several threads."""

    def __init__(self, settings: Settings, chance: Random) -> None:
        self._bootstrap, self._chance = settings.kafka_bootstrap, chance
        self._read: Read = reading(self._bootstrap)
        self._refolds = {
            (one.output, number): Refold(one) for one in deciders(settings) for number in range(PARTITIONS)
        }
        self._judges = Judges(self._bootstrap)
        self._next_verdict = 0
        self._shadows: dict[int, Shadow] = {}
        self.behind = 0

    def round(self, most: int) -> list[Finding]:
        """What a sample of the outputs that came since the last round showed.

        Retryable where Kafka doesn't answer; the next round then goes on where this one stopped.
        """
        self.behind = 0
        decided = {place: self._new(*place, one.offset) for place, one in self._refolds.items()}
        judged = [one for one in self._new(verdicts.TOPIC, 0, self._next_verdict) if one.value is not None]
        detected = {number: self._due(number) for number in range(PARTITIONS)}
        new = [*chain(*decided.values()), *judged, *chain(*detected.values())]
        chosen = {record.origin for record in self._chance.sample(new, min(most, len(new)))}
        return [
            *self._decided(decided, chosen),
            *self._verdicts(judged, chosen),
            *self._detections(detected, chosen),
        ]

    def _new(self, topic: str, partition: int, start: int) -> list[Record]:
        end = end_offsets(self._bootstrap, topic).get(partition, 0)
        found = list(islice(self._read(topic, partition, start, end), MOST_OUTPUTS))
        self.behind += end - found[-1].offset - 1 if len(found) == MOST_OUTPUTS else 0
        return found

    def _decided(self, new: dict[tuple[str, int], list[Record]], chosen: set[str]) -> Iterator[Finding]:
        for place, records in new.items():
            refold = self._refolds[place]
            sampled = [record for record in records if record.origin in chosen]
            causes = causes_of(self._bootstrap, refold.deciding, sampled)
            for record in records:
                cause = causes.get(cause_text(record))
                finding = refold.take(record, cause, judged=record.origin in chosen)
                if finding is not None:
                    yield finding

    def _verdicts(self, new: list[Record], chosen: set[str]) -> Iterator[Finding]:
        for record in new:
            if record.origin in chosen:
                yield self._judges.judge(record)
            self._next_verdict = record.offset + 1

    def _detections(self, new: dict[int, list[Record]], chosen: set[str]) -> Iterator[Finding]:
        for number, records in new.items():
            shadow = self._shadows[number]
            for record in records:
                if record.origin in chosen:
                    yield judge_detection(record, shadow.derived, shadow.untold(record))
            shadow.forget()

    def _due(self, number: int) -> list[Record]:
        """The findings of a partition that can be judged now: those the shadow has come to, and begun before."""
        shadow = self._shadows.get(number) or self._begin(number)
        records = self._new(detections.TOPIC, number, shadow.next_output)
        shadow.waiting.extend(records)
        if records:
            shadow.next_output = records[-1].offset + 1
        ends = {topic: end_offsets(self._bootstrap, topic)[number] for topic in INPUTS}
        shadow.advance(self._read, ends)
        due = [shadow.waiting.popleft() for _ in range(shadow.reached(ends))]
        self.behind += len(shadow.waiting)
        return [record for record in due if not shadow.is_before(record)]

    def _begin(self, number: int) -> Shadow:
        newest = snapshots.newest(self._bootstrap, number)
        usable = newest if newest is not None and snapshot.is_current(newest.data) else None
        self._shadows[number] = Shadow(Derivation(number, usable))
        return self._shadows[number]
