"""VEX documents: what is taken out of one, and how a bad one is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.inventory.vex import Said, assessed
from tests.streams.inventory.sample import (
    Json,
    component,
    document,
    openvex,
    refused,
    sbom,
    statement,
)


def test_openvex_statements_are_about_products_and_their_parts(tmp_path: Path) -> None:
    parts = {
        "@id": "pkg:generic/camera",
        "subcomponents": [{"@id": "x", "identifiers": {"purl": "pkg:npm/a"}}],
    }
    content = openvex(
        statement(products=[parts, {"@id": "pkg:generic/pump"}], timestamp="2026-03-01T00:00:00Z"),
        statement(vulnerability="CVE-2", status="affected", action_statement="update"),
    )
    first, second, third = assessed(document(tmp_path, content))
    assert (first.data.products, first.data.components) == (("pkg:generic/camera",), ("pkg:npm/a",))
    assert (second.data.products, second.data.components) == (("pkg:generic/pump",), ())
    assert first.time == datetime(2026, 3, 1, tzinfo=UTC)
    assert (third.vulnerability, third.data.status, third.data.action) == ("CVE-2", "affected", "update")
    assert third.data.author == "Acme PSIRT"


def cyclonedx_vex(**more: Any) -> Json:
    analysis = {"state": "not_affected", "justification": "code_not_reachable", "detail": "never called"}
    one = {
        "id": "CVE-2026-1",
        "analysis": analysis,
        "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#ref0"}],
    }
    return {**sbom(), "metadata": {"timestamp": "2026-02-01T00:00:00Z"}, "vulnerabilities": [{**one, **more}]}


def test_cyclonedx_vex_is_about_what_its_links_point_to(tmp_path: Path) -> None:
    (said,) = assessed(document(tmp_path, cyclonedx_vex()), "camera")
    assert said == Said(
        "CVE-2026-1",
        datetime(2026, 2, 1, tzinfo=UTC),
        msgspec.structs.replace(
            said.data,
            status="not_affected",
            justification="code_not_reachable",
            impact="never called",
            products=("ref0",),
            model="camera",
        ),
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("resolved", "fixed"),
        ("false_positive", "not_affected"),
    ],
)
def test_states_of_cyclonedx_are_those_of_vex(tmp_path: Path, state: str, status: str) -> None:
    (said,) = assessed(document(tmp_path, cyclonedx_vex(analysis={"state": state})))
    assert said.data.status == status


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        ({"a": 1}, "@context", "is missing"),
        ({"@context": "https://example.org"}, "@context", "must begin with"),
        (openvex(statement(status="secret-thing")), "statements[0].status", "allowed"),
        (openvex(statement(justification="")), "statements[0].justification", "is missing"),
        (openvex(statement(products=[])), "statements[0].products", "give --model"),
        (openvex(statement(products=[{"@id": ""}])), "statements[0].products[0].@id", "is missing"),
        (openvex(statement(vulnerability={})), "statements[0].vulnerability.name", "is missing"),
        (sbom(component(0)), "vulnerabilities", "no VEX document"),
        (cyclonedx_vex(affects=[]), "vulnerabilities[].affects", "give --model"),
        (cyclonedx_vex(analysis={"state": "secret-thing"}), "vulnerabilities[0].analysis.state", "allowed"),
        ([], "", "must be a JSON object"),
    ],
)
def test_a_bad_vex_document_is_refused_by_field(
    tmp_path: Path, content: Any, field: str, reason: str
) -> None:
    error = refused(tmp_path, content, assessed)
    assert error.field == field
    assert reason in error.reason
    assert "secret-thing" not in str(error)
