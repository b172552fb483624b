"""Everything that ever shipped is still read as what it meant."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from schemas import golden, telemetry
from schemas.errors import Rejected
from schemas.event import encode, to_headers
from schemas.registry import EVENTS, REGISTRY, decode
from schemas.ship import shipped

SHIPPED = sorted(shipped().events)


def test_every_event_type_has_shipped() -> None:
    assert set(EVENTS) <= set(SHIPPED), (
        "a new event type: run `python -m schemas.ship` and check in what it writes"
    )
    files = {path.stem for path in golden.FOLDER.glob("*.json")} - {"shipped", *shipped().telemetry}
    assert files == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_record_means_what_it_meant(name: str) -> None:
    for record in golden.read(name):
        envelope = decode(*record.record)
        assert golden.differences(record.means, golden.meaning(envelope)) == []
        assert envelope.key.decode() == record.key


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - set(REGISTRY.chains)))
def test_a_writer_of_today_writes_what_one_wrote_then(name: str) -> None:
    for record in golden.read(name):
        headers, value = record.record
        envelope = decode(headers, value)
        assert to_headers(envelope) == headers
        assert json.loads(encode(envelope)) == json.loads(value)


@pytest.mark.parametrize("name", sorted(EVENTS.keys() & set(SHIPPED)))
def test_readers_tolerate_unknown_fields_and_writers_refuse_them(name: str) -> None:
    record = golden.read(name)[0]
    headers, value = record.record
    newer = json.dumps({**json.loads(value), "added_later": {"by": "a newer writer"}}).encode()
    envelope = decode([*headers, ("ce_added", b"later")], newer)
    assert envelope == msgspec.structs.replace(decode(headers, value), extensions=(("added", "later"),))
    with pytest.raises(Rejected, match=r"data\.added_later"):
        REGISTRY.decode_data(name, newer, strict=True)
    fields = msgspec.structs.asdict(decode(headers, value).data)
    with pytest.raises(TypeError, match="added_later"):
        EVENTS[name](**fields, added_later=1)


@pytest.mark.parametrize("version", sorted(shipped().telemetry))
def test_a_telemetry_batch_means_what_it_meant(version: str) -> None:
    headers, value, means = golden.read_telemetry(version)
    rows = golden.rows_of(telemetry.decode(value))
    assert golden.differences(means, rows) == []
    assert headers == {"schema": version, "rows": str(len(rows))}


def test_a_golden_file_is_written_only_once(tmp_path: Path) -> None:
    golden.write(EVENTS["alert.acknowledged.v1"], tmp_path)
    with pytest.raises(FileExistsError):
        golden.write(EVENTS["alert.acknowledged.v1"], tmp_path)
    assert golden.read("alert.acknowledged.v1", tmp_path) == golden.read("alert.acknowledged.v1")


def test_a_changed_meaning_is_shown_with_both() -> None:
    means = {"id": "1", "data": {"risk": 5, "list": [1], "policy": {"margin": 0.1}}}
    now = {"id": "1", "data": {"risk": 6, "list": [1, 2], "policy": {"margin": 0.1, "new": 1}}, "more": 1}
    assert golden.differences(means, now) == [
        "data.risk: meant 5, is read as 6",
        "data.list: meant [1], is read as [1, 2]",
    ]
    assert golden.differences({"a": 1}, {}) == ["a: meant 1, is read as 'nothing'"]
