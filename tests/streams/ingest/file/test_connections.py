"""Zeek's log of connections becomes events that the edge takes."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.security import NetworkFlowClosed
from streams.ingest.cloud_event import parse_event
from streams.ingest.file.mapping import Mapping
from streams.ingest.file.recording import Recording
from streams.ingest.file.row import Row, rows
from tests.streams.ingest.sample import EARLY_US, unit

LINE = {
    "ts": "1545403816.5",
    "uid": "C1",
    "id.orig_h": "10.0.0.5",
    "id.orig_p": "41040",
    "id.resp_h": "203.0.113.9",
    "id.resp_p": "443",
    "proto": "tcp",
    "service": "ssl",
    "duration": "1.25",
    "orig_bytes": "100",
    "resp_bytes": "2000",
    "conn_state": "SF",
    "local_orig": "-",
    "local_resp": "-",
    "orig_pkts": "5",
    "resp_pkts": "6",
}
COUNTS = ("orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts")
TYPES = {"ts": "time", "duration": "interval", **dict.fromkeys(COUNTS, "count")}


def log(*lines: dict[str, str] | str, path: str = "conn") -> bytes:
    """A log with these lines; what one does not say is as in `LINE`."""
    head = [
        "#separator \\x09",
        f"#path\t{path}",
        "\t".join(["#fields", *LINE]),
        "\t".join(["#types", *(TYPES.get(name, "string") for name in LINE)]),
    ]
    told = [
        line if isinstance(line, str) else "\t".join({**LINE, **line}[name] for name in LINE)
        for line in lines
    ]
    return "\n".join([*head, *told, "#close\t2018-12-22"]).encode()


def read(folder: Path, content: bytes, **mapping: Any) -> list[Row]:
    file = folder / "conn.log"
    file.write_bytes(content)
    recording = Recording(file)
    try:
        return list(rows(recording, Mapping(**mapping)))
    finally:
        recording.close()


def taken(row: Row) -> Envelope:
    """What the edge makes of a row."""
    return parse_event(unit(row.encode(None, "")), EARLY_US)


def test_a_connection_is_a_flow_that_ended_when_it_was_over(tmp_path: Path) -> None:
    (row,) = read(tmp_path, log({}), tenant="acme")
    event = taken(row)
    assert (event.tenant, event.subject, event.source) == ("acme", "10.0.0.5", "file:conn")
    assert event.time.timestamp() == 1545403817.75
    assert row.time == event.time
    assert event.data == NetworkFlowClosed(
        peer="203.0.113.9",
        protocol="tcp",
        direction="outbound",
        port=443,
        service="ssl",
        state="SF",
        duration_s=1.25,
        bytes_sent=100,
        bytes_received=2000,
        packets_sent=5,
        packets_received=6,
    )


def test_what_nobody_counted_is_left_out_and_icmp_has_no_port(tmp_path: Path) -> None:
    unset = dict.fromkeys(("service", "duration", "orig_bytes", "resp_bytes", "conn_state"), "-")
    (row,) = read(tmp_path, log({**unset, "proto": "icmp", "id.resp_p": "3"}))
    event = taken(row)
    assert event.time.timestamp() == 1545403816.5
    assert event.data == NetworkFlowClosed(
        peer="203.0.113.9", protocol="icmp", direction="outbound", packets_sent=5, packets_received=6
    )


def test_the_device_is_the_end_that_is_local(tmp_path: Path) -> None:
    inbound = {"local_orig": "F", "local_resp": "T"}
    both = {"local_orig": "T", "local_resp": "T"}
    found = [taken(row) for row in read(tmp_path, log(inbound, {**both, "uid": "C2"}))]
    assert [one.subject for one in found] == ["203.0.113.9", "10.0.0.5"]
    data = found[0].data
    assert isinstance(data, NetworkFlowClosed)
    assert (data.direction, data.peer, data.bytes_sent, data.packets_received) == (
        "inbound",
        "10.0.0.5",
        2000,
        5,
    )


def test_devices_can_be_named_or_be_in_another_column(tmp_path: Path) -> None:
    assert [row.device for row in read(tmp_path, log({}), device="cam-1")] == ["cam-1"]
    assert [row.device for row in read(tmp_path, log({}), device="id.resp_h")] == ["203.0.113.9"]


def test_lines_that_are_wrong_are_for_the_edge_to_refuse(tmp_path: Path) -> None:
    lines = (
        {"ts": "never"},
        {"id.resp_p": "70000"},
        {"orig_bytes": "many"},
        {"conn_state": "S9"},
        "cut\toff",
    )
    found = read(tmp_path, log(*lines))
    assert len(found) == len(lines)
    for row in found:
        with pytest.raises(Rejected):
            taken(row)


def test_a_connection_keeps_its_id_and_its_uid_makes_it(tmp_path: Path) -> None:
    first, second = (read(tmp_path, log({}, {"uid": "C2"})) for _ in range(2))
    ids = [taken(row).id for row in first]
    assert ids == [taken(row).id for row in second]
    assert len(set(ids)) == 2


def test_other_logs_of_zeek_stay_telemetry(tmp_path: Path) -> None:
    (row,) = read(tmp_path, log({}, path="files"))
    assert isinstance(row.content, dict)
    assert set(row.content["metrics"]) == {"duration", *COUNTS}


def test_a_compressed_log_is_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, gzip.compress(log({}, {})))) == 2


def test_a_real_log_with_labels_is_taken_whole_and_no_label_is_sent(shared_data: Path) -> None:
    recording = Recording(shared_data / "zeek_iot23/conn.log.labeled.gz")
    found = list(rows(recording, Mapping()))
    recording.close()
    assert len(found) == 23_145
    assert b"Malicious" not in b"".join(row.encode(None, "") for row in found)
    subjects = Counter(taken(row).subject for row in found[:3000])
    assert subjects.most_common(1)[0][0] == "192.168.1.195"
