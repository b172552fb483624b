"""The key that signs checkpoints: a file only the owner can read, made when missing; its public half lies beside it for everybody."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from detectors.proof.note import KEY_BYTES, PrivateKey
from schemas.errors import Fatal, Rejected
from schemas.settings import Settings
from streams.proof_log.public_key import public_path


def private_key(settings: Settings) -> PrivateKey:
    """The key in `home`/proof.key; Fatal where the file is not a key, open to others, or the key of another origin.

    For the proof process alone: it makes the key when there is none, and writes `home`/proof.pub.
    """
    path = settings.home / "proof.key"
    _make(path, settings.proof_origin)
    if path.stat().st_mode & 0o077:
        raise Fatal(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        key = PrivateKey.parse(path.read_text("utf-8"))
    except (Rejected, UnicodeDecodeError) as error:
        raise Fatal(f"{path} is not a signing key: {error}") from None
    if key.name != settings.proof_origin:
        raise Fatal(f"{path} is the key of {key.name}, and VEDETTE_PROOF_ORIGIN says {settings.proof_origin}")
    public_path(settings).write_text(f"{key.public}\n", "utf-8")
    return key


def _make(path: Path, origin: str) -> None:
    """Written elsewhere and then linked, so that a crash in between leaves no half key and no other process' key is replaced."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(PrivateKey(origin, secrets.token_bytes(KEY_BYTES)).text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
