"""Unlearning network flows on a real broker: killed or rebalanced in the middle of it, a worker comes to what an undisturbed one does."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from schemas.event import Envelope, rfc3339
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack
from schemas.security import SECURITY_EVENTS
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.reader import end_offsets
from streams.log.roll_backs import answers, ask, roll_back
from streams.log.writer import LogWriter
from tests.detectors.flows.recordings import events_of, healthy
from tests.detectors.flows.test_detector import START
from tests.detectors.flows.test_unlearning import exfiltration
from tests.streams.detection.kept import check_undisturbed, is_whole
from tests.streams.detection.test_roll_back import command
from tests.streams.worker import WorkerProcess, wait_for, workers, written

DEVICE = "cam-3"
HOUR = timedelta(hours=1)
BEGIN = START - timedelta(minutes=10)


def home_of(tenant: str) -> int:
    return partition_of(f"{tenant}/{DEVICE}".encode(), PARTITIONS)


def report(bootstrap: str, tenant: str, events: list[Envelope]) -> None:
    """All of them in one partition, whatever the device."""
    writer = LogWriter(bootstrap, "ingest")
    for event in events:
        writer.append_to(home_of(tenant), msgspec.structs.replace(event, tenant=tenant))
    writer.flush()


def poisoned(days: float) -> list[Envelope]:
    """A fleet one of whose devices does from the first day what it should not."""
    life = events_of(healthy(3, 12 * days, 144), START)
    odd = exfiltration(DEVICE, BEGIN, round(days * 300), 280.0)
    return sorted([*life, *odd], key=lambda one: one.time)


def found(bootstrap: str, tenant: str) -> list[str]:
    return [one.subject for _, one in written(bootstrap, "detections", tenant)]


def is_learning(worker: WorkerProcess) -> bool:
    return any("learning again" in line and SECURITY_EVENTS in line for line in worker.log.splitlines())


@pytest.mark.kafka
def test_what_a_device_taught_by_its_flows_is_unlearned(kafka_bootstrap: str, tmp_path: Path) -> None:
    tenant, events = "detection-flow-roll-back", poisoned(2)
    end: datetime = events[-1].time
    with workers(kafka_bootstrap, tmp_path) as start:
        worker = start("detection", VEDETTE_SNAPSHOT_S="0.2").wait_ready()
        report(kafka_bootstrap, tenant, [*events, *exfiltration("cam-5", end + 7 * HOUR, 12, 60.0)])
        wait_for(lambda: is_whole(kafka_bootstrap, home_of(tenant)), "all to be judged")
        assert found(kafka_bootstrap, tenant) == []
        done = command(
            kafka_bootstrap, tenant=tenant, device=DEVICE, since=rfc3339(BEGIN), until=rfc3339(end + HOUR)
        )
        assert (done.returncode, done.stderr) == (0, "")
        report(kafka_bootstrap, tenant, exfiltration("cam-7", end + 20 * HOUR, 12, 60.0))
        wait_for(lambda: found(kafka_bootstrap, tenant) == ["cam-7"], "what was learned to be odd")
        assert worker.stop() == 0, worker.log
    check_undisturbed(kafka_bootstrap, home_of(tenant))


@pytest.mark.kafka
def test_a_kill_and_a_rebalance_in_the_middle_of_it_change_nothing(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    tenant = "detection-flow-roll-back-killed"
    begin = end_offsets(kafka_bootstrap, FlowsRolledBack.TOPIC)
    late = timedelta(days=60)
    report(
        kafka_bootstrap,
        tenant,
        [msgspec.structs.replace(one, id=f"k-{one.id}", time=one.time + late) for one in poisoned(8)],
    )

    def asked(name: str, days: int) -> None:
        since = START + late + days * 24 * HOUR
        ask(
            kafka_bootstrap,
            roll_back(name, tenant, DEVICE, since - HOUR, since + 24 * HOUR, "ann", "poisoned"),
        )
        more = (msgspec.structs.replace(one, id=f"{name}-{one.id}") for one in poisoned(0.5))
        report(
            kafka_bootstrap,
            tenant,
            [msgspec.structs.replace(one, time=one.time + late + (10 + days) * 24 * HOUR) for one in more],
        )

    with workers(kafka_bootstrap, tmp_path) as start:
        first = start("detection", VEDETTE_SNAPSHOT_S="0.2").wait_ready()
        wait_for(lambda: is_whole(kafka_bootstrap, home_of(tenant)), "all to be judged")
        asked("killed", 0)
        asked("queued", 1)
        wait_for(lambda: is_learning(first), "it to learn again")
        first.kill()
        second = start("detection", VEDETTE_SNAPSHOT_S="0.2")
        wait_for(lambda: is_learning(second), "the next worker to learn again")
        third = start("detection", VEDETTE_SNAPSHOT_S="0.2").wait_ready()
        wait_for(lambda: is_whole(kafka_bootstrap, home_of(tenant)), "all to be judged")
        assert second.stop() == 0, second.log
        assert third.stop() == 0, third.log
    check_undisturbed(kafka_bootstrap, home_of(tenant))
    for name in ("killed", "queued"):
        told = {one.TYPE: one for one in answers(kafka_bootstrap, name, begin)}
        assert set(told) == {ModelsRolledBack.TYPE, FlowsRolledBack.TYPE}
        assert told[FlowsRolledBack.TYPE].unlearned > 300
