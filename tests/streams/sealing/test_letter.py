"""Refused bytes sealed: whatever they are, they come back exactly, cut copies open as far as they go, and erased ones never."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetter, bury
from schemas.errors import Rejected
from schemas.personal import TOKEN
from streams.archive.event_rows import RAW_BYTES
from streams.archive.forgetting import Forgetting
from streams.sealing.letter import PIECE_BYTES, cut, largest, sealed
from streams.sealing.sealer import Sealer
from tests.streams.sealing.memory import KeysInMemory, opened

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RAW = st.one_of(st.binary(max_size=300), st.binary(min_size=1, max_size=20).map(lambda b: b * PIECE_BYTES))


def letter(keys: KeysInMemory, raw: bytes) -> DeadLetter:
    """What the edge makes of bytes it refused of t/cam-1."""
    error = Rejected("bad_json", "", "is not JSON")
    tokens = Sealer(keys).raw("t", "cam-1", raw)
    return bury(tokens, error, origin="telemetry.raw/0/1", process="ingest", time=NOW, sealed_bytes=len(raw))


@given(RAW)
def test_any_bytes_come_back_and_the_same_make_the_same_letter(raw: bytes) -> None:
    keys = KeysInMemory()
    made = letter(keys, raw)
    assert made == letter(keys, raw)
    assert all(TOKEN.fullmatch(line.decode()) for line in made.raw.split(b"\n"))
    assert (opened(made, keys).raw, made.size_bytes, opened(made, keys).sealed) == (raw, len(raw), False)


@given(RAW, st.integers(5000, 200_000))
def test_what_is_cut_opens_as_far_as_it_goes(raw: bytes, most: int) -> None:
    keys = KeysInMemory()
    made = letter(keys, raw)
    part = cut(made.raw, most)
    assert len(part) <= most
    plain = opened(msgspec.structs.replace(made, raw=part), keys).raw
    assert raw.startswith(plain)
    assert len(plain) >= min(len(raw), largest(most))


def test_as_much_as_is_said_fits() -> None:
    key = KeysInMemory().living("t", "cam-1")
    for room in (RAW_BYTES, 1_000_000):
        assert len(sealed(bytes(largest(room)), key)) <= room


def test_an_erased_letter_is_never_opened_again_by_anybody() -> None:
    keys = KeysInMemory()
    made = letter(keys, b"ann" * 2000)
    keys.destroy("t", "cam-1", "r1", lambda: NOW)
    gone = opened(made, keys)
    assert (gone.raw, gone.sealed, gone.size_bytes) == (b"[erased]", True, 6000)
    # In the store, too, whoever sent it.
    assert Forgetting(keys=set(keys.dead)).text(made.raw) == b"[erased]\n[erased]"


def test_who_has_not_the_key_or_gets_a_changed_letter_sees_tokens() -> None:
    keys = KeysInMemory()
    made = letter(keys, b"ann")
    assert opened(made, KeysInMemory()) == made
    changed = msgspec.structs.replace(made, raw=made.raw + b"\nnoise")
    assert opened(changed, keys) == changed
    empty = msgspec.structs.replace(made, raw=b"")
    assert opened(empty, keys) == empty


def test_tokens_a_stranger_wrote_stay_what_they_are() -> None:
    keys = KeysInMemory()
    inner = keys.living("t", "cam-2").seal("192.0.2.1").encode()
    assert opened(letter(keys, inner), keys).raw == inner
    plain = bury(inner, Rejected("x", "", "x"), origin="a", process="archive", time=NOW)
    assert opened(plain, keys) == plain
