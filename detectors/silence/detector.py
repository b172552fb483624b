"""The silence detector: telemetry batches in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.columns import Columns
from detectors.baseline.sentence import moment
from detectors.detection import detection
from detectors.silence.compiled import Ints
from detectors.silence.finding import Finding, sentence, span
from detectors.silence.heartbeats import Heartbeats
from detectors.silence.moving import has_moved
from detectors.silence.parameters import DETECTOR, VERSION
from detectors.silence.places import Places
from schemas.detection import DetectionRaised, Evidence, Scope, Severity
from schemas.event import Envelope

SEVERITY: dict[str, Severity] = {"silent": "medium", "outage": "high"}
TOGETHER = {
    "outage": "fell silent together",
    "restored": "report again",
    "refilled": "were not silent: their reports came late",
}
NAMED = 5


class Presence:
    """Who of a block's devices is silent: heartbeats by the block's slots, and where devices belong. Follows when the block forgets."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self.beats = Heartbeats()
        self.places = Places()
        block.followers.append(self._keep)

    def findings(self, batch: pa.RecordBatch, columns: Columns, origin: str) -> list[Envelope]:
        """Learn a batch whose devices have slots in the block, and what has become silent or is back by it, in the order found.

        `origin` names the record. Ids depend on device, kind and the times of the silence only. What is found about a place has as its
        subject the device that stands for it, so that it stays in this partition.
        """
        self._enrol(columns.slots)
        found = self.beats.observe(columns.slots, columns.times_us, columns.received_us)
        return [self._envelope(one, batch, columns, origin) for one in found if one.slot >= 0]

    def restore(self, beats: Heartbeats) -> None:
        """Go on with these heartbeats, of the block as it is now; ValueError where they are of other devices."""
        if beats.used > self._block.devices:
            raise ValueError("its heartbeats are not of its devices")
        self.beats = beats
        self.places.follow(self._block.cohort_numbers)

    def _enrol(self, slots: Ints) -> None:
        """Enrol the devices that are new or have moved to another cohort."""
        if not len(slots):
            return
        self.places.follow(self._block.cohort_numbers)
        heads, cohorts = self._block.heads, self.places.cohorts
        if self._block.devices <= self.beats.used and not has_moved(self.beats.heads, heads, cohorts, slots):
            return
        numbers = heads["cohort"][slots]
        self.beats.enrol(slots, cohorts[numbers], self.places.places[numbers])

    def _keep(self, slots: Ints) -> None:
        self.beats.keep(slots)

    def _envelope(self, one: Finding, batch: pa.RecordBatch, columns: Columns, origin: str) -> Envelope:
        tenant, device = self._block.names.name(one.slot)
        kind = f"silence.{one.kind}"
        evidence = _evidence(self._row(one, columns), batch, columns, origin)
        title, explanation = self._words(one, device)
        data = DetectionRaised(
            detector=DETECTOR,
            version=VERSION,
            kind=kind,
            severity=SEVERITY.get(one.kind, "low"),
            since=moment(one.since_us),
            evidence=evidence,
            title=title,
            explanation=explanation,
            scope=self._scope(one),
            **self._why(one),
        )
        return detection(
            *("silence", tenant, device, kind, str(one.since_us), str(one.time_us)),
            time=moment(one.time_us),
            data=data,
            cause=origin,
        )

    def _why(self, one: Finding) -> dict[str, Any]:
        """The numbers of what began, as `DetectionRaised` has them; an outage is of all models of a site."""
        why = one.why
        if why is None:
            return {}
        alone = one.kind == "silent"
        model = self.places.model(int(self.beats.heads["cohort"][one.slot])) if alone else ""
        site = self.places.name(one.place)[1]
        peer = self._block.names.name(why.peer)[1] if why.peer >= 0 else ""
        return {
            "p_value": why.gap.p_value,
            "contributions": (why.contribution,),
            "expectations": (why.expectation(site),),
            "cohort": msgspec.structs.replace(why.cohort, model=model, site=site),
            "nearest": msgspec.structs.replace(why.nearest, device=peer),
        }

    def _scope(self, one: Finding) -> Scope | None:
        """The site, for what is about more than a device; what ended has the key of what began."""
        if one.kind not in TOGETHER:
            return None
        where = f"site {self.places.name(one.place)[1]}"
        members, of = (one.missing, one.seen) if one.kind == "outage" else (one.number, one.of)
        return Scope(
            key=f"silence {where}", members=members, of=of, what=f"devices at {where} {TOGETHER[one.kind]}"
        )

    def _words(self, one: Finding, device: str) -> tuple[str, str]:
        """Title and explanation."""
        lasted = span((one.time_us - one.since_us) / 1e6)
        where = f"site {self.places.name(one.place)[1]}"
        name = where if one.kind in TOGETHER else device
        title = {
            "silent": f"{device} is silent",
            "returned": f"{device} is back after {lasted} of silence",
            "filled": f"{device} was not silent: its reports came late",
            "outage": f"{one.number:,} of {one.of:,} devices at {where} fell silent together",
            "restored": f"{where} is back after {lasted} of silence",
            "refilled": f"{where} was not cut off: its reports came late",
        }[one.kind]
        return title, sentence(one, name) + self._members(one.members)

    def _members(self, slots: Sequence[int]) -> str:
        """Some of an outage's devices by name."""
        if not slots:
            return ""
        names = [self._block.names.name(slot)[1] for slot in slots[:NAMED]]
        more = f" and {len(slots) - NAMED:,} more" if len(slots) > NAMED else ""
        return f" They are {', '.join(names)}{more}."

    def _row(self, one: Finding, columns: Columns) -> int | None:
        """The report that ended a silence; None for what time alone has brought."""
        if one.kind in SEVERITY:
            return None
        rows = np.flatnonzero(columns.times_us == one.time_us)
        slots = columns.slots[rows]
        alone = one.kind in ("returned", "filled")
        mine = slots == one.slot if alone else self.beats.heads["place"][slots] == one.place
        return int(rows[mine][0]) if mine.any() else None


def _evidence(row: int | None, batch: pa.RecordBatch, columns: Columns, origin: str) -> tuple[Evidence, ...]:
    if row is None:
        return ()
    event, device = batch.column("event_id")[row].as_py().hex(), batch.column("device")[row].as_py()
    return (
        Evidence(event=event, origin=origin, time=moment(columns.times_us[row]), summary=f"{device} reports"),
    )
