"""Which names say that what stands next to them is a secret: settings, JSON keys, header names."""

from __future__ import annotations

import re
from functools import lru_cache

from streams.ingest.sanitise.mark import MARK

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
