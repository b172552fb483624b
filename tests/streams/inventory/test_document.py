"""Files of the inventory: what can't be read is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import Rejected
from streams.inventory import document as documents
from streams.inventory.sbom import listed
from tests.streams.inventory.sample import (
    sbom,
    written,
)


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
