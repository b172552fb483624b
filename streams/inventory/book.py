"""The inventory of one tenant on the log: read it, add to it what is new, and write the findings that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from detectors.inventory.inventory import SOURCE, Inventory
from schemas.errors import Fatal, Rejected
from schemas.event import Envelope
from schemas.ids import derive
from schemas.inventory import FirmwareComponentsListed, InventoryEvent, VulnerabilityPublished
from streams.inventory.vex import Said
from streams.log.reader import records
from streams.log.record import Record
from streams.log.writer import LogWriter

PROCESS = "inventory"
EARLY = timedelta(minutes=1)


class Book:
    """Reads the whole topic when it is made. Not for two writers at once: of two imports at the same moment each writes its findings,
    which are the same ones with the same ids where they follow from the same inputs.

    Raises Retryable where Kafka does not answer, Fatal where the log holds an event that can't be read.
    """

    def __init__(self, bootstrap: str, tenant: str, clock: Callable[[], datetime]) -> None:
        self._bootstrap, self._clock, self._next = bootstrap, clock, 0
        self.inventory = Inventory(tenant)
        self._ids: set[str] = set()
        self.reread()

    def reread(self) -> None:
        """Take in what the log has in addition by now."""
        for message in records(self._bootstrap, InventoryEvent.TOPIC, start={0: self._next}):
            record = Record.of_confluent(message)
            self._next = record.offset + 1
            try:
                envelope = record.envelope()
            except Rejected as error:
                raise Fatal(f"{record.origin} cannot be read: {error}") from None
            self._ids.add(envelope.id)
            self.inventory.apply(envelope, record.origin)

    def list_components(self, parts: list[FirmwareComponentsListed]) -> list[Envelope]:
        """The events of an SBOM, none where it is the one in force."""
        first = parts[0]
        listed = self.inventory.firmware.get((first.model, first.firmware))
        before = listed.digest if listed else ""
        if before == first.digest:
            return []
        subject = f"{first.model}/{first.firmware}"
        return [self._envelope(subject, part, None, before, part.digest, part.part) for part in parts]

    def publish(self, vulnerability: str, data: VulnerabilityPublished) -> list[Envelope]:
        """The event of an OSV record, none where the log has it."""
        return self._new(self._envelope(vulnerability, data, None, msgspec.json.encode(data)))

    def assess(self, said: Said) -> list[Envelope]:
        """The event of a VEX statement, none where the log has it; Rejected where it is from the future."""
        if said.time is not None and said.time > self._clock() + EARLY:
            raise Rejected("bad_time", "timestamp", "lies in the future")
        stated = said.time.isoformat() if said.time else ""
        return self._new(
            self._envelope(said.vulnerability, said.data, said.time, stated, msgspec.json.encode(said.data))
        )

    def write(self, events: Iterable[Envelope]) -> int:
        """Append events and wait until Kafka has them; returns how many."""
        writer, count = LogWriter(self._bootstrap, PROCESS, linger_ms=5), 0
        for event in events:
            writer.append(event)
            count += 1
        writer.flush()
        return count

    def match(self) -> list[Envelope]:
        """Write the findings that follow from the log and are not on it yet; returns them."""
        self.reread()
        news = self.inventory.news()
        self.write(news)
        return news

    def _new(self, event: Envelope) -> list[Envelope]:
        known = event.id in self._ids
        self._ids.add(event.id)
        return [] if known else [event]

    def _envelope(
        self, subject: str, data: InventoryEvent, time: datetime | None, *parts: str | bytes | int
    ) -> Envelope:
        tenant = self.inventory.tenant
        return Envelope(
            id=derive("inventory", data.TYPE, tenant, subject, *parts),
            type=data.TYPE,
            source=SOURCE,
            subject=subject,
            tenant=tenant,
            time=time or self._clock(),
            data=data,
        )
