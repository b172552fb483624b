"""Secrets in addresses: signatures in a query, and a user's password before the host."""

from __future__ import annotations

import re

from streams.ingest.sanitise.pattern import Pattern, not_marked

ADDRESSES: tuple[Pattern, ...] = (
    Pattern(
        "token",
        ("sig", "x-amz", "code="),
        re.compile(
            r"[?&;](?:sig|signature|x-amz-signature|x-amz-security-token|code)=(?P<value>[\w%+/.~-]{16,}=*)",
            re.I,
        ),
        not_marked,
    ),
    Pattern(
        "userinfo", ("://",), re.compile(r"(?<=://)(?P<value>[^\s/@:\"'<>\\]*:[^\s/\"'<>]*)@"), not_marked
    ),
    Pattern(
        "userinfo",
        ("://",),
        re.compile(r"(?<=://)(?P<value>[^\s/@:\"'<>\\]{0,128}:(?!\d{1,5}[/?#])[^\s@\"'<>]{1,256})@"),
        not_marked,
    ),
    Pattern("userinfo", ("://",), re.compile(r"(?<=://)(?P<value>[\w%~-]{20,})@"), not_marked),
)
