"""Tokens: what goes in comes out, equal stays equal, and no other key opens one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.personal import TOKEN
from streams.sealing.token import Key, new_id, new_secret

KEY = Key.of("00112233445566ff", "acme", "cam-1", bytes(range(64)))
TEXT = st.text(min_size=1, max_size=200)


@given(TEXT)
def test_what_was_sealed_opens_again_and_the_same_gives_the_same(text: str) -> None:
    token = KEY.seal(text)
    assert TOKEN.fullmatch(token)
    assert token == KEY.seal(text)
    assert KEY.open(token) == text


@given(TEXT, TEXT)
def test_different_texts_have_different_tokens(one: str, other: str) -> None:
    assert (KEY.seal(one) == KEY.seal(other)) == (one == other)


@given(TEXT, st.integers(0, 1000), st.sampled_from("AZaz09-_"))
def test_a_changed_token_opens_nothing(text: str, place: int, letter: str) -> None:
    head, _, cipher = KEY.seal(text).rpartition(".")
    place %= len(cipher) - 1
    changed = f"{head}.{cipher[:place]}{letter}{cipher[place + 1 :]}"
    assert KEY.open(changed) in (None, text if changed == KEY.seal(text) else None)


@pytest.mark.parametrize(
    "other",
    [
        Key.of("00112233445566ff", "acme", "cam-2", bytes(range(64))),
        Key.of("00112233445566ff", "acme", "cam-1", new_secret()),
        Key.of(new_id(), "acme", "cam-1", bytes(range(64))),
    ],
)
def test_no_other_subject_secret_or_id_opens_it(other: Key) -> None:
    assert other.open(KEY.seal("192.0.2.1")) is None


def test_a_token_in_a_sentence_is_found_whole() -> None:
    token = KEY.seal("192.0.2.1")
    for sentence in (f"from {token}, then", f"from {token}.", f"({token})", f"by {token} in 3 s"):
        assert [found[0] for found in TOKEN.finditer(sentence)] == [token]
