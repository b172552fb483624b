"""Which names say that what stands next to them is a secret: settings, JSON keys, header names."""

from __future__ import annotations

import re
from functools import lru_cache

from streams.ingest.sanitise.mark import MARK, is_marked

WORD = re.compile(r"[A-Z]+(?![a-zà-ÿ])|[A-Z]?[^\W\d_A-Z]+|\d+")
# The last word of a name says what it is: `token_ttl_s` is a duration. These say nothing and are skipped.
QUALIFIERS = frozenset(
    [
        "value",
        "plain",
        "plaintext",
        "text",
        "old",
        "new",
        "current",
        "hex",
        "base64",
        "b64",
        "hash",
        "raw",
        "string",
        "str",
        "header",
    ]
)
NOUNS = {
    **dict.fromkeys(
        [
            "password",
            "passwords",
            "passwd",
            "passphrase",
            "passcode",
            "passwort",
            "kennwort",
            "contraseña",
            "senha",
            "pwd",
            "pass",
            "pw",
            "psk",
        ],
        "password",
    ),
    **dict.fromkeys(["token", "jwt", "otp", "totp", "bearer"], "token"),
    **dict.fromkeys(["secret", "secrets", "credentials", "mnemonic"], "secret"),
    **dict.fromkeys(["cookie", "cookies", "jsessionid", "phpsessid", "sessionid"], "cookie"),
    **dict.fromkeys(["authorization"], "authorization"),
    **dict.fromkeys(
        ["apikey", "accesskey", "privatekey", "secretkey", "authkey", "sharedkey", "accountkey"], "key"
    ),
    **dict.fromkeys(["pin", "puk", "pincode"], "pin"),
}
KEYS = frozenset(
    [
        "api",
        "access",
        "private",
        "secret",
        "auth",
        "encryption",
        "signing",
        "master",
        "shared",
        "account",
        "wep",
        "wpa",
        "app",
        "client",
        "session",
        "service",
        "subscription",
    ]
)
PAIRS = {
    ("session", "id"): "cookie",
    ("seed", "phrase"): "secret",
    ("pin", "code"): "pin",
    ("pre", "shared"): "key",
}
DIGEST = re.compile(
    r"(?:hmac-)?(?:sha\d{1,3}|sha3-\d{3}|sm3|blake2b|blake3|md5):[0-9a-fA-F]{16,128}|SHA256:[A-Za-z0-9+/]{43}=?"
)
# What stands next to such a name and is no secret: the state it is in, or a word of a sentence about it.
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


@lru_cache(maxsize=4096)
def secret_kind(name: str) -> str:
    """The kind of secret a value of this name is, "" where it is none. What was redacted in a name is not part of it."""
    words = [word.lower() for word in WORD.findall(MARK.sub(" x ", name[-128:]))]
    while words and (words[-1] in QUALIFIERS or words[-1].isdigit()):
        words.pop()
    if not words:
        return ""
    before, last = (words[-2] if len(words) > 1 else ""), words[-1]
    if last == "key":
        return "key" if before in KEYS or words[-3:-1] == ["pre", "shared"] else ""
    if (before, last) == ("etc", "passwd"):
        return ""
    return PAIRS.get((before, last)) or NOUNS.get(last, "")


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
