"""`verify` as it is typed: a file, a public key, and no Kafka anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from detectors.proof import base64
from detectors.proof.document import ConsistencyDocument, InclusionDocument, RecordDocument
from streams.proof.__main__ import app
from tests.streams.proof.log import KEY, append, checkpoint, notary, record


@pytest.fixture(autouse=True)
def no_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_KAFKA_BOOTSTRAP", "127.0.0.1:1")


def verify(path: Path, *more: str, key: str = str(KEY.public)) -> Result:
    return CliRunner().invoke(app, ["verify", str(path), "--key", key, *more])


@pytest.fixture
def proofs(tmp_path: Path) -> tuple[Path, Path]:
    """Files with an inclusion and a consistency proof."""
    one = notary()
    append(one, [record(0), record(1)])
    old = checkpoint(one)
    leaves = append(one, [record(2), record(3)])
    new = checkpoint(one)
    included = InclusionDocument(
        index=2,
        leaf_hash=leaves[0].leaf_hash,
        salt=leaves[0].salt,
        record=RecordDocument.of(record(2)),
        path=[base64.encode(hash_) for hash_ in one.tree.inclusion(2, 4)],
        checkpoint=new.note,
    )
    path = [base64.encode(hash_) for hash_ in one.tree.consistency(2, 4)]
    continued = ConsistencyDocument(old=old.note, new=new.note, path=path)
    files = tmp_path / "inclusion.json", tmp_path / "consistency.json"
    for file, document in zip(files, (included, continued), strict=True):
        file.write_bytes(msgspec.json.encode(document) + b"\n")
    return files


def test_a_true_proof_is_told_so(proofs: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY.public}\n")
    included = verify(proofs[0], key=str(tmp_path / "key"))
    assert included.exit_code == 0
    assert "credential-decisions/0/2 is, byte for byte, leaf 2 of the 4" in included.stdout
    assert json.loads(verify(proofs[1], "--json").stdout)["old_size"] == 2


def test_a_changed_proof_is_told_where_with_exit_code_1(proofs: tuple[Path, Path]) -> None:
    document = json.loads(proofs[0].read_bytes())
    document["record"]["value"] = base64.encode(b"[]")
    proofs[0].write_text(json.dumps(document))
    told = verify(proofs[0])
    assert (told.exit_code, told.stderr) == (1, "record: is not what the leaf was made of\n")
    proofs[1].write_text("{}")
    assert verify(proofs[1]).exit_code == 1


def test_what_is_used_wrongly_ends_with_2(proofs: tuple[Path, Path], tmp_path: Path) -> None:
    assert verify(proofs[0], key="nonsense").exit_code == 2
    assert verify(tmp_path / "missing").exit_code == 2
