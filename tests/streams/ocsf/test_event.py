"""Every event type becomes an OCSF event that has what OCSF demands, and nothing of the original is lost."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding  # type: ignore[import-untyped]
from py_ocsf_models.events.findings.detection_finding import DetectionFinding  # type: ignore[import-untyped]
from py_ocsf_models.objects.finding_info import FindingInformation  # type: ignore[import-untyped]
from py_ocsf_models.objects.metadata import Metadata  # type: ignore[import-untyped]
from py_ocsf_models.objects.vulnerability_details import VulnerabilityDetails  # type: ignore[import-untyped]

from schemas import golden
from schemas.event import Envelope, encode
from schemas.registry import EVENTS, decode
from schemas.sample import TIME, sample_envelope, sample_of
from streams.ocsf import classes
from streams.ocsf.event import to_ocsf
from streams.ocsf.mapping import TABLE, UNMAPPED, row_of
from streams.ocsf.objects import milliseconds

# Whoever adds a type to one of these says what it is to a SIEM.
DEMANDED = {
    "security-events",
    "detections",
    "alerts",
    "credential-decisions",
    "enforcement-receipts",
    "gate-verdicts",
    "inventory",
}
MODELS: dict[int, type[Any]] = {2003: ComplianceFinding, 2004: DetectionFinding}


def samples(name: str) -> list[Envelope]:
    return [sample_envelope(EVENTS[name], full=full) for full in (True, False)]


def test_every_security_detection_alert_and_decision_type_has_a_row() -> None:
    missing = [name for name, kind in EVENTS.items() if kind.TOPIC in DEMANDED and name not in TABLE]
    assert missing == []
    assert set(TABLE) <= set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_sample_of_every_type_has_what_ocsf_demands(name: str) -> None:
    for envelope in samples(name):
        check(envelope, to_ocsf(envelope, "security-events/1/2"))


@pytest.mark.parametrize("name", TABLE)
def test_every_golden_record_can_be_exported(name: str) -> None:
    for record in golden.read(name):
        envelope = decode(*record.record)
        check(envelope, to_ocsf(envelope))


def check(envelope: Envelope, event: dict[str, Any]) -> None:
    kind = row_of(envelope.type).ocsf
    assert json.loads(json.dumps(event)) == event
    assert event["class_uid"] == kind.uid
    assert event["category_uid"] == kind.uid // 1000
    assert event["activity_id"] in {*kind.activities, classes.OTHER}
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["severity_id"] in range(6)
    assert event["time"] == milliseconds(envelope.time)
    assert [name for name in kind.required if event.get(name) in (None, "", {}, [])] == []
    metadata = event["metadata"]
    assert metadata["version"] == "1.5.0"
    assert metadata["product"]["vendor_name"]
    assert (metadata["uid"], metadata["event_code"]) == (envelope.id, envelope.type)
    assert metadata["tenant_uid"] == envelope.tenant
    assert event["raw_data"] == encode(envelope).decode()
    Metadata.model_validate(metadata)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.ocsf.uid in MODELS])
def test_findings_are_valid_in_the_ocsf_models(name: str) -> None:
    for envelope in samples(name):
        event = to_ocsf(envelope)
        model = MODELS[event["class_uid"]].model_validate(event)
        assert model.type_uid == event["type_uid"]


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.ocsf is classes.VULNERABILITY])
def test_objects_of_vulnerability_findings_are_valid_in_the_ocsf_models(name: str) -> None:
    for envelope in samples(name):
        event = to_ocsf(envelope)
        FindingInformation.model_validate(event["finding_info"])
        for found in event["vulnerabilities"]:
            VulnerabilityDetails.model_validate(found)


@given(st.sampled_from(sorted(EVENTS)), st.text(max_size=30))
def test_whatever_a_text_says_the_event_can_be_exported(name: str, text: str) -> None:
    kind = EVENTS[name]
    content = {
        key: text if isinstance(value, str) else value for key, value in sample_of(kind, full=True).items()
    }
    plain = sample_of(kind, full=True)
    for key, value in content.items():
        # Enums, digests and times keep their sample.
        try:
            msgspec.convert({**plain, key: value}, kind)
        except msgspec.ValidationError:
            content[key] = plain[key]
    envelope = msgspec.structs.replace(
        sample_envelope(kind, full=True), data=msgspec.convert(content, kind), subject=text or "x"
    )
    event = to_ocsf(envelope)
    assert event["metadata"]["uid"] == envelope.id
    assert event["raw_data"] == encode(envelope).decode()


def of(name: str, **data: Any) -> dict[str, Any]:
    """The export of one event of `cam-1`."""
    kind = EVENTS[name]
    content = msgspec.convert({**sample_of(kind, full=False), **data}, kind)
    return to_ocsf(
        Envelope(id="e1", type=name, source="edge", subject="cam-1", tenant="acme", time=TIME, data=content)
    )


def test_a_refused_login_is_a_failed_logon_from_where_it_came() -> None:
    event = of("authentication.failed.v1", account="admin", address="203.0.113.7", reason="wrong password")
    assert (event["type_uid"], event["status_id"]) == (300201, 2)
    assert event["user"]["name"] == "admin"
    assert event["src_endpoint"] == {"ip": "203.0.113.7"}
    assert event["dst_endpoint"]["hostname"] == "cam-1"
    assert event["status_detail"] == "wrong password"


@pytest.mark.parametrize("address", ["sealed.v1.abcdef", "gateway.local", "1.2.3.4.5", "203.0.113.7:22"])
def test_an_address_that_is_none_is_a_name(address: str) -> None:
    assert of("authentication.failed.v1", address=address)["src_endpoint"] == {"name": address}


def test_a_blocked_flow_is_refused_and_goes_from_the_device_to_its_peer() -> None:
    event = of(
        "network_policy.violated.v1",
        peer="2001:db8::1",
        direction="outbound",
        outcome="blocked",
        port=443,
        bytes_sent=10,
    )
    assert event["type_uid"] == 400105
    assert event["src_endpoint"]["hostname"] == "cam-1"
    assert event["dst_endpoint"] == {"ip": "2001:db8::1", "port": 443}
    assert event["traffic"]["bytes_out"] == 10


@pytest.mark.parametrize(("state", "activity"), [("SF", 2), (None, 2), ("RSTO", 3), ("S0", 4), ("REJ", 5)])
def test_a_flow_is_closed_by_how_it_ended_and_uncounted_numbers_are_left_out(
    state: str | None, activity: int
) -> None:
    event = of(
        "network_flow.closed.v1", peer="192.0.2.9", direction="inbound", port=22, state=state, duration_s=1.5
    )
    assert event["type_uid"] == 400100 + activity
    assert event["src_endpoint"] == {"ip": "192.0.2.9"}
    assert event["dst_endpoint"]["port"] == 22
    assert event["duration"] == 1500
    assert "traffic" not in event
    counted = of("network_flow.closed.v1", bytes_sent=0, packets_received=3)
    assert counted["traffic"] == {"bytes_out": 0, "packets_in": 3}


def test_a_finding_keeps_its_id_until_it_is_over() -> None:
    found = of("configuration.drift_found.v1", baseline="cis@1", setting="ssh", severity="high")
    gone = of("configuration.drift_resolved.v1", baseline="cis@1", setting="ssh", outcome="reverted")
    assert found["finding_info"]["uid"] == gone["finding_info"]["uid"]
    assert [found["activity_id"], gone["activity_id"]] == [1, 3]
    assert [found["compliance"]["status_id"], gone["compliance"]["status_id"]] == [3, 1]
    assert found["severity"] == "High"


def test_a_vex_status_is_the_status_of_the_finding() -> None:
    statuses = ("unassessed", "not_affected", "fixed", "under_investigation")
    ids = [of("vulnerability.found.v1", status=status)["status_id"] for status in statuses]
    assert ids == [1, 3, 4, 2]
    event = of(
        "vulnerability.found.v1",
        vulnerability="GHSA-1",
        aliases=["CVE-2026-1"],
        score=9.8,
        severity="critical",
    )
    assert event["vulnerabilities"][0]["cve"]["uid"] == "CVE-2026-1"
    assert event["severity_id"] == 5


@pytest.mark.parametrize(
    ("action", "activity"), [("hold", 1), ("revoke", 2), ("reinstate", 3), ("monitor", classes.OTHER)]
)
def test_a_decision_is_the_countermeasure_it_asks_for(action: str, activity: int) -> None:
    event = of("credential.decided.v1", action=action, state="decided")
    assert (event["activity_id"], event["command_uid"]) == (activity, "e1")


def test_a_type_without_a_row_is_exported_with_its_fields() -> None:
    event = of("ingest.counted.v1", received=3)
    assert row_of("ingest.counted.v1") is UNMAPPED
    assert (event["class_uid"], event["unmapped"]["received"]) == (0, 3)


def test_every_row_says_why() -> None:
    assert all(row.why for row in TABLE.values())


def test_the_reasons_of_a_finding_are_its_evidence() -> None:
    event = of(
        "detection.raised.v1",
        contributions=[
            {"metric": "tx_kbps", "actual": 48.0, "expected": 4.0, "low": 1.0, "high": 7.0, "score": 44.0}
        ],
        expectations=[{"what": "places at once", "seen": "2", "expected": "1"}],
        cohort={"peers": 39, "changed": 0},
        nearest={"metric": "tx_kbps", "value": 7.0, "distance": 41.0},
    )
    DetectionFinding.model_validate(event)
    assert [one["name"] for one in event["evidences"]] == ["tx_kbps", "places at once"]
    assert event["evidences"][0]["data"]["actual"] == 48.0
    assert event["unmapped"]["cohort"] == {"peers": 39, "changed": 0}
    assert event["unmapped"]["nearest"]["value"] == 7.0
    assert "evidences" not in of("detection.raised.v1")
