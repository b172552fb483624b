"""HTTP compression in both directions: gzip, deflate, lz4 and zstd, piece by piece.

ClickHouse's lz4 is the LZ4 frame format, its deflate the zlib format (RFC 1950), as in HTTP.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import lz4.frame  # type: ignore[import-untyped]
import zstandard

from infra.clickhouse.errors import ServerError

ENCODINGS = ("lz4", "zstd", "gzip", "deflate")
"""What can be read and written, most preferred first; lz4 costs the least, and everything here is on one machine."""
_ALIASES = {"x-gzip": "gzip"}


class Encoder(Protocol):
    """Compresses a stream: `compress` each piece, then `flush` once."""

    def compress(self, data: bytes, /) -> bytes:
        """The compressed bytes that are ready; may be empty."""

    def flush(self) -> bytes:
        """The rest and the end mark."""


class _Lz4:
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._start = self._frame.begin()

    def compress(self, data: bytes, /) -> bytes:
        start, self._start = self._start, b""
        return bytes(start + self._frame.compress(data))

    def flush(self) -> bytes:
        return bytes(self._start + self._frame.flush())


def choose(accept: str) -> str | None:
    """The encoding to answer with for an Accept-Encoding header; None when the client takes none of ours."""
    wanted = set()
    for item in accept.split(","):
        name, _, quality = item.strip().partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            wanted.add(_ALIASES.get(name.strip().lower(), name.strip().lower()))
    return next((encoding for encoding in ENCODINGS if encoding in wanted), None)


def encoder(encoding: str, zlib_level: int = 3) -> Encoder:
    """A fresh encoder for one of `ENCODINGS`; `zlib_level` is ClickHouse's http_zlib_compression_level."""
    if encoding == "lz4":
        return _Lz4()
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=1).compressobj()
    return zlib.compressobj(zlib_level, zlib.DEFLATED, 31 if encoding == "gzip" else 15)


def decode(encoding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes of a request body; several frames or gzip members one after another are one stream.

    Raises `ServerError` for an encoding not known here, and for data that is damaged or ends too early.
    """
    encoding = _ALIASES.get(encoding.strip().lower(), encoding.strip().lower())
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        message = f"Unknown HTTP compression method in Content-Encoding: {encoding[:20]}; known are {known}"
        raise ServerError(48, "NOT_IMPLEMENTED", message)
    yield from _decode(encoding, pieces)


def _decode(encoding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    decoder = None
    for piece in pieces:
        rest = piece
        while rest:
            decoder = decoder or _decoder(encoding)
            try:
                plain = decoder.decompress(rest)
            except (zlib.error, zstandard.ZstdError, RuntimeError) as error:
                raise ServerError(
                    271, "CANNOT_DECOMPRESS", f"Cannot read the {encoding} body: {error}"
                ) from None
            rest = (decoder.unused_data or b"") if decoder.eof else b""
            decoder = None if decoder.eof else decoder
            if plain:
                yield plain
    if decoder is not None:
        raise ServerError(271, "CANNOT_DECOMPRESS", f"Cannot read the {encoding} body: it ends too early")


def _decoder(encoding: str) -> Any:  # three libraries, one shape: decompress, eof, unused_data
    if encoding == "lz4":
        return lz4.frame.LZ4FrameDecompressor()
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj()
    return zlib.decompressobj(31 if encoding == "gzip" else 15)
