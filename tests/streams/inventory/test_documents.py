"""SBOM, OSV and VEX files: what is taken out of them, and how a bad one is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.errors import Rejected
from schemas.topics import MAX_EVENT_BYTES
from streams.inventory import document as documents
from streams.inventory.osv import published
from streams.inventory.sbom import PART_BYTES, listed
from streams.inventory.vex import Said, assessed
from tests.streams.inventory.sample import (
    Json,
    component,
    document,
    openvex,
    osv,
    sbom,
    statement,
    written,
)


def refused(folder: Path, content: Any, take: Any) -> Rejected:
    with pytest.raises(Rejected) as error:
        list(take(document(folder, content)))
    return error.value


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6"])
def test_an_sbom_says_what_the_firmware_is_made_of(tmp_path: Path, version: str) -> None:
    inner = component(2, group="org.inner", licenses=[{"expression": "MIT OR Apache-2.0"}])
    (event,) = listed(
        document(tmp_path, sbom(component(0, components=[inner]), component(1), version=version))
    )
    assert (event.model, event.firmware, event.purl, event.ref) == (
        "camera",
        "4.2.0",
        "pkg:generic/camera@4.2.0",
        "fw",
    )
    assert (event.part, event.parts, event.format) == (1, 1, f"CycloneDX {version}")
    assert [one.name for one in event.components] == ["lib0", "org.inner/lib2", "lib1"]
    first = event.components[0]
    assert (first.purl, first.ref, first.kind) == ("pkg:pypi/lib0@1.2.3", "ref0", "library")
    assert first.hashes == {"SHA-256": "a" * 64}
    assert event.components[1].licences == ("MIT OR Apache-2.0",)


def test_a_large_sbom_is_cut_into_events_that_fit(tmp_path: Path) -> None:
    parts = listed(document(tmp_path, sbom(*(component(n, group="g" * 700) for n in range(700)))))
    assert [part.part for part in parts] == list(range(1, len(parts) + 1))
    assert {part.parts for part in parts} == {len(parts)} != {1}
    assert max(len(msgspec.json.encode(part)) for part in parts) < MAX_EVENT_BYTES
    assert min(len(msgspec.json.encode(part)) for part in parts[:-1]) > PART_BYTES // 2
    assert len({one.ref for part in parts for one in part.components}) == 700


def test_an_sbom_without_components_is_one_event(tmp_path: Path) -> None:
    (event,) = listed(document(tmp_path, sbom()))
    assert event.components == ()


def test_the_command_may_say_whose_firmware_it_is(tmp_path: Path) -> None:
    content = sbom(component(0), metadata={})
    assert refused(tmp_path, content, listed).field == "metadata.component.name"
    (event,) = listed(document(tmp_path, content), "pump", "9")
    assert (event.model, event.firmware) == ("pump", "9")


BAD_SBOMS: list[tuple[Json, str, str]] = [
    ({"bomFormat": "SPDX"}, "bomFormat", "must be CycloneDX"),
    ({"specVersion": "1.3"}, "specVersion", "must be one of 1.4, 1.5, 1.6"),
    ({"components": {"a": 1}}, "components", "wrong type"),
    ({"components": [component(0), {"type": "library"}]}, "components[1].name", "is missing"),
    (
        {"components": [component(n) for n in range(130)] + [component(0, type="secret-thing")]},
        "components[130].type",
        "allowed",
    ),
    ({"components": [component(0, version=7)]}, "components[0].version", "wrong type"),
    ({"components": [component(0, secret_thing=1)]}, "components[0]", "does not know"),
    (
        {"components": [component(0, hashes=[{"alg": "SHA-256", "content": "secret-thing"}])]},
        "components[0].hashes[0].content",
        "written as",
    ),
    ({"serialNumber": "secret-thing"}, "serialNumber", "written as"),
    ({"components": [component(0, purl="secret-thing")]}, "components[0:1]", "package URL"),
    (
        {"metadata": {"component": {"type": "firmware", "name": "a/b", "version": "1"}}},
        "metadata.component.name",
        "slash",
    ),
]


@pytest.mark.parametrize(("change", "field", "reason"), BAD_SBOMS)
def test_a_bad_sbom_is_refused_by_field_and_never_quoted(
    tmp_path: Path, change: Json, field: str, reason: str
) -> None:
    error = refused(tmp_path, {**sbom(component(0)), **change}, listed)
    assert error.field == field
    assert reason in error.reason
    assert "secret-thing" not in str(error)


def test_a_component_that_is_too_large_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, sbom(component(0, name="n" * 70_000)), listed)
    assert (error.code, error.field) == ("oversized", f"components ({'n' * 64})")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": ', "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 5000 + b"]" * 5000, "nests too deeply"),
        (b"", "JSON"),
        (b"[1]", "object"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(Rejected, match=reason):
        listed(documents.read(path))


def test_a_file_that_is_not_there_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Rejected, match="No such file"):
        documents.read(tmp_path / "nothing.json")
    monkeypatch.setattr(documents, "MOST_BYTES", 10)
    with pytest.raises(Rejected, match="more than 10"):
        documents.read(written(tmp_path, sbom()))


def test_an_osv_record_says_what_is_affected(tmp_path: Path) -> None:
    ((name, event),) = published(document(tmp_path, osv()))
    assert name == "PYSEC-1"
    assert (event.severity, event.score, event.aliases) == ("critical", 9.8, ("CVE-2026-1",))
    assert event.modified == datetime(2026, 1, 1, tzinfo=UTC)
    (affected,) = event.affected
    assert (affected.ecosystem, affected.name) == ("PyPI", "lib0")
    assert [(b.kind, b.version) for b in affected.ranges[0].boundaries] == [
        ("introduced", "0"),
        ("fixed", "1.2.4"),
    ]


def test_a_file_may_have_many_records_and_their_database_may_rate_them(tmp_path: Path) -> None:
    rated = osv(id="GHSA-1", severity=[], database_specific={"severity": "MODERATE"})
    unrated = osv(id="X", severity=[{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}])
    found = dict(published(document(tmp_path, [rated, unrated])))
    assert (found["GHSA-1"].severity, found["GHSA-1"].score) == ("medium", None)
    assert (found["X"].severity, found["X"].vector) == ("unknown", "CVSS:4.0/AV:N")


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"modified": "yesterday"}, "[0].modified", ""),
        ({"id": ""}, "[0].id", "is empty"),
        (
            {"affected": [{"ranges": [{"type": "DATES", "events": []}]}]},
            "[0].affected[0].ranges[0].type",
            "allowed",
        ),
        (
            {"affected": [{"ranges": [{"type": "GIT", "events": [{"fixed": "a"}]}]}]},
            "[0].affected[0].ranges[0].events",
            "introduced",
        ),
        (
            {"affected": [{"ranges": [{"type": "GIT", "events": [{"introduced": "0", "fixed": "a"}]}]}]},
            "[0].affected[0].ranges[0].events[0]",
            "exactly one",
        ),
        (
            {"affected": [{"ranges": [{"type": "GIT", "events": [{"secret-thing": "0"}]}]}]},
            "[0].affected[0].ranges[0].events[0].kind",
            "allowed",
        ),
        ({"affected": [{"versions": ["1" * 30] * 20_000}]}, "[0].affected", "half a megabyte"),
    ],
)
def test_a_bad_osv_record_is_refused_by_field(tmp_path: Path, change: Json, field: str, reason: str) -> None:
    error = refused(tmp_path, [osv(**change)], published)
    assert error.field == field
    assert reason in error.reason
    assert "secret-thing" not in str(error)


def test_an_osv_record_without_an_id_says_so(tmp_path: Path) -> None:
    content = osv()
    del content["id"]
    error = refused(tmp_path, content, published)
    assert (error.field, error.reason) == ("id", "is missing")


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
