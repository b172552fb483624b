"""What detection counted is told with every snapshot, once, and adds up to what came in."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import telemetry
from schemas.ledger import DetectionCounted
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.reader import end_offsets
from streams.log.writer import LogWriter
from tests.detectors.fleet import fleet_batch
from tests.streams.worker import wait_for, workers, written

TENANT, DEVICE = "detection-tally", "pump-1"


@pytest.mark.kafka
def test_late_reports_are_counted_on_the_log(kafka_bootstrap: str, tmp_path: Path) -> None:
    writer = LogWriter(kafka_bootstrap, "ingest")
    partition = partition_of(f"{TENANT}/{DEVICE}".encode(), PARTITIONS)

    def told() -> list[DetectionCounted]:
        events = [one.data for _, one in written(kafka_bootstrap, DetectionCounted.TOPIC, "system")]
        return [one for one in events if isinstance(one, DetectionCounted) and one.partition == partition]

    def is_told() -> bool:
        """Whether the newest count is of all there is; other tests have written to the partition before."""
        end = end_offsets(kafka_bootstrap, telemetry.TOPIC)[partition]
        return bool(told()) and told()[-1].telemetry_offset == end

    def report(*steps: int) -> None:
        for step in steps:
            headers, value = telemetry.encode(fleet_batch(TENANT, [DEVICE], step))
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
        writer.flush()

    with workers(kafka_bootstrap, tmp_path) as start:
        worker = start("detection", VEDETTE_SNAPSHOT_S="0.1").wait_ready()
        report(0)
        wait_for(is_told, "the first count")
        before = told()[-1]
        report(3, 1, 3, 4)
        wait_for(is_told, "the last count")
        assert worker.stop() == 0
    after = told()[-1]
    assert (after.scored - before.scored, after.late - before.late) == (2, 2)
    offsets = [one.telemetry_offset for one in told()]
    assert offsets == sorted(offsets)
