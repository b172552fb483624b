"""Secrets with a name before them: `password=...`, `"api_key": "..."`, `<token>...</token>`, `the PIN is ...`."""

from __future__ import annotations

import re

from streams.ingest.sanitise.pattern import BEFORE, Pattern, named, said
from streams.ingest.sanitise.shape import is_random

PASSWORDS = r"pass(?:word|wd|phrase|code|wort)s?|(?<![a-z])pass(?=\\{0,2}[\"']?\s{0,3}[=:])|pwd|kennwort|psk|contrase[nñ]a|senha"
KEYS = (
    r"(?:api|(?:shared[_\- ]?)?access|private|secret|auth|encryption|signing|master|shared|account|wep|wpa|app|client|session|service"
    r"|subscription)[_\- ]?key"
)
SECRETS = r"secret(?:[_-]key[_-]base)?|credentials|mnemonic"
TOKENS = r"token|jwt|(?<![a-z])[th]?otp|authorization|(?<![a-z])auth(?=\s{0,3}=)"
NAMED = (
    rf"(?<!redacted:)(?:(?P<password>{PASSWORDS})|(?P<key>{KEYS})|(?P<secret>{SECRETS})|(?P<token>{TOKENS}))"
)
# What any of these names contains, in lower case.
NAMES = (
    "pass",
    "pwd",
    "kennwort",
    "psk",
    "contrase",
    "senha",
    "key",
    "secret",
    "credentials",
    "mnemonic",
    "token",
    "jwt",
    "otp",
    "auth",
    "pw",
    "seed",
)
SUFFIX = r"(?:[_-]?(?:value|plain(?:text)?|text|old|new|hash|b64|base64|hex|\d{1,3}))?"
# A value ends at a blank, at a quote that closes something, and at a separator that another name follows.
BARE = r"(?:[^\s\"'<>;,&|`\\]|[;,&|](?!\s|$|[\w.-]{1,64}=)|[\"'`\\<>](?=[^\s,;&}\])\"'\\:]))+"
QUOTED = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|\\{1,3}[\"'](?:(?!\\{1,3}[\"']).)*"
VALUE = rf"(?P<value>(?:(?:bearer|basic|token|apikey)\s{{1,4}})?(?:{QUOTED}|{BARE}))"


def _random(value: str, kind: str) -> bool:
    return named(value, kind) and is_random(value)


NAMED_SECRETS: tuple[Pattern, ...] = (
    Pattern(
        "",
        NAMES,
        re.compile(
            rf"{NAMED}{SUFFIX}\]?\\{{0,2}}[\"'`]?\]?\s{{0,8}}(?:=>|:=|==|=|:)\s{{0,8}}{VALUE}", re.I | re.S
        ),
        named,
    ),
    Pattern("", NAMES, re.compile(rf"{NAMED}[\w:.-]{{0,16}}>\s{{0,8}}(?P<value>[^<\s][^<]*)<", re.I), named),
    Pattern(
        "",
        NAMES,
        re.compile(
            rf"{NAMED}\s{{1,4}}(?:(?:(?:re)?set|changed|->)\s{{1,4}}(?:to\s{{1,4}})?|(?:is|was)\s{{1,4}}){VALUE}",
            re.I,
        ),
        said,
    ),
    Pattern(
        "",
        NAMES,
        re.compile(rf"{NAMED}[\s\"':=(\[,-]{{1,4}}(?P<value>[A-Za-z0-9+/_=.~-]{{16,}})", re.I),
        _random,
    ),
    Pattern(
        "pin",
        ("pin", "puk"),
        re.compile(
            rf"{BEFORE}(?:pin|puk)(?:[_\- ]?code)?\\{{0,2}}[\"']?\s{{0,4}}(?:[:=]|is)\s{{0,4}}\\{{0,2}}[\"']?(?P<value>\d{{4,12}})(?!\d)",
            re.I,
        ),
    ),
)
