"""The key that wraps the subjects' keys: 32 random bytes in a file only the owner can read, made when missing.

It is never stored beside the data it protects in a backup: back `keys/` up apart from the log, or let a key service hold it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from schemas.errors import Fatal

SIZE_BYTES = 32


def master_key(path: Path) -> bytes:
    """The key in the file, made when missing; Fatal where it is not one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make(path)
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != SIZE_BYTES:
        raise Fatal(f"{path}: must hold {SIZE_BYTES} bytes in hex; restore it from its backup")
    return key


def _make(path: Path) -> None:
    """Write a new key. Through a name of its own, so that no other process ever reads half a key and the first one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(SIZE_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
