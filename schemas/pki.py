"""The certificate authority's folder: what lies where and in which form. Issuing, enforcing and serving agree on it here only.

    ca.crt, ca.key              the authority (ECDSA P-256), PEM; the key is PKCS #8, unencrypted, mode 0600 as every key here
    crl.pem                     every certificate that must not work now (RFC 5280); replaced whole, never changed in place
    issued.jsonl                one `Issued` a line for every certificate ever issued; only appended to
    server.crt, server.key      what the edge and the MQTT broker show to devices
    services/<name>.{crt,key}   client certificates of Vedette's own processes, CN `<name>`
    devices/<identity>.{crt,key}   client certificates of devices, CN `<tenant>:<device>`

The revocation list is the authority's memory of what is revoked: entries are added by whoever enforces decisions, and an entry with the
reason certificateHold may be taken out again. Whoever changes it holds an exclusive `flock` on `crl.lock` meanwhile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from schemas.errors import Fatal, Rejected

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
MAX_COMMON_NAME = 64
Kind = Literal["device", "service", "server"]


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """One issued certificate: serial number in lower-case hex, the identity in its CN, and the end of its validity (UTC)."""

    serial: str
    identity: str
    kind: Kind
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths of one authority's files; nothing is read or created by making it."""

    root: Path

    @property
    def ca_certificate(self) -> Path:
        """The authority's own certificate."""
        return self.root / "ca.crt"

    @property
    def ca_key(self) -> Path:
        """The authority's private key."""
        return self.root / "ca.key"

    @property
    def crl(self) -> Path:
        """The revocation list in force."""
        return self.root / "crl.pem"

    @property
    def crl_lock(self) -> Path:
        """Locked while the revocation list is changed."""
        return self.root / "crl.lock"

    @property
    def issued(self) -> Path:
        """The index of issued certificates."""
        return self.root / "issued.jsonl"

    def certificate(self, name: str, kind: Kind) -> Path:
        """Where the certificate of `name` lies."""
        return self._stem(name, kind).with_name(self._stem(name, kind).name + ".crt")

    def key(self, name: str, kind: Kind) -> Path:
        """Where the private key of `name` lies."""
        return self._stem(name, kind).with_name(self._stem(name, kind).name + ".key")

    def _stem(self, name: str, kind: Kind) -> Path:
        return self.root / "server" if kind == "server" else self.root / f"{kind}s" / name


def identity(tenant: str, device: str) -> str:
    """`tenant:device`, a device's name everywhere outside JSON; Rejected where a part has other characters or the whole is too long."""
    for field, value in (("tenant", tenant), ("device", device)):
        if not NAME.fullmatch(value):
            raise Rejected("bad_name", field, "must be 1-64 of A-Z a-z 0-9 . _ -")
    if len(tenant) + len(device) + 1 > MAX_COMMON_NAME:
        raise Rejected(
            "bad_name",
            "device",
            f"tenant:device is longer than a certificate's name may be ({MAX_COMMON_NAME})",
        )
    return f"{tenant}:{device}"


def read_issued(folder: Folder, start: int = 0) -> tuple[list[Issued], int]:
    """The certificates in the index from byte `start` on, oldest first, and the byte to go on from next time.

    A last line that is still being written is left for next time; a broken line, or no index, is Fatal.
    """
    try:
        with folder.issued.open("rb") as file:
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        raise Fatal(f"no certificate authority in {folder.root}: run `python -m infra.pki init`") from None
    whole = data[: data.rfind(b"\n") + 1]
    try:
        return msgspec.json.Decoder(Issued).decode_lines(whole), start + len(whole)
    except msgspec.MsgspecError as error:
        raise Fatal(f"{folder.issued}, after byte {start}: {error}") from None
