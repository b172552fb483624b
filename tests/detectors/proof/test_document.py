"""Proof documents: a true one verifies with the public key alone; one with anything changed does not."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.proof import base64
from detectors.proof.checkpoint import Checkpoint
from detectors.proof.document import (
    ConsistencyDocument,
    InclusionDocument,
    RecordDocument,
    parse,
    verify_consistency,
    verify_inclusion,
)
from detectors.proof.leaf import SALT_BYTES, LoggedRecord, salted_hash
from detectors.proof.note import PrivateKey, PublicKey, opened
from detectors.proof.tree import Tree
from schemas.errors import Rejected
from tests.detectors.proof.trees import KEY, record

SIZE = 13
SALTS = [bytes([number]) * SALT_BYTES for number in range(SIZE)]


def tree() -> Tree:
    built = Tree()
    for number in range(SIZE):
        built.append(salted_hash(SALTS[number], record(number)))
    return built


TREE = tree()


def checkpoint(size: int = SIZE) -> str:
    return Checkpoint(KEY.name, size, TREE.root(size)).signed(KEY)


def inclusion(index: int) -> InclusionDocument:
    return InclusionDocument(
        index=index,
        leaf_hash=base64.encode(TREE.leaf(index)),
        salt=base64.encode(SALTS[index]),
        record=RecordDocument.of(record(index)),
        path=[base64.encode(hash_) for hash_ in TREE.inclusion(index, SIZE)],
        checkpoint=checkpoint(),
    )


def consistency(old: int) -> ConsistencyDocument:
    path = [base64.encode(hash_) for hash_ in TREE.consistency(old, SIZE)]
    return ConsistencyDocument(old=checkpoint(old), new=checkpoint(), path=path)


def is_accepted(text: bytes, key: PublicKey = KEY.public) -> bool:
    try:
        document = parse(text)
        if isinstance(document, InclusionDocument):
            verify_inclusion(document, key)
        else:
            verify_consistency(document, key)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("number", range(SIZE))
def test_a_true_document_is_accepted_with_the_right_key_only(number: int) -> None:
    for document in (inclusion(number), consistency(number + 1)):
        text = msgspec.json.encode(document)
        assert parse(text) == document
        assert is_accepted(text)
        assert is_accepted(msgspec.json.format(text, indent=2))
        assert not is_accepted(text, PrivateKey(KEY.name, bytes(32)).public)
        assert not is_accepted(text, PrivateKey("another/log", KEY.seed).public)


@given(st.integers(0, SIZE - 1), st.booleans(), st.data())
def test_a_document_with_any_bit_flipped_is_refused(number: int, included: bool, data: st.DataObject) -> None:
    text = bytearray(msgspec.json.encode(inclusion(number) if included else consistency(number + 1)))
    text[data.draw(st.integers(0, len(text) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not is_accepted(bytes(text))


def test_an_erased_record_leaves_every_proof_valid() -> None:
    erased = msgspec.structs.replace(inclusion(3), salt=None, record=None)
    assert verify_inclusion(erased, KEY.public).size == SIZE
    assert is_accepted(msgspec.json.encode(inclusion(4)))
    with pytest.raises(Rejected, match="together"):
        verify_inclusion(msgspec.structs.replace(inclusion(3), salt=None), KEY.public)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"kind":"x"}', b"\xff", b"[" * 9999, b'{"kind":"inclusion"}']
)
def test_what_is_no_proof_is_refused_and_said_so(text: bytes) -> None:
    with pytest.raises(Rejected, match=r"proof|kind"):
        parse(text)


parts = st.none() | st.binary(max_size=9)
records = st.builds(
    LoggedRecord,
    st.sampled_from(["a", "a/0", "b"]),
    st.integers(0, 11),
    st.integers(0, 11),
    parts,
    st.lists(st.tuples(st.text("ab", max_size=2), parts), max_size=2).map(tuple),
    parts,
)


@given(records, records)
def test_no_two_records_have_the_same_bytes(one: LoggedRecord, other: LoggedRecord) -> None:
    assert (one.canonical() == other.canonical()) == (one == other)
    assert RecordDocument.of(one).record() == one


@pytest.mark.parametrize(
    "text",
    [
        "x\n1\nAAAA\n",
        f"{KEY.name}\n01\n{'A' * 43}=\n",
        f"{KEY.name}\n-1\n{'A' * 43}=\n",
        f"{KEY.name}\n1\nAAAA\n",
        f"{KEY.name}\n1\n{'A' * 43}=\nmore\n",
        f"{KEY.name}\n{'9' * 5000}\n{'A' * 43}=\n",
        "\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        Checkpoint.verified(KEY.sign(text), KEY.public)


def test_signatures_of_others_are_ignored_and_a_wrong_one_of_ours_is_not() -> None:
    other = PrivateKey("witness", bytes(32)).sign("text\n").removeprefix("text\n\n")
    mine = KEY.sign("text\n")
    assert opened(mine + other, KEY.public) == "text\n"
    with pytest.raises(Rejected, match="not signed by"):
        opened("text\n\n" + other, KEY.public)
    with pytest.raises(Rejected, match="does not fit"):
        opened(mine + KEY.sign("else\n").removeprefix("else\n\n"), KEY.public)


@pytest.mark.parametrize(
    "text", ["", "a+b", "a b+00000000+AAAA", str(KEY.public)[:-4], str(KEY.public).replace("+", "+0", 1)]
)
def test_a_wrong_key_is_named(text: str) -> None:
    with pytest.raises(Rejected, match="key"):
        PublicKey.parse(text)


def test_a_private_key_survives_its_text_and_does_not_show() -> None:
    assert PrivateKey.parse(KEY.text() + "\n") == KEY
    assert KEY.seed.hex() not in repr(KEY)
    with pytest.raises(Rejected, match="PRIVATE"):
        PrivateKey.parse(str(KEY.public))
