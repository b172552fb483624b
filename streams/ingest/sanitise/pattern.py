"""How secrets look in a text. Every pattern is anchored at something literal and takes time linear in the text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

from streams.ingest.sanitise.mark import is_marked
from streams.ingest.sanitise.name import is_harmless
from streams.ingest.sanitise.shape import is_random

BEFORE = r"(?<![A-Za-z0-9])"
AFTER = r"(?![A-Za-z0-9])"

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
JOINED = r"\\{0,2}[\"']?\s{0,4}[:=]\s{0,4}\\{0,2}[\"']?"
SUFFIX = r"(?:[_-]?(?:value|plain(?:text)?|text|old|new|hash|b64|base64|hex|\d{1,3}))?"
# A value ends at a blank, at a quote that closes something, and at a separator that another name follows.
BARE = r"(?:[^\s\"'<>;,&|`\\]|[;,&|](?!\s|$|[\w.-]{1,64}=)|[\"'`\\<>](?=[^\s,;&}\])\"'\\:]))+"
QUOTED = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|\\{1,3}[\"'](?:(?!\\{1,3}[\"']).)*"
VALUE = rf"(?P<value>(?:(?:bearer|basic|token|apikey)\s{{1,4}})?(?:{QUOTED}|{BARE}))"


class Pattern(NamedTuple):
    """A form of secret: the group `value` is one, or the whole match where there is no such group.

    `kind` is "" where the name of the matching group says it. A text can only match where, in lower case, it contains one of `triggers`.
    `applies` has the last word.
    """

    kind: str
    triggers: tuple[str, ...]
    regex: re.Pattern[str]
    applies: Callable[[str, str], bool] = lambda _value, _kind: True


def _named(value: str, kind: str) -> bool:
    bare = value.strip("\\\"'` \t")
    return not is_harmless(bare, kind) and not (kind == "password" and bare.startswith("/"))


def _said(value: str, kind: str) -> bool:
    """After `password is`: a word of a sentence is no secret."""
    return _named(value, kind) and (not value.isalpha() or not value.islower())


def _after_flag(value: str, kind: str) -> bool:
    return _named(value, kind) and not value.startswith("-")


def _basic(value: str, _kind: str) -> bool:
    try:
        return b":" in base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if {"-", "_"} & set(value) else None
        )
    except (binascii.Error, ValueError):
        return False


def _bearer(value: str, _kind: str) -> bool:
    return len(value) >= 20 or any(char.isdigit() for char in value)


def _random(value: str, kind: str) -> bool:
    return _named(value, kind) and is_random(value)


def _not_marked(value: str, _kind: str) -> bool:
    return not is_marked(value)


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "private_key",
        ("-----begin",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END ).)*(?:-----END [A-Z0-9 ]{0,60}-----)?",
            re.S,
        ),
    ),
    Pattern("private_key", ("age-secret",), re.compile(rf"{BEFORE}AGE-SECRET-KEY-1[A-Z0-9]{{20,}}")),
    Pattern(
        "authorization",
        ("authorization",),
        re.compile(
            rf"authorization{JOINED}(?P<value>(?:digest|hawk|oauth|signature|aws4-hmac-sha256)\s[^\r\n]*)",
            re.I,
        ),
        _not_marked,
    ),
    Pattern(
        "authorization",
        ("authorization",),
        re.compile(rf"authorization{JOINED}(?P<value>[a-z][\w-]{{1,20}}\s{{1,4}}[^\s\"'\\,;]{{4,}})", re.I),
        _named,
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
        _not_marked,
    ),
    Pattern(
        "cookie",
        ("sid", "sess"),
        re.compile(
            rf"(?:sess(?:ion)?[_-]?id|connect\.sid|(?<![a-z])sid){JOINED}(?P<value>[\w.%+/-]{{16,}}=*)", re.I
        ),
        _named,
    ),
    Pattern(
        "jwt",
        ("eyj",),
        re.compile(rf"{BEFORE}eyJ[A-Za-z0-9_-]{{6,}}\.[A-Za-z0-9_-]{{2,}}(?:\.[A-Za-z0-9_-]*){{0,4}}"),
    ),
    Pattern("aws_key", ("akia", "asia"), re.compile(rf"{BEFORE}(?:AKIA|ASIA)[A-Z0-9]{{12,}}{AFTER}")),
    Pattern(
        "token",
        (
            "gh",
            "glpat",
            "xox",
            "aiza",
            "ya29",
            "k_",
            "sk-",
            "npm_",
            "pypi",
            "hv",
            "sg.",
            "dckr",
            "dop_",
            ":aa",
        ),
        re.compile(
            rf"{BEFORE}(?:gh[pousr]_\w{{20,}}|github_pat_\w{{20,}}|glpat-[\w-]{{16,}}|xox[a-z]-[\w-]{{10,}}|AIza[\w-]{{30,}}"
            r"|ya29\.[\w-]{16,}|[sr]k_(?:live|test)_\w{10,}|sk-(?:[a-z0-9]{2,8}-){0,2}\w{20,}|npm_\w{30,}|pypi-[\w-]{40,}|hv[sbr]\.[\w-]{16,}"
            r"|SG\.[\w-]{16,}\.[\w-]{16,}|dckr_pat_[\w-]{16,}|dop_v1_\w{32,}|\d{8,10}:AA[\w-]{30,})"
        ),
    ),
    Pattern(
        "password",
        ("$",),
        re.compile(r"\$(?:1|2[abxy]?|5|6|7|y|argon2[a-z]{1,2}|pbkdf2[\w-]{0,16}|scrypt)\$[\w./,=+$-]{8,}"),
    ),
    Pattern(
        "token",
        ("sig", "x-amz", "code="),
        re.compile(
            r"[?&;](?:sig|signature|x-amz-signature|x-amz-security-token|code)=(?P<value>[\w%+/.~-]{16,}=*)",
            re.I,
        ),
        _not_marked,
    ),
    Pattern(
        "userinfo", ("://",), re.compile(r"(?<=://)(?P<value>[^\s/@:\"'<>\\]*:[^\s/\"'<>]*)@"), _not_marked
    ),
    Pattern(
        "userinfo",
        ("://",),
        re.compile(r"(?<=://)(?P<value>[^\s/@:\"'<>\\]{0,128}:(?!\d{1,5}[/?#])[^\s@\"'<>]{1,256})@"),
        _not_marked,
    ),
    Pattern("userinfo", ("://",), re.compile(r"(?<=://)(?P<value>[\w%~-]{20,})@"), _not_marked),
    Pattern(
        "userinfo",
        ("-u", "--"),
        re.compile(r"(?<!\S)(?:-u|--user|--proxy-user)[ =][\"']?(?P<value>[^\s:\"']{1,128}:[^\s\"']+)"),
        _not_marked,
    ),
    Pattern(
        "password",
        ("pass", "auth"),
        re.compile(r"^(?:PASS|AUTH (?:PLAIN|LOGIN)) (?P<value>\S+)", re.M),
        _said,
    ),
    Pattern(
        "password",
        ("sshpass", "redis-cli", "mysql", "mariadb"),
        re.compile(
            r"(?<!\w)(?:sshpass\s{1,4}-p\s{0,4}|redis-cli [^|\n]{0,80}?-a\s{1,4}|m(?:ysql|ariadb)\w{0,12} [^|\n]{0,120}?-p(?=[^\s-]))"
            r"(?P<value>\S+)"
        ),
        _not_marked,
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
    Pattern(
        "",
        NAMES,
        re.compile(
            rf"{NAMED}{SUFFIX}\]?\\{{0,2}}[\"'`]?\]?\s{{0,8}}(?:=>|:=|==|=|:)\s{{0,8}}{VALUE}", re.I | re.S
        ),
        _named,
    ),
    Pattern("", NAMES, re.compile(rf"{NAMED}[\w:.-]{{0,16}}>\s{{0,8}}(?P<value>[^<\s][^<]*)<", re.I), _named),
    Pattern(
        "",
        NAMES,
        re.compile(
            rf"{NAMED}\s{{1,4}}(?:(?:(?:re)?set|changed|->)\s{{1,4}}(?:to\s{{1,4}})?|(?:is|was)\s{{1,4}}){VALUE}",
            re.I,
        ),
        _said,
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
    # Beside an AWS key id, which is gone by now, stands its secret.
    Pattern(
        "aws_key",
        ("[redacted:aws_key]",),
        re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"),
    ),
)
# Whatever has none of these has nothing for a pattern to match.
TRIGGERS = tuple(dict.fromkeys(trigger for pattern in PATTERNS for trigger in pattern.triggers))
