"""Public test vectors: good and corrupted proofs for transparency logs, and signed notes of the reference implementations.

The folders `subtree*` are left out: proofs about subtrees that don't begin with the first leaf belong to a draft (Merkle tree
certificates), not to RFC 9162, and nothing here makes or takes them.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from detectors.proof.note import PrivateKey, PublicKey, opened
from detectors.proof.path import is_consistent, is_included

# golang.org/x/mod/sumdb/note, its documentation.
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n\u2014 PeterNeumann {GO_SIGNATURE}\n"
# c2sp.org/signed-note, its test vector.
C2SP_PUBLIC = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def vectors(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    if not folder.is_dir():
        pytest.skip(f"no {folder.name} vectors among the recorded data")
    return [(str(path.relative_to(folder)), json.loads(path.read_bytes())) for path in folder.rglob("*.json")]


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_inclusion(shared_data: Path) -> None:
    found = vectors(shared_data / "merkle" / "inclusion")
    wrong = [
        name
        for name, case in found
        if is_included(
            raw(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [raw(hash_) for hash_ in case["proof"] or ()],
            raw(case["root"]),
        )
        == case["wantErr"]
    ]
    assert found
    assert not wrong


def test_consistency(shared_data: Path) -> None:
    found = vectors(shared_data / "merkle" / "consistency")
    wrong = [
        name
        for name, case in found
        if is_consistent(
            case["size1"],
            raw(case["root1"]),
            case["size2"],
            raw(case["root2"]),
            [raw(hash_) for hash_ in case["proof"] or ()],
        )
        == case["wantErr"]
    ]
    assert found
    assert not wrong


def test_notes_are_those_of_the_reference_implementation() -> None:
    key = PrivateKey.parse(GO_PRIVATE)
    assert key.text() == GO_PRIVATE
    assert str(key.public) == GO_PUBLIC
    assert key.sign(GO_TEXT) == GO_NOTE
    assert opened(GO_NOTE, PublicKey.parse(GO_PUBLIC)) == GO_TEXT


def test_notes_of_others_are_read() -> None:
    assert opened(C2SP_NOTE, PublicKey.parse(C2SP_PUBLIC)) == "This is an example message.\n"
