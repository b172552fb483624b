"""Every form of secret, in the order in which a text is searched for them."""

from __future__ import annotations

from streams.ingest.sanitise.address import ADDRESSES
from streams.ingest.sanitise.command import COMMANDS
from streams.ingest.sanitise.form import AWS_SECRETS, PRIVATE_KEYS, TOKENS
from streams.ingest.sanitise.header import HEADERS
from streams.ingest.sanitise.named import NAMED_SECRETS
from streams.ingest.sanitise.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (
    *PRIVATE_KEYS,
    *HEADERS,
    *TOKENS,
    *ADDRESSES,
    *COMMANDS,
    *NAMED_SECRETS,
    *AWS_SECRETS,
)
# Whatever has none of these has nothing for a pattern to match.
TRIGGERS = tuple(dict.fromkeys(trigger for pattern in PATTERNS for trigger in pattern.triggers))
