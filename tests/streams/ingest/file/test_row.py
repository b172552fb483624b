"""From files of every kind to what is sent; on real recordings where they are."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import zstandard

from schemas.errors import Rejected
from streams.ingest.batch import validate
from streams.ingest.file.feed import Pace, in_order, shift_to_now
from streams.ingest.file.mapping import Mapping
from streams.ingest.file.recording import Recording
from streams.ingest.file.row import Row, rows
from streams.ingest.vocabulary import Vocabulary
from tests.streams.ingest.sample import EARLY_US, unit

CSV = (
    b"\xef\xbb\xbftime,value,label\n2020-01-01 00:00:00,1.5,1\n2020-01-01 00:00:01,high,0\nbroken,2,0\n1,2\n"
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Row]]:
    """Reads rows from bytes written to a file."""

    def reader(content: bytes, mapping: Mapping | None = None, name: str = "pump.csv") -> list[Row]:
        (tmp_path / name).write_bytes(content)
        return read_file(tmp_path / name, mapping or Mapping())

    return reader


def read_file(path: Path, mapping: Mapping) -> list[Row]:
    """All rows of one file."""
    recording = Recording(path)
    try:
        return list(rows(recording, mapping))
    finally:
        recording.close()


def outcome(found: list[Row]) -> tuple[int, Counter[str]]:
    """How many of the rows the edge accepts, and the codes of the others."""
    units = [unit(row.encode(None, "")) for row in found]
    batches, refused = validate(units, Vocabulary(), EARLY_US)
    return sum(len(batch.places) for batch in batches), Counter(error.code for _, error in refused)


def test_every_row_is_sent_and_bad_ones_are_for_the_edge_to_refuse(read: Callable[..., list[Row]]) -> None:
    found = read(CSV)
    assert found[0].content == {
        "id": "pump#0",
        "tenant": "recorded",
        "device": "pump",
        "time": "2020-01-01T00:00:00.000000Z",
        "metrics": {"value": 1.5},
    }
    assert [row.time is None for row in found] == [False, False, True, True]
    assert found[3].content == b"1,2"
    assert outcome(found[2:]) == (0, Counter(bad_time=1, bad_json=1))


def test_text_among_numbers_is_refused_by_the_edge(read: Callable[..., list[Row]]) -> None:
    found = read(CSV, Mapping(metrics=("value",)))
    assert outcome(found) == (1, Counter(bad_type=1, bad_time=1, bad_json=1))


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress]
)
def test_compressed_files_are_the_same(
    read: Callable[..., list[Row]], pack: Callable[[bytes], bytes]
) -> None:
    assert [row.content for row in read(pack(CSV))] == [row.content for row in read(CSV)]


def test_a_damaged_file_is_named(read: Callable[..., list[Row]]) -> None:
    with pytest.raises(Rejected, match=r"pump\.csv: cannot be unpacked"):
        read(gzip.compress(b"time,value\n" + b"2020-01-01 00:00:00,1\n" * 1000)[:-10])
    with pytest.raises(Rejected, match="has no lines"):
        read(b"\n\n")


def test_quoted_fields_and_other_delimiters(read: Callable[..., list[Row]]) -> None:
    found = read(b'note;t;v\n"a;b\nc";2020-01-01T00:00:00Z;1\n')
    assert [dict(row.content)["metrics"] for row in found] == [{"v": 1.0}]  # type: ignore[arg-type]


def test_lines_of_objects_keep_what_they_say(read: Callable[..., list[Row]]) -> None:
    telemetry = {"time": "2020-01-01T00:00:00Z", "metrics": {"a": 1}}
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "subject": "cam-9", "data": {}}
    lines = [json.dumps(telemetry), json.dumps(event), '{"a":1,"a":2}', "nonsense"]
    found = read("\n".join(lines).encode(), Mapping(tenant="acme", site="s1"), "cam-1.ndjson")
    contents: list[Any] = [row.content for row in found]
    assert contents[0] == {**telemetry, "tenant": "acme", "device": "cam-1", "site": "s1"}
    assert contents[1] == {**event, "tenant": "acme"}
    assert contents[2:] == [b'{"a":1,"a":2}', b"nonsense"]
    assert outcome(found[:1]) == (1, Counter())


def test_a_moved_row_is_another_report(read: Callable[..., list[Row]]) -> None:
    row = read(CSV)[0]
    moved = json.loads(row.encode(timedelta(days=1), "run7"))
    assert (moved["time"], moved["id"]) == ("2020-01-02T00:00:00.000000Z", "pump#0@run7")
    assert json.loads(row.encode(None, "run7")) == row.content


def test_files_are_merged_by_time_and_moved_to_now(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,v\n2020-01-01 00:00:00,1\n2020-01-01 00:00:10,1\n")
    (tmp_path / "b.csv").write_text("time,v\n2020-01-01 00:00:05,1\nbroken,1\n2020-01-01 00:00:20,1\n")
    recordings = [Recording(tmp_path / name) for name in ("a.csv", "b.csv")]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    merged = [(row.device, row.time and row.time.second) for row in in_order(recordings, Mapping())]
    assert merged == [("a", 0), ("b", 5), ("b", None), ("a", 10), ("b", 20)]
    last, first = datetime(2020, 1, 1, 0, 0, 20, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    assert last + shift_to_now(recordings, Mapping(), 0, now) == now
    assert first + shift_to_now(recordings, Mapping(), 1, now) == now
    assert last + shift_to_now(recordings, Mapping(), 2, now) == now + timedelta(seconds=10)
    assert first + shift_to_now(recordings, Mapping(), 0.5, now) == now
    for recording in recordings:
        recording.close()


def test_as_fast_as_possible_never_waits() -> None:
    pace = Pace(0)
    for day in range(1, 28):
        pace.wait(datetime(2020, 1, day, tzinfo=UTC), lambda: pytest.fail("waited"))


@pytest.mark.parametrize(
    ("file", "metrics"),
    [
        ("nab/realTraffic/TravelTime_387.csv", {"value"}),
        ("ton_iot/Fridge.csv.gz", {"fridge_temperature"}),
        ("ton_iot/Thermostat.csv.gz", {"current_temperature", "thermostat_status"}),
    ],
)
def test_real_recordings_are_understood_without_a_flag(
    shared_data: Path, file: str, metrics: set[str]
) -> None:
    recording = Recording(shared_data / file)
    found = list(islice(rows(recording, Mapping()), 2000))
    recording.close()
    names = {name for row in found if isinstance(row.content, dict) for name in row.content["metrics"]}
    assert metrics <= names
    assert not names & {"label", "type", "anomaly", "changepoint", "id.orig_p"}
    assert outcome(found) == (2000, Counter())


def test_connections_are_telemetry_where_metrics_are_named(shared_data: Path) -> None:
    recording = Recording(shared_data / "zeek_iot23/conn.log.labeled.gz")
    found = list(islice(rows(recording, Mapping(metrics=("orig_pkts",))), 2000))
    recording.close()
    assert outcome(found) == (2000, Counter())


def test_a_whole_recording_is_read(shared_data: Path) -> None:
    file = shared_data / "nab" / "realTraffic" / "TravelTime_451.csv"
    assert len(read_file(file, Mapping())) == len(file.read_text().splitlines()) - 1


def test_a_testbed_with_eight_sensors(shared_data: Path) -> None:
    found = read_file(shared_data / "skab" / "valve1" / "0.csv", Mapping())
    assert isinstance(found[0].content, dict)
    names = set(found[0].content["metrics"])
    assert len(names) == 8
    assert "Volume_Flow_RateRMS" in names
    assert outcome(found) == (len(found), Counter())
