"""What goes back: the same bytes or the repaired ones, and never in the name of somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetter
from schemas.errors import Rejected
from streams.dead_letters.repair import Repair, parse_assignment, repaired
from tests.streams.dead_letters.sample import dead

REPORT = {"time": "soon", "metrics": {"cpu_pct": "hot", "a.b": 1}}


def refusal(letter: DeadLetter, repair: Repair) -> tuple[str, str]:
    """Code and field of why it can't go back."""
    with pytest.raises(Rejected) as caught:
        repaired(letter, repair)
    return caught.value.code, caught.value.field


@given(st.binary(max_size=60))
def test_without_a_repair_a_gateways_bytes_go_back_as_they_were(raw: bytes) -> None:
    assert repaired(dead(raw), Repair()) == raw


def test_paths_are_set_and_removed() -> None:
    repair = Repair(
        set=(("time", "2026-06-01T12:00:00Z"), ("/metrics/a.b", 2), ("x.y", [1])), remove=("metrics.cpu_pct",)
    )
    made = json.loads(repaired(dead(REPORT), repair))
    assert made == {"time": "2026-06-01T12:00:00Z", "metrics": {"a.b": 2}, "x": {"y": [1]}}
    assert repair.changed == ("time", "/metrics/a.b", "x.y", "metrics.cpu_pct")
    assert repaired(dead(), Repair(replacement=b"{}")) == b"{}"


@pytest.mark.parametrize(
    ("raw", "repair", "wanted"),
    [
        (b"{broken", Repair(set=(("time", 1),)), ("bad_json", "")),
        (b"\xff{}", Repair(set=(("time", 1),)), ("bad_json", "")),
        (b"[" * 100_000, Repair(set=(("time", 1),)), ("bad_json", "")),
        (b"[1]", Repair(set=(("time", 1),)), ("not_object", "")),
        (b'{"a": NaN}', Repair(set=(("time", 1),)), ("not_finite", "")),
        (b'{"a": "\\ud800"}', Repair(set=(("time", 1),)), ("bad_utf8", "")),
        (b'{"a": 1}', Repair(set=(("a.b", 1),)), ("bad_path", "a.b")),
        (b'{"a": 1}', Repair(remove=("b",)), ("bad_path", "b")),
        (b" " * 1_048_577, Repair(), ("oversized", "")),
    ],
)
def test_what_can_not_be_repaired_says_why(raw: bytes, repair: Repair, wanted: tuple[str, str]) -> None:
    assert refusal(dead(raw), repair) == wanted


def test_what_another_process_refused_is_no_input() -> None:
    letter = dead({"device": "cam-1"}, process="archive", origin="alerts/0/3")
    assert refusal(letter, Repair())[0] == "not_input"


def test_what_a_device_sent_goes_back_under_its_certificates_name() -> None:
    letter = dead(REPORT, tenant="acme", device="cam-1", origin="http:/v1/telemetry")
    made = json.loads(repaired(letter, Repair(set=(("time", "2026-06-01T12:00:00Z"),))))
    assert (made["tenant"], made["device"]) == ("acme", "cam-1")
    event = dead({"specversion": "1.0", "type": "attestation.passed.v1"}, tenant="acme", device="cam-1")
    assert json.loads(repaired(event, Repair()))["subject"] == "cam-1"


@pytest.mark.parametrize(
    ("raw", "repair", "wanted"),
    [
        ({"device": "cam-2"}, Repair(), ("identity_mismatch", "device")),
        ({"tenant": "umbrella"}, Repair(), ("identity_mismatch", "tenant")),
        ({"tenant": None}, Repair(), ("identity_mismatch", "tenant")),
        ({}, Repair(set=(("device", "cam-2"),)), ("identity_mismatch", "device")),
        ({}, Repair(replacement=b'{"device":"cam-1","device":"cam-2"}'), ("identity_mismatch", "device")),
        ({"specversion": "1.0", "subject": "cam-2"}, Repair(), ("identity_mismatch", "subject")),
        ({"specversion": "1.0", "type": "session.opened.v1"}, Repair(), ("forbidden_type", "type")),
        ({"specversion": "1.0", "type": "device.provisioned.v1"}, Repair(), ("forbidden_type", "type")),
        (b'{"device":"cam-1"}\n{"device":"cam-2"}', Repair(), ("bad_json", "")),
    ],
)
def test_nobody_can_have_an_operator_forge_for_them(
    raw: bytes | dict[str, Any], repair: Repair, wanted: tuple[str, str]
) -> None:
    letter = dead(raw, tenant="acme", device="cam-1", origin="http:/v1/telemetry")
    assert refusal(letter, repair) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("time=2026-06-01T12:00:00Z", ("time", "2026-06-01T12:00:00Z")),
        ("metrics.a=3.5", ("metrics.a", 3.5)),
        ('id="7"', ("id", "7")),
        ("a=b=c", ("a", "b=c")),
        ("a=", ("a", "")),
    ],
)
def test_an_assignment_is_read(text: str, wanted: tuple[str, Any]) -> None:
    assert parse_assignment(text) == wanted


@pytest.mark.parametrize("text", ["time", "=1", ""])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="path=value"):
        parse_assignment(text)
