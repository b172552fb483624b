"""The bytes of a refused message without its secrets, every other byte as it was.

What was refused may be anything: broken JSON, a log line, noise. JSON is not parsed but read token by token, so that duplicate keys, NaN
and an end that is missing stay as evidence.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.sanitise.account import is_account, looks_like_password
from streams.ingest.sanitise.effort import Effort
from streams.ingest.sanitise.harmless import is_harmless
from streams.ingest.sanitise.mark import Withheld, mark, withheld
from streams.ingest.sanitise.name import secret_kind
from streams.ingest.sanitise.text import TOO_LONG, sanitise_text, suspicious

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],]|[^\s"{}\[\],:]+', re.DOTALL)
COLON = re.compile(r"\s*:")
ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")
NUMBER = re.compile(r"-?\d[\d.eE+-]*")
ENCODED = "data_base64"
NAME_KEYS = frozenset(("name", "key", "header", "setting", "variable"))
VALUE_KEYS = frozenset(("value", "val"))
# The most an event may have; of more that looks suspicious the rest is withheld, for the search would hold up everybody else.
MAX_SEARCHED_BYTES = MAX_EVENT_BYTES
UNREADABLE = mark("unreadable").encode()


def sanitise_letter(raw: bytes, effort: Effort | None = None) -> tuple[bytes, Withheld]:
    """What `sanitise_raw` makes of the bytes, and how many secrets of each kind it took out."""
    made = sanitise_raw(raw, effort)
    return made, Withheld() if made is raw else withheld(
        raw.decode("utf-8", "replace"), made.decode("utf-8", "replace")
    )


def sanitise_raw(raw: bytes, effort: Effort | None = None) -> bytes:
    """The bytes with every secret that is recognised replaced; the very same bytes where there is none.

    What is not text that can be searched (UTF-16) but has a secret in it is withheld as a whole, and what is too long from there on.
    """
    effort = effort or Effort()
    text = raw.decode("utf-8", "surrogateescape")
    readable = ESCAPED.sub(_unescaped, text.replace("\0", ""))
    if not suspicious(readable) and not _has_account(readable) and ENCODED not in readable:
        return raw
    if len(raw) > MAX_SEARCHED_BYTES:
        return sanitise_raw(raw[:MAX_SEARCHED_BYTES], effort) + TOO_LONG.encode()
    if "\0" in text and _sanitised(readable, effort) != readable:
        return UNREADABLE
    made = _sanitised(text, effort)
    return raw if made == text else made.encode("utf-8", "surrogateescape")


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[0][2:], 16))


def _has_account(text: str) -> bool:
    return any(f'"{name}' in text for name in ("account", "user", "login", "logname", "uname", "ruser"))


def _sanitised(text: str, effort: Effort) -> str:
    """In whole JSON the tokens are all there is; in anything else a secret may stand outside of them, too."""
    made = _Tokens(text, effort).rewritten()
    return made if _is_json(made) else sanitise_text(made, effort)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return True


class _Tokens:
    """One walk over the tokens of something like JSON."""

    def __init__(self, text: str, effort: Effort) -> None:
        self._text, self._effort = text, effort
        self._key = ""
        # Each open object or list: its bracket, the key it is the value of, and the kind of secret everything in it is.
        self._open: list[tuple[str, str, str]] = []
        # The kind of secret that the value to come is, by the one before it: `"--token", "…"`, `"name": "token", "value": "…"`.
        self._announced = ""

    def rewritten(self) -> str:
        """The text with the tokens that hold secrets replaced."""
        if not self._text.lstrip("\ufeff \t\r\n").startswith(("{", "[", '"')):
            return self._text
        return TOKEN.sub(self._token, self._text)

    def _token(self, match: re.Match[str]) -> str:
        piece = match[0]
        if piece[0] == '"':
            return self._string(piece, is_key=COLON.match(self._text, match.end()) is not None)
        if piece in "{[":
            self._open.append((piece, self._key, self._kind()))
            self._next()
        elif piece in "}]":
            if self._open:
                self._open.pop()
            self._next()
        elif piece == ",":
            self._next()
        elif (
            (kind := self._kind())
            and (number := _number(piece)) is not None
            and not is_harmless(number, kind)
        ):
            return json.dumps(mark(kind))
        return piece

    def _next(self) -> None:
        """What comes next is an element under its list's key, or a key."""
        bracket, key, _ = self._open[-1] if self._open else ("", "", "")
        self._key = key if bracket == "[" else ""

    def _kind(self) -> str:
        return secret_kind(self._key) or (self._open[-1][2] if self._open else "")

    def _string(self, token: str, *, is_key: bool) -> str:
        said = _unquoted(token)
        made = sanitise_text(said, self._effort) if is_key else self._value(said)
        if is_key:
            self._key = made
        return token if made == said else json.dumps(made)

    def _value(self, said: str) -> str:
        kind = self._kind() or (
            self._announced if self._key in VALUE_KEYS or not said.startswith("-") else ""
        )
        self._announced = secret_kind(said) if said.startswith("-") or self._key in NAME_KEYS else ""
        if kind and not is_harmless(said, kind):
            return mark(kind)
        if self._key == ENCODED and _encoded(said, self._effort):
            return mark("encoded")
        if is_account(self._key):
            if not self._effort.spend(0):
                return TOO_LONG
            if looks_like_password(said):
                return mark("account")
        return sanitise_text(said, self._effort)


def _unquoted(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')


def _encoded(said: str, effort: Effort) -> bool:
    try:
        inner = base64.b64decode(said, validate=False)
    except (binascii.Error, ValueError):
        return False
    return sanitise_raw(inner, effort) != inner


def _number(token: str) -> float | None:
    if not NUMBER.fullmatch(token):
        return None
    try:
        return float(token)
    except ValueError:
        return float("inf")
