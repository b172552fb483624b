"""Opening a recording: plain or compressed, and which kind of file it is by what it begins with, never by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import zstandard

from schemas.errors import Rejected
from streams.ingest.file.mapping import clean

Form = Literal["csv", "ndjson", "zeek", "empty"]
MAX_LINE_BYTES = 16 * 1024 * 1024
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


class Recording:
    """One file; iterating gives its lines without their end, `position` how many bytes of the file were read so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
            self.size_bytes = path.stat().st_size
        except OSError as error:
            raise Rejected("no_file", str(path), error.strerror or "cannot be read") from None

    @property
    def name(self) -> str:
        """What its device is called where nothing else says so: the file name without endings."""
        stem = self.path.name
        for ending in COMPRESSED:
            stem = stem.removesuffix(ending)
        return clean(stem.rpartition(".")[0] or stem)

    @property
    def position(self) -> int:
        """Bytes of the file (compressed ones) read so far."""
        return self._file.tell() if not self._file.closed else self.size_bytes

    def form(self) -> Form:
        """What kind of file it is."""
        for line in self:
            if line.strip():
                first = line.lstrip(b"\xef\xbb\xbf \t")
                return "zeek" if first.startswith(b"#") else "ndjson" if first.startswith(b"{") else "csv"
        return "empty"

    def __iter__(self) -> Iterator[bytes]:
        """The lines from the beginning; Rejected where the compressed data is damaged."""
        self._file.seek(0)
        try:
            stream = self._opened()
            while line := stream.readline(MAX_LINE_BYTES):
                yield line.rstrip(b"\r\n")
        except (OSError, EOFError, lzma.LZMAError, zstandard.ZstdError) as error:
            raise Rejected("damaged_file", str(self.path), f"cannot be unpacked: {error}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _opened(self) -> BinaryIO:
        magic = self._file.read(6)
        self._file.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            return gzip.GzipFile(fileobj=self._file)  # type: ignore[return-value]
        if magic.startswith(b"BZh"):
            return bz2.BZ2File(self._file)  # type: ignore[return-value]
        if magic.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMAFile(self._file)  # type: ignore[return-value]
        if magic.startswith(b"\x28\xb5\x2f\xfd"):
            reader = zstandard.ZstdDecompressor().stream_reader(
                self._file, closefd=False, read_across_frames=True
            )
            return io.BufferedReader(reader)
        return self._file
