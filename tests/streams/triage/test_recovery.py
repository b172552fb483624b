"""Triage on a real broker: killed, stopped and rebalanced, it writes what an undisturbed one would, in the same order."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detectors.triage.decider import Triage
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from tests.streams.worker import distinct, wait_for, workers, written

START = datetime(2026, 3, 1, tzinfo=UTC)
TENANT = "triage-recovery"
DEVICES, INPUTS = 50, 900


def detections() -> list[Envelope]:
    """Findings on a few devices, some merged, some far apart, every seventh handed over twice."""
    events = []
    for number in range(INPUTS):
        data = DetectionRaised(
            detector="baseline",
            version=1,
            kind=f"baseline.{('tx_kbps', 'temperature_c')[number % 2]}",
            severity="high",
            title=f"finding {number}",
            explanation=f"finding {number}",
            since=START,
        )
        event = Envelope(
            id=f"{TENANT}-{number - (number % 7 == 0 and number > 0)}",
            type=data.TYPE,
            source="test",
            subject=f"device-{number % DEVICES}",
            tenant=TENANT,
            time=START + timedelta(minutes=number),
            data=data,
        )
        events.append(event)
    return events


def expected(events: list[Envelope]) -> dict[int, list[str]]:
    """What an undisturbed decider writes, by partition."""
    ids: dict[int, list[str]] = defaultdict(list)
    states = {partition: Triage().initial() for partition in range(PARTITIONS)}
    for event in events:
        partition = partition_of(event.key, PARTITIONS)
        output = Triage().decide(states[partition], event)
        if output is not None:
            states[partition] = Triage().evolve(states[partition], output)
            ids[partition].append(output.id)
    return ids


@pytest.mark.kafka
def test_two_kills_a_stop_and_rebalances_change_nothing(kafka_bootstrap: str, tmp_path: Path) -> None:
    events = detections()
    writer = LogWriter(kafka_bootstrap, "detection")
    third = len(events) // 3

    def hand_over(part: list[Envelope]) -> None:
        for event in part:
            writer.append(event)
            writer.poll()
        writer.flush()

    def count() -> int:
        return len(written(kafka_bootstrap, "alerts", TENANT))

    with workers(kafka_bootstrap, tmp_path) as start:
        first = start("triage").wait_ready()
        hand_over(events[:third])
        wait_for(lambda: count() > third // 4, "the first alerts")
        first.kill()
        second, third_worker = start("triage"), start("triage")
        hand_over(events[third : 2 * third])
        wait_for(lambda: count() > third, "alerts of the second worker")
        second.kill()
        fourth = start("triage")
        hand_over(events[2 * third :])
        wait_for(lambda: count() > 2 * third, "alerts of the third worker")
        assert third_worker.stop() == 0, third_worker.log
        wanted = expected(events)
        total = sum(map(len, wanted.values()))
        wait_for(lambda: len(distinct(written(kafka_bootstrap, "alerts", TENANT))) >= total, "all alerts")
        assert fourth.stop() == 0, fourth.log
    by_partition = defaultdict(list)
    for message, envelope in written(kafka_bootstrap, "alerts", TENANT):
        by_partition[message.partition()].append((message, envelope))
    assert {partition: distinct(found) for partition, found in by_partition.items()} == wanted
    assert count() == total, "an alert event was written twice"
