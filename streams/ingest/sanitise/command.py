"""Secrets in commands: the arguments that programs take them by, and lines of protocols that say them."""

from __future__ import annotations

import re

from streams.ingest.sanitise.named import NAMED, NAMES, SUFFIX, VALUE
from streams.ingest.sanitise.pattern import Pattern, named, not_marked, said


def _after_flag(value: str, kind: str) -> bool:
    return named(value, kind) and not value.startswith("-")


COMMANDS: tuple[Pattern, ...] = (
    Pattern(
        "userinfo",
        ("-u", "--"),
        re.compile(r"(?<!\S)(?:-u|--user|--proxy-user)[ =][\"']?(?P<value>[^\s:\"']{1,128}:[^\s\"']+)"),
        not_marked,
    ),
    Pattern(
        "password",
        ("pass", "auth"),
        re.compile(r"^(?:PASS|AUTH (?:PLAIN|LOGIN)) (?P<value>\S+)", re.M),
        said,
    ),
    Pattern(
        "password",
        ("sshpass", "redis-cli", "mysql", "mariadb"),
        re.compile(
            r"(?<!\w)(?:sshpass\s{1,4}-p\s{0,4}|redis-cli [^|\n]{0,80}?-a\s{1,4}|m(?:ysql|ariadb)\w{0,12} [^|\n]{0,120}?-p(?=[^\s-]))"
            r"(?P<value>\S+)"
        ),
        not_marked,
    ),
    Pattern(
        "",
        NAMES,
        re.compile(
            rf"(?<![^\s\"'=,\[(`])--?(?:[a-z0-9]{{1,24}}[-_]){{0,4}}{NAMED}{SUFFIX}(?:[\"',\s]{{1,4}}|=){VALUE}",
            re.I,
        ),
        _after_flag,
    ),
)
