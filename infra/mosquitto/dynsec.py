"""The dynamic security plugin's file: who may connect and what each may do, written while the broker is down."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from schemas.mqtt import Command, allow, device_acls
from schemas.pki import Folder, read_issued

CONTROL = [
    allow("publishClientSend", "$CONTROL/dynamic-security/#"),
    allow("subscribePattern", "$CONTROL/dynamic-security/#"),
    allow("publishClientReceive", "$CONTROL/dynamic-security/#"),
]
LOG = [allow("subscribePattern", "$SYS/broker/log/#"), allow("publishClientReceive", "$SYS/broker/log/#")]
SERVICE_ACLS: dict[str, list[Command]] = {
    "ingest": [*LOG, allow("subscribePattern", "v1/+/+"), allow("publishClientReceive", "v1/#")],
    "enforcement": [*LOG, *CONTROL],
    "admin": [*LOG, *CONTROL, allow("publishClientSend", "v1/+/commands/#")],
}
NOTHING = {
    "publishClientSend": False,
    "publishClientReceive": False,
    "subscribe": False,
    "unsubscribe": True,
}


def admitted(folder: Folder, now: datetime) -> list[str]:
    """The devices with a certificate that is in date and not on the revocation list, sorted."""
    revoked = {entry.serial_number for entry in x509.load_pem_x509_crl(folder.crl.read_bytes())}
    rows = (row for row in read_issued(folder)[0] if row.kind == "device" and row.not_after > now)
    return sorted({row.identity for row in rows if int(row.serial, 16) not in revoked})


def write(path: Path, devices: Iterable[str]) -> None:
    """Write the plugin's file for these devices and Vedette's own processes; only while the broker is not running."""
    acls = {**SERVICE_ACLS, **{device: device_acls(device) for device in devices}}
    document = {
        "defaultACLAccess": NOTHING,
        "clients": [{"username": name, "roles": [{"rolename": name}]} for name in acls],
        "groups": [],
        "roles": [{"rolename": name, "acls": entries} for name, entries in acls.items()],
    }
    fresh = path.with_name(path.name + ".prepared")
    fresh.write_text(json.dumps(document))
    fresh.chmod(0o600)
    fresh.replace(path)
