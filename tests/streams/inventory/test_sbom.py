"""SBOMs: what is taken out of one, and how a bad one is refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from schemas.topics import MAX_EVENT_BYTES
from streams.inventory.sbom import PART_BYTES, listed
from tests.streams.inventory.sample import (
    Json,
    component,
    document,
    refused,
    sbom,
)


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
