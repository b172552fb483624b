"""What detection counted is told with every snapshot, once, and adds up to what came in."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.state import State, observe_event
from schemas import telemetry
from schemas.ledger import DetectionCounted
from schemas.topics import PARTITIONS
from streams.detection.tally import counted, told
from streams.log.partition import partition_of
from streams.log.reader import end_offsets
from streams.log.writer import LogWriter
from tests.detectors.fleet import fleet_batch, moment
from tests.detectors.flows.test_detector import burst
from tests.streams.worker import wait_for, workers, written

TENANT, DEVICE = "detection-tally", "pump-1"


def test_flows_that_came_again_are_counted() -> None:
    state = State()
    event = next(burst("cam-1", moment(0), 1, 1.0))
    for _ in range(3):
        observe_event(state, event, "security-events/0/0")
    totals = counted(state, 2, 7)
    assert (totals.duplicates, totals.flows_forgotten, totals.partition, totals.telemetry_offset) == (
        2,
        0,
        2,
        7,
    )


def test_a_count_that_differs_in_forgotten_flows_alone_is_another_one() -> None:
    state = State()
    before = told(counted(state, 2, 7), moment(0))
    state.flows.forgotten += 1
    assert told(counted(state, 2, 7), moment(0)).id != before.id


@pytest.mark.kafka
def test_late_reports_are_counted_on_the_log(kafka_bootstrap: str, tmp_path: Path) -> None:
    writer = LogWriter(kafka_bootstrap, "ingest")
    partition = partition_of(f"{TENANT}/{DEVICE}".encode(), PARTITIONS)

    def totals() -> list[DetectionCounted]:
        events = [one.data for _, one in written(kafka_bootstrap, DetectionCounted.TOPIC, "system")]
        return [one for one in events if isinstance(one, DetectionCounted) and one.partition == partition]

    def is_told() -> bool:
        """Whether the newest count is of all there is; other tests have written to the partition before."""
        end = end_offsets(kafka_bootstrap, telemetry.TOPIC)[partition]
        return bool(totals()) and totals()[-1].telemetry_offset == end

    def report(*steps: int) -> None:
        for step in steps:
            headers, value = telemetry.encode(fleet_batch(TENANT, [DEVICE], step))
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
        writer.flush()

    with workers(kafka_bootstrap, tmp_path) as start:
        worker = start("detection", VEDETTE_SNAPSHOT_S="0.1").wait_ready()
        report(0)
        wait_for(is_told, "the first count")
        before = totals()[-1]
        report(3, 1, 3, 4)
        wait_for(is_told, "the last count")
        assert worker.stop() == 0
    after = totals()[-1]
    assert (after.scored - before.scored, after.late - before.late) == (2, 2)
    offsets = [one.telemetry_offset for one in totals()]
    assert offsets == sorted(offsets)
