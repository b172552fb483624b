"""Proofs as JSON documents that anybody can check who has the public key: nothing else is needed, no log, no network."""

from __future__ import annotations

from typing import Literal

import msgspec

from detectors.proof import base64
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.leaf import LoggedRecord, salted_hash
from detectors.proof.note import PublicKey
from detectors.proof.path import is_consistent, is_included
from schemas.errors import Rejected


class RecordDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record as JSON: key, header values and value in base64, null where absent."""

    topic: str
    partition: int
    offset: int
    key: str | None
    headers: list[tuple[str, str | None]]
    value: str | None

    @classmethod
    def of(cls, record: LoggedRecord) -> RecordDocument:
        """The document of a record."""
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=_text(record.key),
            headers=[(name, _text(value)) for name, value in record.headers],
            value=_text(record.value),
        )

    def record(self) -> LoggedRecord:
        """The record; Rejected where something is not base64."""
        headers = tuple((name, _data(value, f"record.headers.{name}")) for name, value in self.headers)
        key, value = _data(self.key, "record.key"), _data(self.value, "record.value")
        return LoggedRecord(self.topic, self.partition, self.offset, key, headers, value)


class InclusionDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a leaf is in the log. `salt` and `record` are null once erased: then only the leaf's hash is proven, not what it was."""

    kind: Literal["inclusion"] = "inclusion"
    index: int
    leaf_hash: str
    salt: str | None
    record: RecordDocument | None
    path: list[str]
    checkpoint: str


class ConsistencyDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the log of the new checkpoint begins with the whole log of the old one: nothing was changed, removed or put in between."""

    kind: Literal["consistency"] = "consistency"
    old: str
    new: str
    path: list[str]


Document = InclusionDocument | ConsistencyDocument


def parse(text: bytes) -> Document:
    """The document in this JSON; Rejected where it is none, has a field too many or one too few."""
    try:
        kind = bytes(msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("kind", b""))
        if kind == b'"inclusion"':
            return msgspec.json.decode(text, type=InclusionDocument)
        if kind == b'"consistency"':
            return msgspec.json.decode(text, type=ConsistencyDocument)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Rejected(
            "bad_proof", "", "is not a proof in JSON, as `prove` and `consistency` write it"
        ) from None
    raise Rejected("bad_proof", "kind", "must be inclusion or consistency")


def verify_inclusion(document: InclusionDocument, key: PublicKey) -> Checkpoint:
    """The checkpoint in which the leaf, and the record where there is one, is proven to be; Rejected where it isn't."""
    checkpoint = Checkpoint.verified(document.checkpoint, key)
    leaf = base64.decode(document.leaf_hash, "leaf_hash")
    if (document.salt is None) != (document.record is None):
        raise Rejected("bad_proof", "salt", "salt and record come together or not at all")
    if document.salt is not None and document.record is not None:
        _check_record(document.salt, document.record, leaf)
    if not is_included(leaf, document.index, checkpoint.size, _hashes(document.path), checkpoint.root):
        raise Rejected("not_included", "path", "does not lead from the leaf to the root of the checkpoint")
    return checkpoint


def verify_consistency(document: ConsistencyDocument, key: PublicKey) -> tuple[Checkpoint, Checkpoint]:
    """The old and the new checkpoint, of which the new one continues the old; Rejected where it doesn't."""
    old, new = Checkpoint.verified(document.old, key), Checkpoint.verified(document.new, key)
    if not is_consistent(old.size, old.root, new.size, new.root, _hashes(document.path)):
        raise Rejected(
            "not_consistent", "path", f"the log of {new.size} leaves does not begin with that of {old.size}"
        )
    return old, new


def _check_record(salt: str, record: RecordDocument, leaf: bytes) -> None:
    try:
        found = salted_hash(base64.decode(salt, "salt"), record.record())
    except ValueError as error:
        raise Rejected("bad_proof", "salt", str(error)) from None
    if found != leaf:
        raise Rejected("wrong_record", "record", "is not what the leaf was made of")


def _hashes(path: list[str]) -> list[bytes]:
    return [base64.decode(hash_, f"path[{place}]") for place, hash_ in enumerate(path)]


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.encode(data)


def _data(text: str | None, field: str) -> bytes | None:
    return None if text is None else base64.decode(text, field)
