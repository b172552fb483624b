"""The key that wraps the subjects' keys: 32 random bytes in a file only the owner can read, made when missing.

It is never stored beside the data it protects in a backup: back `keys/` up apart from the log, or let a key service hold it.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from schemas.errors import Fatal
from streams import secret_file

SIZE_BYTES = 32


def master_key(path: Path) -> bytes:
    """The key in the file, made when missing; Fatal where it is not one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret_file.make(path, secrets.token_hex(SIZE_BYTES))
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != SIZE_BYTES:
        raise Fatal(f"{path}: must hold {SIZE_BYTES} bytes in hex; restore it from its backup")
    return key
