"""Every rule for one telemetry object, with the field and code its breach is reported by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.errors import Rejected
from streams.ingest.record import parse_record
from tests.streams.ingest.sample import EARLY_US, NOW_US, report, unit

BROKEN: list[tuple[str, str, Any]] = [
    ("missing_field", "time", report(time=...)),
    ("missing_field", "metrics", report(metrics=...)),
    ("missing_field", "metrics", report(metrics=None)),
    ("missing_field", "tenant", report(tenant=...)),
    ("missing_field", "device", report(device=None)),
    ("bad_name", "tenant", report(tenant="a/b")),
    ("bad_name", "device", report(device="")),
    ("bad_name", "device", report(device="x" * 65)),
    ("bad_name", "device", report(device="cam\n")),
    ("bad_name", "device", report(device=7)),
    ("bad_time", "time", report(time=1780315140)),
    ("bad_time", "time", report(time="yesterday")),
    ("bad_time", "time", report(time="2026-06-01T11:59:00")),
    ("too_old", "time", report(time="1970-01-01T00:00:00Z")),
    ("in_future", "time", report(time="2026-06-01T12:01:00.000001Z")),
    ("bad_type", "metrics", report(metrics=[1])),
    ("bad_type", "metrics.a", report(metrics={"a": True})),
    ("bad_type", "metrics.a", report(metrics={"a": "1"})),
    ("bad_type", "metrics.a", report(metrics={"a": {}})),
    ("not_finite", "metrics.a", report(metrics={"a": float("nan")})),
    ("not_finite", "metrics.a", report(metrics={"a": float("-inf")})),
    ("not_finite", "metrics.a", report(metrics={"a": 10**400})),
    ("bad_name", "metrics.(unprintable name)", report(metrics={"a b": 1})),
    ("bad_name", "metrics.(unprintable name)", report(metrics={"": None})),
    ("too_many_metrics", "metrics", report(metrics={f"m{i}": i for i in range(257)})),
    ("bad_type", "model", report(model=3)),
    ("bad_length", "site", report(site="x" * 129)),
    ("bad_length", "id", report(id="")),
    ("unknown_field", "temperature", report(temperature=21.5)),
    ("unknown_field", "(unprintable name)", report(**{"a b": None})),
    ("oversized", "", report(note="x" * 1_048_576)),
]
BROKEN_TEXT = [
    ("bad_json", "", b""),
    ("bad_json", "", b"{"),
    ("bad_json", "", b'{"a":1}{"a":1}'),
    ("bad_json", "", b"\xef\xbb\xbf{}"),
    ("not_object", "", b"[1]"),
    ("bad_utf8", "", b'{"model":"\xff"}'),
    ("bad_utf8", "", b'{"model":"\\ud800"}'),
    ("duplicate_key", "time", b'{"time":"a","time":"b"}'),
    ("duplicate_key", "a", b'{"metrics":{"a":1,"a":2}}'),
    ("too_deep", "", b"[" * 100_000),
    ("not_finite", "metrics.a", json.dumps(report()).replace('"temperature_c": 21.5', '"a": 1e999').encode()),
]


@pytest.mark.parametrize(("code", "field", "value"), [*BROKEN, *BROKEN_TEXT])
def test_a_broken_rule_is_named(code: str, field: str, value: Any) -> None:
    with pytest.raises(Rejected) as caught:
        parse_record(unit(value), EARLY_US)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.reason


def test_the_reason_never_holds_the_value() -> None:
    secret = "hunter2-very-secret"
    for changes in (
        {"time": secret},
        {"tenant": secret + "!"},
        {"metrics": {"a": secret}},
        {"model": [secret]},
    ):
        with pytest.raises(Rejected) as caught:
            parse_record(unit(report(**changes)), EARLY_US)
        assert secret not in str(caught.value)


def test_good_values_are_kept_exactly() -> None:
    made = parse_record(
        unit(
            report(
                id="7",
                model="m",
                time="2026-06-01t13:59:00.1234567+02:00",
                metrics={"a": -0.5, "b": None, "c": 2**53},
            )
        ),
        EARLY_US,
    )
    assert made.metrics == {"a": -0.5, "c": float(2**53)}
    assert made.time_us == NOW_US - 60_000_000 + 123_456
    assert (made.id, made.tenant, made.device, made.model, made.site) == ("7", "acme", "cam-1", "m", None)


def test_no_metric_with_a_value_is_a_sign_of_life() -> None:
    assert parse_record(unit(report(metrics={})), EARLY_US).metrics == {}


def test_the_certificate_decides_who_it_is() -> None:
    made = parse_record(unit(report(tenant=..., device=...), "acme", "cam-9"), EARLY_US)
    assert (made.tenant, made.device) == ("acme", "cam-9")
    assert parse_record(unit(report(), "acme", "cam-1"), EARLY_US).device == "cam-1"
    with pytest.raises(Rejected) as caught:
        parse_record(unit(report(), "acme", "cam-2"), EARLY_US)
    assert (caught.value.code, caught.value.field) == ("identity_mismatch", "device")
    with pytest.raises(Rejected, match="device"):
        parse_record(unit(report(), "acme", "?"), EARLY_US)
