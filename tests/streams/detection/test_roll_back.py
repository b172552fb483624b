"""A roll-back on a real broker: asked for at the command line, done by the worker, the same when it is derived again."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from schemas import telemetry
from schemas.event import rfc3339
from schemas.roll_back import RollBack, batch_of, is_roll_back
from schemas.topics import PARTITIONS
from streams.archive.buffer import Record
from streams.archive.telemetry_rows import rows_of
from streams.log.partition import partition_of
from streams.log.roll_backs import answers
from streams.log.writer import LogWriter
from streams.rollout.reports import reports
from tests.detectors.fleet import fleet_batch, moment
from tests.streams.detection.kept import check_undisturbed
from tests.streams.worker import ROOT, WorkerProcess, wait_for, workers, written

TENANT, DEVICE = "detection-roll-back", "device-1"
HOME = partition_of(f"{TENANT}/{DEVICE}".encode(), PARTITIONS)
ODD = frozenset([DEVICE])


def report(bootstrap: str, steps: range, odd: frozenset[str] = frozenset()) -> None:
    writer = LogWriter(bootstrap, "ingest")
    for step in steps:
        headers, value = telemetry.encode(fleet_batch(TENANT, [DEVICE, "device-x"], step, odd))
        writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=HOME)
    writer.flush()


def command(bootstrap: str, *more: str, **options: str) -> subprocess.CompletedProcess[str]:
    wanted = {"tenant": TENANT, "actor": "ann", "reason": "poisoned", **options}
    flags = [text for name, value in wanted.items() for text in (f"--{name.replace('_', '-')}", value)]
    return subprocess.run(
        [sys.executable, "-m", "streams.detection.roll_back", *flags, *more],
        cwd=ROOT,
        env={"VEDETTE_KAFKA_BOOTSTRAP": bootstrap, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def kinds(bootstrap: str) -> list[str]:
    found = {one.id: one.data.kind for _, one in written(bootstrap, "detections", TENANT)}  # type: ignore[attr-defined]
    return list(found.values())


@pytest.mark.kafka
def test_what_a_device_taught_is_unlearned_and_all_is_derived_the_same(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    with workers(kafka_bootstrap, tmp_path) as start:
        worker = start("detection", VEDETTE_SNAPSHOT_S="0.2").wait_ready()
        report(kafka_bootstrap, range(150))
        report(kafka_bootstrap, range(150, 250), ODD)
        report(kafka_bootstrap, range(250, 400))
        wait_for(lambda: "baseline.tx_kbps" in kinds(kafka_bootstrap), "the poisoning to be found")
        before = kinds(kafka_bootstrap).count("baseline.tx_kbps")
        stretch = {"since": rfc3339(moment(150)), "until": rfc3339(moment(250))}
        done = command(kafka_bootstrap, "--json", device=DEVICE, **stretch)
        assert (done.returncode, done.stderr) == (0, "")
        said = json.loads(done.stdout)
        assert (said["state"], said["partitions"], said["device"]) == ("done", [HOME], DEVICE)
        reports, flows = said["roll_backs"]
        assert (reports["learned"], reports["unlearned"], flows["unlearned"], flows["reports"]) == (
            "reports", 100, 0, 0,
        )  # fmt: skip
        worker.kill()
        again = start("detection", VEDETTE_SNAPSHOT_S="0.2").wait_ready()
        report(kafka_bootstrap, range(400, 408), ODD)
        wait_for(
            lambda: kinds(kafka_bootstrap).count("baseline.tx_kbps") == before + 1,
            "what was learned to be odd",
        )
        assert again.stop() == 0, again.log
    check_undisturbed(kafka_bootstrap, HOME)


@pytest.mark.kafka
def test_all_of_a_tenant_is_asked_for_in_every_partition(kafka_bootstrap: str, tmp_path: Path) -> None:
    late = command(kafka_bootstrap, tenant="nobody", since="2026-01-01T00:00:00Z", wait_s="0")
    assert late.returncode == 1
    assert "is detection running?" in late.stderr
    assert late.stdout.startswith("asked as ")
    document = command(kafka_bootstrap, "--json", tenant="nobody", since="2026-01-01T00:00:00Z", wait_s="0")
    assert (document.returncode, "is detection running?" in document.stderr) == (1, True)
    asked = json.loads(document.stdout)
    assert (asked["state"], {one["state"] for one in asked["roll_backs"]}) == ("asked", {"asked"})
    with workers(kafka_bootstrap, tmp_path) as start:
        worker: WorkerProcess = start("detection").wait_ready()
        done = command(kafka_bootstrap, tenant="nobody", since="2026-01-01T00:00:00Z")
        assert worker.stop() == 0, worker.log
    first, *lines = done.stdout.splitlines()
    assert first.startswith("asked as ")
    for learned in ("reports", "network flows"):
        told = {int(line.split()[1].strip(":")) for line in lines if f": 0 {learned} forgotten, " in line}
        assert told == set(range(PARTITIONS))
    assert list(answers(kafka_bootstrap, "unknown", {})) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"since": "yesterday"}, "must be a time such as"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "must be before until"),
        ({"since": "2026-01-02T00:00:00Z", "reason": " "}, "must not be empty"),
    ],
)
def test_a_wrong_value_is_named(options: dict[str, str], reason: str) -> None:
    done = command("127.0.0.1:1", **options)
    assert done.returncode == 2
    assert reason in " ".join(done.stderr.replace("│", " ").split())


def test_others_see_a_batch_without_rows() -> None:
    time = datetime.fromisoformat("2026-01-01T00:00:00Z")
    asked = RollBack(id="1", tenant="t", since=time, until=time, actor="ann", reason="why")
    headers, value = telemetry.encode(batch_of(asked))
    assert is_roll_back(telemetry.decode(value))
    assert list(reports(value)) == []
    assert rows_of(Record("telemetry", 0, 7, tuple(headers), value, time)).num_rows == 0
