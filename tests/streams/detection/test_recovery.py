"""Detection on a real broker: killed twice and rebalanced, it finds what an undisturbed one finds; its state is the same to the byte."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from detectors import snapshot
from detectors.state import State, observe_event, observe_telemetry
from schemas import telemetry
from schemas.event import Envelope
from schemas.security import AttestationFailed
from schemas.topics import PARTITIONS
from streams.log import snapshots
from streams.log.partition import partition_of
from streams.log.stretch import reading
from streams.log.writer import LogWriter
from streams.replay.detection_state import derived
from tests.detectors.fleet import fleet_batch, moment, report_batch
from tests.detectors.flows.recordings import events_of, healthy
from tests.detectors.flows.test_detector import burst
from tests.streams.detection.kept import is_whole
from tests.streams.worker import distinct, wait_for, workers, written

TENANT = "detection-recovery"
DEVICES = [f"device-{number:02}" for number in range(40)]
STEPS, QUIET = 240, 60
SILENT_TENANT, FLOW_TENANT = "detection-silence", "detection-flows"
# Two days and a half, so that it is Wednesday noon.
LIVED = 240
Input = tuple[int, pa.RecordBatch | Envelope]


def inputs() -> list[Input]:
    """Batches and security events with their partitions: spikes of changing devices, and failed attestations."""
    home = {device: partition_of(f"{TENANT}/{device}".encode(), PARTITIONS) for device in DEVICES}
    found: list[Input] = []
    for step in range(STEPS):
        odd = frozenset(DEVICES[(step // 5) % 40 : (step // 5) % 40 + 2]) if step > QUIET else frozenset()
        for partition in range(PARTITIONS):
            devices = [device for device in DEVICES if home[device] == partition]
            found.append((partition, fleet_batch(TENANT, devices, step, odd)))
        if step % 6 == 0:
            device = DEVICES[step // 6 % 40]
            found.append((home[device], attestation(device, step)))
    return found


def silences() -> list[Input]:
    """A report each quarter of an hour for days, then a quarter of the devices stop for hours, one after the other, and are back."""
    home = {device: partition_of(f"{SILENT_TENANT}/{device}".encode(), PARTITIONS) for device in DEVICES}
    found: list[Input] = []
    for step in range(LIVED + 60):
        at = moment(0) + timedelta(days=1, minutes=15 * step)
        quiet = {
            device
            for number, device in enumerate(DEVICES[::4])
            if 4 * number <= step - LIVED < 4 * number + 14
        }
        for partition in range(PARTITIONS):
            rows: list[tuple[str, datetime, list[float | None]]] = [
                (one, at, [20.0, 100.0, 3.0])
                for one in DEVICES
                if home[one] == partition and one not in quiet
            ]
            found.append((partition, report_batch(SILENT_TENANT, rows)))
    return found


def flows() -> list[Input]:
    """A report in each partition, two healthy days of flows, then devices that log in over telnet everywhere, one after the other."""
    past = list(events_of(healthy(3, 24, 144), moment(0), FLOW_TENANT))
    begin = past[-1].time
    odd = (
        msgspec.structs.replace(one, tenant=FLOW_TENANT)
        for number in range(8)
        for one in burst(f"cam-{number}", begin + timedelta(hours=2 * number), 240, 10.0)
    )
    reports: list[Input] = [
        (partition, fleet_batch(FLOW_TENANT, DEVICES[:3], 0)) for partition in range(PARTITIONS)
    ]
    return reports + [(partition_of(one.key, PARTITIONS), one) for one in (*past, *odd)]


def attestation(device: str, step: int) -> Envelope:
    data = AttestationFailed(firmware="1.0", expected="aa", measured=f"{step:x}")
    return Envelope(
        id=f"{TENANT}-{step}",
        type=data.TYPE,
        source="test",
        subject=device,
        tenant=TENANT,
        time=moment(step),
        data=data,
    )


def expected(given: list[Input]) -> dict[int, set[str]]:
    states = {partition: State() for partition in range(PARTITIONS)}
    ids: dict[int, set[str]] = defaultdict(set)
    for partition, one in given:
        state = states[partition]
        found = (
            observe_event(state, one, "x/0/0")
            if isinstance(one, Envelope)
            else observe_telemetry(state, one, "x/0/0")
        )
        ids[partition].update(envelope.id for envelope in found)
    return ids


def hand_over(writer: LogWriter, given: list[Input]) -> None:
    for partition, one in given:
        if isinstance(one, Envelope):
            writer.append(one)
        else:
            headers, value = telemetry.encode(one)
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
    writer.flush()


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("tenant", "story", "least"),
    [(TENANT, inputs, 60), (SILENT_TENANT, silences, 19), (FLOW_TENANT, flows, 8)],
)
def test_kills_and_a_rebalance_lose_nothing_and_invent_nothing(
    kafka_bootstrap: str, tmp_path: Path, tenant: str, story: Callable[[], list[Input]], least: int
) -> None:
    given = story()
    wanted = expected(given)
    total = sum(map(len, wanted.values()))
    assert total > least
    writer = LogWriter(kafka_bootstrap, "ingest")
    # So far that a few are found.
    half = 4 * (LIVED + 30) if story is silences else len(given) * (3 if story is flows else 2) // 4

    def found() -> int:
        return len(distinct(written(kafka_bootstrap, "detections", tenant)))

    with workers(kafka_bootstrap, tmp_path) as start:
        first = start("detection", VEDETTE_SNAPSHOT_S="0.2").wait_ready()
        hand_over(writer, given[:half])
        wait_for(lambda: found() > total // 8, "the first detections")
        first.kill()
        second, third = (start("detection", VEDETTE_SNAPSHOT_S="0.2") for _ in range(2))
        hand_over(writer, given[half:])
        wait_for(lambda: found() > total // 2, "detections of the second worker")
        second.kill()
        wait_for(lambda: found() >= total, "all detections")
        wait_for(
            lambda: all(is_whole(kafka_bootstrap, number) for number in range(PARTITIONS)), "whole snapshots"
        )
        assert third.stop() == 0, third.log
    by_partition: dict[int, set[str]] = defaultdict(set)
    for message, envelope in written(kafka_bootstrap, "detections", tenant):
        by_partition[message.partition()].add(envelope.id)
    assert by_partition == {partition: ids for partition, ids in wanted.items() if ids}
    for number in range(PARTITIONS):
        kept = snapshots.newest(kafka_bootstrap, number)
        assert kept is not None
        undisturbed = derived(reading(kafka_bootstrap), number, kept.offsets)
        assert (kept.data, kept.hashes) == (snapshot.encode(undisturbed.state), undisturbed.hashes)


@pytest.mark.kafka
def test_a_worker_that_is_asked_to_stop_leaves_nothing_to_repeat(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    tenant = "detection-leaving"
    device = "device-1"
    partition = partition_of(f"{tenant}/{device}".encode(), PARTITIONS)
    writer = LogWriter(kafka_bootstrap, "ingest")

    def found() -> list[str]:
        return [envelope.id for _, envelope in written(kafka_bootstrap, "detections", tenant)]

    def report(quiet: range, odd: range) -> None:
        hand_over(
            writer,
            [
                (partition, fleet_batch(tenant, [device], step, frozenset([device] if step in odd else [])))
                for step in (*quiet, *odd)
            ],
        )

    with workers(kafka_bootstrap, tmp_path) as start:
        first = start("detection", VEDETTE_SNAPSHOT_S="3600").wait_ready()
        report(range(101), range(101, 105))
        wait_for(lambda: len(found()) > 0, "a detection")
        assert first.stop() == 0, first.log
        known = len(found())
        kept = snapshots.newest(kafka_bootstrap, partition)
        assert kept is not None
        assert kept.offsets[telemetry.TOPIC] > 0
        second = start("detection", VEDETTE_SNAPSHOT_S="3600").wait_ready()
        report(range(105, 160), range(160, 164))
        wait_for(lambda: len(found()) > known, "another detection")
        assert second.stop() == 0, second.log
    assert sorted(found()) == sorted(set(found()))


@pytest.mark.kafka
def test_state_is_rebuilt_from_the_log_where_there_is_no_usable_snapshot(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    tenant = "detection-rebuild"
    writer = LogWriter(kafka_bootstrap, "ingest")
    device = "device-1"
    partition = partition_of(f"{tenant}/{device}".encode(), PARTITIONS)

    def report(steps: range, odd: frozenset[str] = frozenset()) -> None:
        for step in steps:
            headers, value = telemetry.encode(fleet_batch(tenant, [device], step, odd))
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
        writer.flush()

    def latest() -> snapshots.Snapshot | None:
        return snapshots.newest(kafka_bootstrap, partition)

    def knows_it() -> bool:
        one = latest()
        return one is not None and snapshot.decode(one.data).block.names.one(tenant, device) is not None

    with workers(kafka_bootstrap, tmp_path) as start:
        first = start("detection", VEDETTE_SNAPSHOT_S="0.1").wait_ready()
        report(range(101))
        wait_for(knows_it, "a snapshot")
        assert first.stop() == 0
        before = latest()
        assert before is not None
        # A newer snapshot of a version nobody knows must be passed over, not trusted and not fatal.
        unknown = snapshots.Snapshot(before.offsets, b"VDT9" + before.data[4:], before.turn + 1)
        snapshots.write(LogWriter(kafka_bootstrap, "detection"), partition, unknown)
        wait_for(lambda: (one := latest()) is not None and one.data[:4] == b"VDT9", "the unknown snapshot")
        second = start("detection", VEDETTE_SNAPSHOT_S="0.1").wait_ready()
        report(range(101, 105), frozenset([device]))
        wait_for(lambda: len(written(kafka_bootstrap, "detections", tenant)) == 1, "the detection")
        assert second.stop() == 0
    ((_, only),) = written(kafka_bootstrap, "detections", tenant)
    assert only.data.kind == "baseline.tx_kbps"  # type: ignore[attr-defined]
