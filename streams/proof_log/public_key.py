"""The public key of this installation, which the proof process writes beside its own."""

from __future__ import annotations

from pathlib import Path

from detectors.proof.note import PublicKey
from schemas.errors import Rejected
from schemas.settings import Settings


def public_path(settings: Settings) -> Path:
    """Where the public key of this installation lies."""
    return settings.home / "proof.pub"


def public_key(text: str) -> PublicKey:
    """The key in this text, or in the file of that name; Rejected where it is neither."""
    path = Path(text)
    try:
        if path.is_file():
            text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Rejected("bad_key", "key", f"{path} cannot be read as text") from None
    return PublicKey.parse(text)
