"""The clock detector: telemetry batches in, findings out."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.columns import Columns
from detectors.baseline.sentence import moment
from detectors.clocks.clocks import Clocks
from detectors.clocks.kernel import RIGHT
from detectors.clocks.parameters import DETECTOR, METRIC, VERSION
from detectors.clocks.sentence import contribution, describe, peers
from detectors.detection import detection
from detectors.silence.places import Places
from schemas.detection import DetectionRaised, Evidence
from schemas.event import Envelope


class Watch:
    """The clocks of a block's devices, and the sites they are at. Follows when the block forgets."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self.clocks = Clocks()
        self.places = Places()
        block.followers.append(self._keep)

    def findings(self, batch: pa.RecordBatch, columns: Columns, origin: str) -> list[Envelope]:
        """Learn a batch whose devices have slots in the block, and say whose clock is wrong or right again, in the order of the rows.

        `origin` names the record. A finding's `time` and `since` are the edge's: the device's own are what is in doubt.
        """
        self.places.follow(self._block.cohort_numbers)
        heads = self._block.heads["cohort"]
        found = self.clocks.observe(
            columns.slots, columns.times_us, columns.received_us, heads, self.places.places
        )
        return [self._finding(batch, columns, one, origin) for one in found]

    def _keep(self, slots: Any) -> None:
        self.clocks.keep(slots)

    def _finding(self, batch: pa.RecordBatch, columns: Columns, found: Any, origin: str) -> Envelope:
        row = int(found["row"])
        tenant, device, site = (
            batch.column(name)[row].as_py() or "" for name in ("tenant", "device", "site")
        )
        event, came_us = batch.column("event_id")[row].as_py().hex(), int(columns.received_us[row])
        told = describe(found, device, site, (came_us - int(found["since_us"])) / 1e6)
        time = moment(columns.times_us[row])
        evidence = Evidence(
            event=event, origin=origin, time=time, summary=f"came at {moment(came_us):%H:%M:%S} UTC"
        )
        data = DetectionRaised(
            detector=DETECTOR,
            version=VERSION,
            **told._asdict(),
            since=moment(found["since_us"]),
            evidence=(evidence,),
            **({} if found["kind"] == RIGHT else self._numbers(found, site)),
        )
        return detection(
            *("clock", tenant, device, told.kind, event), time=moment(came_us), data=data, cause=origin
        )

    def _numbers(self, found: Any, site: str) -> dict[str, Any]:
        one = contribution(found, self.clocks.parameters)
        if one is None:
            return {}
        return {
            "metric": METRIC,
            "actual": one.actual,
            "expected": one.expected,
            "low": one.low,
            "high": one.high,
            "score": one.score,
            "contributions": (one,),
            "cohort": peers(found, site),
        }
