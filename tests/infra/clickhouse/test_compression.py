"""HTTP compression both ways."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clickhouse.compression import ENCODINGS, choose, decode, encoder
from infra.clickhouse.errors import ServerError

PIECES = st.lists(st.binary(max_size=200), max_size=8)


@given(st.sampled_from(ENCODINGS), PIECES, st.integers(min_value=1, max_value=64))
def test_what_was_encoded_is_decoded_however_it_is_cut(encoding: str, pieces: list[bytes], step: int) -> None:
    compressor = encoder(encoding)
    packed = b"".join(compressor.compress(piece) for piece in pieces) + compressor.flush()
    cut = [packed[start : start + step] for start in range(0, len(packed), step)]
    assert b"".join(decode(encoding, cut)) == b"".join(pieces)


@given(PIECES)
def test_members_one_after_another_are_one_stream(pieces: list[bytes]) -> None:
    packed = b"".join(gzip.compress(piece) for piece in pieces)
    assert b"".join(decode("gzip", [packed])) == b"".join(pieces)


@given(st.sampled_from(ENCODINGS), st.binary(min_size=1, max_size=500), st.integers(min_value=1))
def test_a_body_that_ends_too_early_is_refused(encoding: str, data: bytes, cut: int) -> None:
    compressor = encoder(encoding)
    packed = compressor.compress(data) + compressor.flush()
    kept = packed[: 1 + cut % (len(packed) - 1)] if len(packed) > 1 else packed
    with pytest.raises(ServerError) as caught:
        list(decode(encoding, [kept]))
    assert caught.value.name == "CANNOT_DECOMPRESS"


def test_refusals_name_what_is_known() -> None:
    with pytest.raises(ServerError, match="lz4, zstd, gzip, deflate"):
        list(decode("br", [b"x"]))
    with pytest.raises(ServerError, match="Cannot read the zstd body"):
        list(decode("zstd", [b"no zstd at all, this"]))


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("lz4,zstd", "lz4"),
        ("gzip;q=0, deflate", "deflate"),
        ("GZip", "gzip"),
    ],
)
def test_choice_of_the_answers_encoding(accept: str, chosen: str | None) -> None:
    assert choose(accept) == chosen
