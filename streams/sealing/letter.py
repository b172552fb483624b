"""Refused bytes as a text of tokens and back: whatever a message held, nobody without its sender's key reads it.

They are cut into pieces, each a token of its own on a line of its own. So a copy cut after any line can still be opened as far as it goes,
and what replaces tokens in texts works on letters as well.
"""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.dead_letter import DeadLetter
from schemas.personal import ERASED, TOKEN
from streams.sealing.keys import Keys
from streams.sealing.token import Key

PIECE_BYTES: Final = 3056
# Of a sealed text: 16 bytes more for each piece, 4 letters for 3 bytes, and what names the key.
PIECE_LETTERS: Final = (PIECE_BYTES + 16) * 4 // 3 + len("sealed.v1.0123456789abcdef.\n")


def sealed(plain: bytes, key: Key) -> bytes:
    """The tokens of some bytes, one at least, also where there are none. The same bytes and key give the same tokens."""
    pieces = range(0, max(len(plain), 1), PIECE_BYTES)
    return "\n".join(key.seal_bytes(plain[start : start + PIECE_BYTES]) for start in pieces).encode()


def largest(sealed_bytes: int) -> int:
    """How many bytes can be sealed into that many."""
    return sealed_bytes // PIECE_LETTERS * PIECE_BYTES


def cut(tokens: bytes, most: int) -> bytes:
    """The whole tokens among the first `most` bytes."""
    return tokens if len(tokens) <= most else tokens[: tokens.rfind(b"\n", 0, most + 1)]


def opened(letter: DeadLetter, keys: Keys) -> DeadLetter:
    """The letter with its bytes as they were refused. It stays `sealed` where nobody can open it: `raw` is `[erased]` where its key was
    destroyed, and the tokens as they are where the key is not known here. Raises as `Keys.named`."""
    if not letter.sealed:
        return letter
    lines = letter.raw.decode("utf-8", "replace").split("\n")
    token = TOKEN.fullmatch(lines[0])
    key = keys.named(token[1]) if token else None
    pieces = [key.open_bytes(line) if key else None for line in lines]
    if None not in pieces:
        plain = b"".join(piece for piece in pieces if piece is not None)
        return msgspec.structs.replace(letter, raw=plain, sealed=False)
    erased = token is not None and keys.was_of(token[1]) is not None
    return msgspec.structs.replace(letter, raw=ERASED.encode()) if erased else letter
