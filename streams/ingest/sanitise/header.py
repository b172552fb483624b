"""Secrets in the headers of a request: what authorises it, and its cookies."""

from __future__ import annotations

import base64
import binascii
import re

from streams.ingest.sanitise.pattern import BEFORE, JOINED, Pattern, named, not_marked


def _basic(value: str, _kind: str) -> bool:
    try:
        return b":" in base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if {"-", "_"} & set(value) else None
        )
    except (binascii.Error, ValueError):
        return False


def _bearer(value: str, _kind: str) -> bool:
    return len(value) >= 20 or any(char.isdigit() for char in value)


HEADERS: tuple[Pattern, ...] = (
    Pattern(
        "authorization",
        ("authorization",),
        re.compile(
            rf"authorization{JOINED}(?P<value>(?:digest|hawk|oauth|signature|aws4-hmac-sha256)\s[^\r\n]*)",
            re.I,
        ),
        not_marked,
    ),
    Pattern(
        "authorization",
        ("authorization",),
        re.compile(rf"authorization{JOINED}(?P<value>[a-z][\w-]{{1,20}}\s{{1,4}}[^\s\"'\\,;]{{4,}})", re.I),
        named,
    ),
    Pattern(
        "authorization",
        ("bearer", "negotiate", "ntlm"),
        re.compile(rf"{BEFORE}(?:bearer|negotiate|ntlm)\s{{1,4}}(?P<value>[A-Za-z0-9._~+/-]{{8,}}=*)", re.I),
        _bearer,
    ),
    Pattern(
        "authorization",
        ("basic",),
        re.compile(rf"{BEFORE}basic\s{{1,4}}(?P<value>[A-Za-z0-9+/_-]{{4,}}={{0,2}})", re.I),
        _basic,
    ),
    Pattern(
        "cookie",
        ("cookie",),
        re.compile(
            rf"cookie2?{JOINED}(?P<value>[\w.$-]{{1,128}}=[^\s;\"'\\]+(?:;\s{{0,4}}[\w.$-]{{1,128}}(?:=[^\s;\"'\\]*)?)*)",
            re.I,
        ),
        not_marked,
    ),
    Pattern(
        "cookie",
        ("sid", "sess"),
        re.compile(
            rf"(?:sess(?:ion)?[_-]?id|connect\.sid|(?<![a-z])sid){JOINED}(?P<value>[\w.%+/-]{{16,}}=*)", re.I
        ),
        named,
    ),
)
