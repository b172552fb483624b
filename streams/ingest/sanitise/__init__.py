"""Secrets never enter the log: what looks like one is replaced by `[redacted:<kind>]` before anything is written, the rest stays as it is.

Pure, deterministic and idempotent. It knows secrets by their form (a JWT, a private key, an AWS key, userinfo in a URL) and by the name
they stand next to (`password=`, `--token`, a setting called `wifi.psk`). A password in a sentence that doesn't call it one is not
recognised, nor is one that was encrypted, compressed or encoded by its sender. Sources: OWASP Logging Cheat Sheet, CWE-532.
"""

from streams.ingest.sanitise.event import sanitise_envelope, sanitise_error
from streams.ingest.sanitise.mark import Withheld
from streams.ingest.sanitise.raw import sanitise_letter, sanitise_raw
from streams.ingest.sanitise.text import is_secret, sanitise_text

__all__ = [
    "Withheld",
    "is_secret",
    "sanitise_envelope",
    "sanitise_error",
    "sanitise_letter",
    "sanitise_raw",
    "sanitise_text",
]
