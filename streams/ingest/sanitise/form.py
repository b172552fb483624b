"""Secrets that are known by their form alone, wherever they stand."""

from __future__ import annotations

import re

from streams.ingest.sanitise.pattern import AFTER, BEFORE, Pattern

PRIVATE_KEYS: tuple[Pattern, ...] = (
    Pattern(
        "private_key",
        ("-----begin",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END ).)*(?:-----END [A-Z0-9 ]{0,60}-----)?",
            re.S,
        ),
    ),
    Pattern("private_key", ("age-secret",), re.compile(rf"{BEFORE}AGE-SECRET-KEY-1[A-Z0-9]{{20,}}")),
)
TOKENS: tuple[Pattern, ...] = (
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
)
AWS_SECRETS: tuple[Pattern, ...] = (
    # Beside an AWS key id, which is gone by now, stands its secret.
    Pattern(
        "aws_key",
        ("[redacted:aws_key]",),
        re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"),
    ),
)
