"""Batches: nothing is lost, the fast way accepts exactly what the slow one does, and every row is where and what it must be."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import aggregate_key
from schemas.ids import digest
from schemas.topics import TOPICS
from streams.ingest import tables
from streams.ingest.batch import Batch, validate
from streams.ingest.record import Record, parse_record
from streams.ingest.unit import Unit
from streams.ingest.vocabulary import Vocabulary
from streams.log.partition import partition_of
from tests.streams.ingest.sample import EARLY_US, NOW_US, report, unit

NAMES = ["temperature_c", "cpu_pct", "boot_count", "Weird.name-1"]
texts = st.none() | st.sampled_from(["", "m1", "\u0000", "ü" * 128, "x" * 129]) | st.integers()
numbers = st.floats() | st.integers() | st.none() | st.sampled_from(["1", True, [], 10**400])
metrics = st.dictionaries(st.sampled_from([*NAMES, "new", "bad name"]), numbers, max_size=5) | st.none()
times = st.sampled_from(
    [
        "2026-06-01T11:59:00Z",
        "2026-06-01T11:59:00.123456Z",
        "2026-06-01T11:59:00.1234567Z",
        "2026-06-01t13:59:00+02:00",
        "2026-06-01T12:00:59Z",
        "2026-06-01T12:02:00Z",
        "1999-12-31T23:59:59Z",
        "2026-06-01T11:59:00",
        "no",
        5,
        None,
    ]
)
# Made up, in the form of a token.
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
names = st.sampled_from(["acme", "globex", "cam-1", "cam-2", "", "a/b", None, 3])
objects = st.fixed_dictionaries(
    {},
    optional={
        "id": texts,
        "tenant": names,
        "device": names,
        "time": times,
        "model": texts,
        "firmware": texts,
        "metrics": metrics,
        "extra": st.integers(),
    },
)
good = st.builds(
    lambda device, value, id_: report(device=device, id=id_, metrics={"temperature_c": value, "cpu_pct": 1}),
    st.sampled_from(["cam-1", "cam-2", "cam-3"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([..., "1", "2"]),
)
junk = st.binary(max_size=40) | st.sampled_from(
    [
        b"{}{}",
        b'{"a":',
        b"{",
        b"}",
        b"{\n}",
        b'{"metrics":{"cpu_pct":1,"cpu_pct":2}}',
        b"\xff",
        b"\xef\xbb\xbf{}",
    ]
)
raws = st.one_of(
    good.map(lambda v: json.dumps(v).encode()), objects.map(lambda v: json.dumps(v).encode()), junk
)
senders = st.sampled_from([("", ""), ("acme", "cam-1"), ("acme", "?")])
units = st.lists(st.builds(lambda raw, sender: unit(raw, *sender), raws, senders), max_size=60)


def expected(each: Unit) -> Record | tuple[str, str]:
    """What the slow way makes of one unit."""
    try:
        return parse_record(each, EARLY_US)
    except Rejected as error:
        return error.code, error.field


def rows_of(batches: list[Batch]) -> dict[int, tuple[int, dict[str, Any]]]:
    """Each place with its partition and row."""
    return {
        place: (made.partition, row)
        for made in batches
        for place, row in zip(made.places, made.rows.to_pylist(), strict=True)
    }


def identity_of(record: Record) -> bytes:
    """The event id as its definition says, one at a time."""
    if record.id is not None:
        return digest("telemetry", record.tenant, record.device, record.id)
    ordered = sorted(record.metrics)
    canonical = "".join(name + "\n" for name in ordered).encode()
    canonical += b"".join(struct.pack(">d", record.metrics[name] + 0.0) for name in ordered)
    return digest("telemetry", record.tenant, record.device, record.time_us, canonical)


@given(units, st.sampled_from([[], NAMES]), st.sampled_from([1, 16]))
@settings(max_examples=100)
def test_nothing_is_lost_and_both_ways_agree(given_units: list[Unit], known: list[str], singly: int) -> None:
    with mock.patch.object(tables, "SINGLY", singly):  # with 1 the columns see almost everything
        batches, refused = validate(given_units, Vocabulary(known), EARLY_US)
    rows = rows_of(batches)
    assert sum(len(made.places) for made in batches) + len(refused) == len(given_units)
    assert sorted([*rows, *(place for place, _ in refused)]) == list(range(len(given_units)))
    for place, error in refused:
        assert (error.code, error.field) == expected(given_units[place])
    for place, (partition, row) in rows.items():
        record = expected(given_units[place])
        assert isinstance(record, Record)
        assert (row["tenant"], row["device"], row["model"]) == (record.tenant, record.device, record.model)
        assert {n: row[f"metric.{n}"] for n in record.metrics} == record.metrics
        assert {n for n, v in row.items() if n.startswith("metric.") and v is not None} == {
            f"metric.{n}" for n in record.metrics
        }
        assert row["event_id"] == identity_of(record)
        assert row["event_time"].timestamp() == pytest.approx(record.time_us / 1e6, abs=2e-6)
        assert partition == partition_of(
            aggregate_key(record.tenant, record.device), TOPICS["telemetry"].partitions
        )


@given(units)
@settings(max_examples=25)
def test_batches_keep_the_contract(given_units: list[Unit]) -> None:
    for made in validate(given_units, Vocabulary(NAMES), EARLY_US)[0]:
        headers, value = telemetry.encode(made.rows)
        assert dict(headers)["rows"] == str(len(made.places)).encode()
        assert telemetry.decode(value).equals(made.rows)
        assert made.places == sorted(made.places)


@pytest.mark.parametrize("name", ["a/b", "a b", "", "x" * 65, "\u00e4", SECRET])
@pytest.mark.parametrize("value", [None, 1.5])
@pytest.mark.parametrize("every", [1, 7])
def test_a_metric_that_may_not_be_called_so_is_refused_among_many_too(
    name: str, value: float | None, every: int
) -> None:
    given_units = [unit(report(id=str(i))) for i in range(60)]
    given_units[::every] = [unit(report(id="bad", metrics={"cpu_pct": 1, name: value}))] * len(
        given_units[::every]
    )
    for known in ([], NAMES):
        _, refused = validate(given_units, Vocabulary(known), EARLY_US)
        assert [place for place, _ in refused] == list(range(0, 60, every))
        assert {error.code for _, error in refused} == {"secret_in_name" if name == SECRET else "bad_name"}


@pytest.mark.parametrize("field", ["id", "tenant", "device", "model", "site", "firmware", "time", "metric"])
@pytest.mark.parametrize("text", [b"cam-\xf6", b"\xed\xa0\x80", b"\\ud800", b"\xc0\xaf", b"cut\xe2\x82"])
def test_text_that_is_not_unicode_is_refused_among_many_too(field: str, text: bytes) -> None:
    named = {"metric": report(metrics={"MARK": 1})}.get(field, report(**{field: "MARK"}))
    bad = json.dumps(named).encode().replace(b"MARK", text)
    for every in (1, 7):
        given_units = [unit(report(id=str(i))) for i in range(60)]
        given_units[::every] = [unit(bad)] * len(given_units[::every])
        for known in ([], NAMES):
            batches, refused = validate(given_units, Vocabulary(known), EARLY_US)
            assert [place for place, _ in refused] == list(range(0, 60, every))
            assert {error.code for _, error in refused} == {"bad_utf8"}
            for made in batches:
                made.rows.validate(full=True)


def test_one_bad_line_does_not_spoil_a_thousand() -> None:
    given_units = [unit(report(device=f"cam-{i % 7}", id=str(i))) for i in range(1000)]
    given_units[517] = unit(b'{"tenant":"acme"')
    batches, refused = validate(given_units, Vocabulary(["temperature_c"]), EARLY_US)
    assert [(place, error.code) for place, error in refused] == [(517, "bad_json")]
    assert sum(len(made.places) for made in batches) == 999


def test_a_line_can_not_speak_for_the_next_sender() -> None:
    """Two objects on one line and an unfinished one after it must not shift the rows against their senders."""
    line = json.dumps(report(tenant=..., device=...)).encode()
    honest = [unit(line, "acme", f"cam-{i}") for i in range(40)]
    attack = [unit(line + line, "evil", "a"), unit(b'{"metrics":{},', "evil", "b"), unit(b"", "evil", "c")]
    batches, refused = validate(
        [*honest[:20], *attack, *honest[20:]], Vocabulary(["temperature_c"]), EARLY_US
    )
    assert [place for place, _ in refused] == [20, 21, 22]
    devices = {place: row["device"] for place, (_, row) in rows_of(batches).items()}
    assert devices == {**{i: f"cam-{i}" for i in range(20)}, **{i + 3: f"cam-{i}" for i in range(20, 40)}}


def test_more_metrics_than_a_batch_may_hold_make_more_batches() -> None:
    given_units = [unit(report(metrics={f"m{i}-{j}": 1 for j in range(200)})) for i in range(5)]
    batches, refused = validate(given_units, Vocabulary(), EARLY_US)
    assert not refused
    assert sorted(place for made in batches for place in made.places) == [0, 1, 2, 3, 4]
    assert all(len(telemetry.metrics_of(made.rows.schema)) <= telemetry.MAX_METRICS for made in batches)


def test_a_batch_is_never_too_long() -> None:
    line = json.dumps(report()).encode()
    batches, _ = validate([unit(line)] * 5000, Vocabulary(["temperature_c"]), EARLY_US)
    assert [len(made.places) for made in batches] == [telemetry.MAX_ROWS, 5000 - telemetry.MAX_ROWS]
    assert len({row["event_id"] for _, row in rows_of(batches).values()}) == 1


def test_received_time_is_kept() -> None:
    batches, _ = validate([unit(report())], Vocabulary(), EARLY_US)
    assert batches[0].rows.column("received_time")[0].value == NOW_US


def test_the_vocabulary_forgets_what_is_longest_unseen() -> None:
    vocabulary = Vocabulary(["old", *(f"m{i}" for i in range(254)), "kept"])
    vocabulary.learn(["m0", "kept", "new"])
    assert len(vocabulary.names) == telemetry.MAX_METRICS
    assert "old" not in vocabulary.names
    assert vocabulary.names[-3:] == ["m0", "kept", "new"]


def test_hostile_json_is_dead_lettered_not_fatal(shared_data: Path) -> None:
    """The JSON parsing suite: what must be refused is, and nothing of it is taken for telemetry."""
    files = sorted((shared_data / "json" / "test_parsing").glob("*.json"))
    suite = [unit(file.read_bytes()) for file in files]
    assert len(suite) > 300
    batches, refused = validate(suite, Vocabulary(NAMES), EARLY_US)
    assert not batches
    codes = {file.name: refused[place][1].code for place, file in enumerate(files)}
    assert all(
        code in ("bad_json", "bad_utf8", "too_deep", "not_object") or name == "n_object_duplicated"
        for name, code in codes.items()
        if name.startswith("n_")
    ), {name: code for name, code in codes.items() if name.startswith("n_")}


def test_naughty_strings_pass_as_text_and_fail_as_names(shared_data: Path) -> None:
    naughty: list[str] = json.loads((shared_data / "json" / "naughty_strings.json").read_text())
    texts_given = [unit(report(model=text or "x", metrics={"a": 1})) for text in naughty]
    batches, refused = validate(texts_given, Vocabulary(["a"]), EARLY_US)
    models = {place: row["model"] for place, (_, row) in rows_of(batches).items()}
    assert models == {place: naughty[place] or "x" for place in models}
    assert all(len(naughty[place]) > 128 for place, _ in refused)
    as_names, _ = validate([unit(report(device=text)) for text in naughty], Vocabulary(["a"]), EARLY_US)
    for made in as_names:
        assert all(row["device"].isascii() and "/" not in row["device"] for row in made.rows.to_pylist())
