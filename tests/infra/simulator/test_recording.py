"""The CSV recording: the same for the same seed, with a label where something is wrong."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from detectors.state import State, observe_telemetry
from infra.simulator import recording
from infra.simulator.fleet import make
from tests.detectors.fleet import METRICS, report_batch

UNTIL_S = 1.79e9


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_same_seed_same_file(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        recording.write(tmp_path / name, make(7), 3, UNTIL_S, 2, fault=False)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize("fault", [False, True])
def test_rows_are_labelled_where_the_sensor_fails(tmp_path: Path, fault: bool) -> None:
    path = tmp_path / "fleet.csv"
    count = recording.write(path, make(7), 5, UNTIL_S, 6, fault=fault)
    rows = _rows(path)
    assert len(rows) == count
    assert 0.8 * 5 * 360 < count <= 5 * 360
    assert len({row["device"] for row in rows}) == 5
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times)
    labelled = [row for row in rows if row["label"] == "1"]
    assert bool(labelled) == fault
    if fault:
        assert {row["device"] for row in labelled} == {make(7).devices[0].name}
        before = [
            float(r["temperature_c"])
            for r in rows
            if r["device"] == labelled[0]["device"] and r["label"] == "0"
        ]
        assert float(labelled[-1]["temperature_c"]) > max(before[-60:])


def test_detection_finds_the_broken_sensor_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    recording.write(path, make(1), 5, UNTIL_S, 24, fault=True)
    rows, state, found = _rows(path), State(), []
    for begin in range(0, len(rows), 500):
        batch = report_batch("acme", [_report(row) for row in rows[begin : begin + 500]])
        found += [(one.subject, one.time) for one in observe_telemetry(state, batch, "telemetry/0/0")]
    broken = next(row for row in rows if row["label"] == "1")
    began = datetime.fromisoformat(broken["timestamp"])
    assert {device for device, _ in found} == {broken["device"]}
    assert began < min(time for _, time in found) < began + timedelta(hours=1)


def _report(row: dict[str, str]) -> tuple[str, datetime, list[float | None]]:
    values = [float(row[name]) if row[name] else None for name in METRICS]
    return row["device"], datetime.fromisoformat(row["timestamp"]), values
