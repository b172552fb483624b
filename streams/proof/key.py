"""The key that signs checkpoints: a file only the owner can read, made when missing; its public half lies beside it for everybody."""

from __future__ import annotations

import secrets

from detectors.proof.note import KEY_BYTES, PrivateKey
from schemas.errors import Fatal, Rejected
from schemas.settings import Settings
from streams import secret_file
from streams.proof_log.public_key import public_path


def private_key(settings: Settings) -> PrivateKey:
    """The key in `home`/proof.key; Fatal where the file is not a key, open to others, or the key of another origin.

    For the proof process alone: it makes the key when there is none, and writes `home`/proof.pub.
    """
    path = settings.home / "proof.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    secret_file.make(path, PrivateKey(settings.proof_origin, secrets.token_bytes(KEY_BYTES)).text() + "\n")
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
