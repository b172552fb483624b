"""Small documents of each kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Rejected
from streams.inventory.document import Document, read

Json = dict[str, Any]


def component(number: int, **more: Any) -> Json:
    return {
        "type": "library",
        "bom-ref": f"ref{number}",
        "name": f"lib{number}",
        "version": "1.2.3",
        "purl": f"pkg:pypi/lib{number}@1.2.3",
        "hashes": [{"alg": "SHA-256", "content": "A" * 64}],
        "licenses": [{"license": {"id": "MIT"}}],
        **more,
    }


def sbom(*components: Json, version: str = "1.6", **more: Any) -> Json:
    about = {
        "type": "firmware",
        "bom-ref": "fw",
        "name": "camera",
        "version": "4.2.0",
        "purl": "pkg:generic/camera@4.2.0",
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {"component": about},
        "components": list(components),
        **more,
    }


def osv(**more: Any) -> Json:
    events = [{"introduced": "0"}, {"fixed": "1.2.4"}]
    return {
        "schema_version": "1.7.0",
        "id": "PYSEC-1",
        "modified": "2026-01-01T00:00:00Z",
        "aliases": ["CVE-2026-1"],
        "summary": "lib0 runs what it gets",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "lib0"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
        "references": [{"type": "WEB", "url": "https://example.org"}],
        **more,
    }


def openvex(*statements: Json, **more: Any) -> Json:
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://acme.example/vex/1",
        "author": "Acme PSIRT",
        "timestamp": "2026-02-01T00:00:00Z",
        "version": 1,
        "statements": list(statements),
        **more,
    }


def statement(**more: Any) -> Json:
    return {
        "vulnerability": {"name": "CVE-2026-1"},
        "products": [{"@id": "pkg:generic/camera@4.2.0"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
        **more,
    }


def written(folder: Path, content: Any, name: str = "document.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return path


def document(folder: Path, content: Any) -> Document:
    return read(written(folder, content))


def refused(folder: Path, content: Any, take: Any) -> Rejected:
    """How `take` refuses a file with this content."""
    with pytest.raises(Rejected) as error:
        list(take(document(folder, content)))
    return error.value
