"""A secret in a file that only its owner can read, made by whichever process needs it first."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def make(path: Path, text: str) -> None:
    """Write a new file that only its owner can read; one that is there already stays, also where it came meanwhile: read it afterwards.

    Written elsewhere, synced and then linked, so that no process ever reads half of it and a crash in between leaves none. Its folder
    must be there.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
