"""What the local Mosquitto is started with: mTLS, certificate identity, dynamic security, its log as messages.

Measured with 2.0.11: a device is its certificate's common name; the revocation list is read again on SIGHUP.
"""

from __future__ import annotations

import getpass
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from infra.mosquitto import dynsec
from schemas.errors import Fatal
from schemas.pki import Folder

PLUGIN = "mosquitto_dynamic_security.so"
# `user`: as root Mosquitto would become the user `mosquitto` and could no longer read the keys. `max_queued_messages`: what devices send
# while ingest is away waits here; the default of 1000 loses the rest. `autosave_interval`: what a kill -9 may lose, in seconds.
CONFIG = """\
user {user}
per_listener_settings false
listener {port} 127.0.0.1
cafile {pki}/ca.crt
certfile {pki}/server.crt
keyfile {pki}/server.key
crlfile {pki}/crl.pem
require_certificate true
use_identity_as_username true
allow_anonymous false
max_packet_size 16777216
max_queued_messages 200000
max_queued_bytes 0
max_inflight_messages 1000
set_tcp_nodelay true
plugin {plugin}
plugin_opt_config_file {folder}/dynamic-security.json
persistence true
persistence_location {folder}/
autosave_interval 5
pid_file {folder}/mosquitto.pid
log_dest stderr
log_dest topic
log_type error
log_type warning
log_type notice
log_type information
connection_messages true
"""


def prepare(home: Path, port: int, pki: Path | None = None) -> Path:
    """Write the broker's configuration and its list of clients; returns the configuration file. The broker must not be running.

    The list is made anew from the authority: whoever has a valid certificate may connect. So a device enrolled while the broker was down is
    let in and one revoked meanwhile isn't. Fatal where the authority or the plugin is missing.
    """
    folder, authority = (home / "mosquitto").resolve(), Folder((pki or home / "pki").resolve())
    for path in (folder, authority.root):
        if any(c.isspace() for c in str(path)):
            raise Fatal(f"{path}: Mosquitto cannot take a path with spaces; choose another home")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    dynsec.write(folder / "dynamic-security.json", dynsec.admitted(authority, datetime.now(UTC)))
    config = folder / "mosquitto.conf"
    text = CONFIG.format(
        user=getpass.getuser(), port=port, pki=authority.root, plugin=find_plugin(), folder=folder
    )
    config.write_text(text)
    return config


def find_program() -> str:
    """The path of the mosquitto program, also where it lies in `sbin`, which is not on everybody's PATH."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise Fatal("mosquitto is not installed: run `make setup`, or install the package `mosquitto`")
    return found


def find_plugin() -> Path:
    """The dynamic security plugin, next to the system's libraries wherever the distribution keeps them."""
    prefix = Path(find_program()).resolve().parent.parent
    folders = [prefix / "lib64", prefix / "lib", *sorted((prefix / "lib").glob(f"{_triplet()}*"))]
    for folder in folders:
        if (folder / PLUGIN).is_file():
            return folder / PLUGIN
    raise Fatal(
        f"Mosquitto's plugin {PLUGIN} is not in {', '.join(map(str, folders))}; it comes with Mosquitto 2"
    )


def _triplet() -> str:
    """What Debian and Ubuntu call the machine's library folder (`x86_64-linux-gnu`); empty matches every one of them."""
    try:
        asked = subprocess.run(
            ["dpkg-architecture", "-qDEB_HOST_MULTIARCH"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return asked.stdout.strip()
