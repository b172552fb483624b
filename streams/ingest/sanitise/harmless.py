"""Which values are no secret whatever they stand next to: the state it is in, or a word of a sentence about it."""

from __future__ import annotations

import re

from streams.ingest.sanitise.mark import is_marked

DIGEST = re.compile(
    r"(?:hmac-)?(?:sha\d{1,3}|sha3-\d{3}|sm3|blake2b|blake3|md5):[0-9a-fA-F]{16,128}|SHA256:[A-Za-z0-9+/]{43}=?"
)
WORDS = frozenset(
    [
        "invalid",
        "incorrect",
        "expired",
        "expires",
        "missing",
        "required",
        "wrong",
        "changed",
        "changes",
        "failed",
        "failure",
        "denied",
        "rejected",
        "granted",
        "not",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "too",
        "must",
        "should",
        "may",
        "can",
        "could",
        "cannot",
        "will",
        "empty",
        "unknown",
        "ok",
        "okay",
        "accepted",
        "none",
        "null",
        "nil",
        "n/a",
        "na",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "set",
        "unset",
        "enabled",
        "disabled",
        "mismatch",
        "mismatched",
        "reset",
        "for",
        "error",
        "bad",
        "locked",
        "unlocked",
        "weak",
        "strong",
        "valid",
        "revoked",
        "absent",
        "present",
        "hidden",
        "never",
        "check",
        "checked",
        "authentication",
        "auth",
        "login",
        "user",
        "account",
        "the",
        "a",
        "an",
        "of",
        "to",
        "in",
        "by",
        "with",
        "and",
        "or",
        "at",
        "as",
        "it",
        "this",
        "that",
        "from",
        "be",
        "been",
        "done",
        "default",
        "prompt",
        "policy",
        "rotated",
        "updated",
        "renewed",
        "refreshed",
        "issued",
        "ended",
        "removed",
        "deleted",
        "added",
        "created",
        "stale",
        "undefined",
        "masked",
        "redacted",
        "success",
    ]
)
PLACEHOLDER = re.compile(r"[*x•.…-]{3,}|<[^<>]{1,40}>|\$\{?\w{1,40}\}?|%[sdv]|\{\w{0,40}\}|\?+")
SMALLEST_PIN = 1000


def is_harmless(value: object, kind: str) -> bool:
    """Whether a value of that name says nothing secret: a switch, a digest, a placeholder, the state it is in."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return kind == "pin" and value < SMALLEST_PIN
    text = str(value).strip().rstrip(".,;!")
    return (
        not text
        # No password worth the name; but `pass=5 fail=0` is a count.
        or (text.isdigit() and len(text) <= 3)
        or text.lower() in WORDS
        or is_marked(text)
        or DIGEST.fullmatch(text) is not None
        or PLACEHOLDER.fullmatch(text) is not None
    )
