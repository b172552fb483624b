"""What must be known of a query before the engine sees it: its kind, its format, and where an INSERT's data begins.

This is a lexer and no parser: everything it does not have to know is left to ClickHouse. It works on bytes, because the data
of an INSERT follows its text in the same body and may be binary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from infra.clickhouse.errors import ServerError

# Lexical rules: https://clickhouse.com/docs/sql-reference/syntax
_TOKEN = re.compile(
    rb"""(?P<space>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    |(?P<word>\w+)
    |(?P<symbol>.)""",
    re.DOTALL | re.VERBOSE,
)
_DATA_START = re.compile(rb"[ \t\f]*(?:\r?\n)?")
_STREAMED = {
    b"SELECT",
    b"WITH",
    b"FROM",
    b"SHOW",
    b"DESCRIBE",
    b"DESC",
    b"EXPLAIN",
    b"EXISTS",
    b"CHECK",
    b"(",
}
INPUT = "_input"
"""The table an INSERT ... SELECT reads its data from, in the place of `input('structure')`."""
_BY_ID = re.compile(r"\bquery_id\s*=\s*('(?:[^'\\]|\\.)*')", re.IGNORECASE)
_NAMES_FOLLOW = {b"INTO", b"TABLE", b"FUNCTION", b"."}


@dataclass(frozen=True)
class Token:
    """A lexeme at parenthesis depth `depth`; `word` is upper case, and the empty word for quoted text."""

    word: bytes
    start: int
    end: int
    depth: int


@dataclass(frozen=True)
class Statement:
    """One statement as the engine is to get it.

    `kind` is its first word in upper case, `sql` the text without FORMAT, trailing semicolon and data, `format` what FORMAT
    named, `tail` what followed that (a SETTINGS clause). `data_at` is the offset of an INSERT's data in what was parsed, and
    None for statements that take none. `streamed` says that the engine can write its result piece by piece.
    `sets` are the names a SET statement assigns. `structure` is the argument of an INSERT ... SELECT's `input()`, in whose place
    `sql` reads the table `INPUT`.
    """

    kind: str
    sql: str
    format: str | None = None
    tail: str = ""
    data_at: int | None = None
    streamed: bool = False
    sets: tuple[str, ...] = ()
    structure: str = ""


def tokens(text: bytes) -> Iterator[Token]:
    """The significant lexemes (no blanks, no comments), one by one, so that an INSERT's data is never scanned."""
    depth = 0
    for found in _TOKEN.finditer(text):
        if found["space"] is not None:
            continue
        symbol = found["symbol"] or b""
        if symbol in (b")", b"]"):
            depth -= 1
        yield Token((found["word"] or symbol).upper(), found.start(), found.end(), depth)
        if symbol in (b"(", b"["):
            depth += 1


def parse(text: bytes, complete: bool = True) -> Statement | None:
    """Find out what `text` is; None when it is only the beginning (`complete` is False) and more is needed to say.

    Raises `ServerError` for an empty query, several statements at once, and INTO OUTFILE, as the real server does.
    """
    first = next(tokens(text), None)
    if not complete and (first is None or first.end == len(text)):
        return None
    if first is None:
        raise ServerError(
            62, "SYNTAX_ERROR", "Syntax error: failed at position 1 (end of query): Empty query"
        )
    if first.word == b"INSERT":
        return _insert(text, complete)
    return _other(text) if complete else None


def _insert(text: bytes, complete: bool) -> Statement | None:
    """Data begins after `FORMAT name` or VALUES; without either, and without a SELECT, it is Values from the end on."""
    last = before_last = Token(b"", 0, 0, 0)
    for token in tokens(text):
        if not complete and token.end == len(text):
            return None
        if (
            last.word == b"FORMAT"
            and last.depth == 0
            and before_last.word not in _NAMES_FOLLOW
            and token.word
        ):
            format_name = _text(text, token.start, token.end)
            return Statement(
                "INSERT", _text(text, 0, before_last.end), format_name, "", _data_at(text, token.end)
            )
        if token.word == b"VALUES" and token.depth == 0 and last.word not in _NAMES_FOLLOW:
            return Statement("INSERT", _text(text, 0, last.end), "Values", "", token.end)
        if token.word == b"SELECT" or (token.word == b"WITH" and token.depth == 0):
            return _insert_select(text) if complete else None
        before_last, last = last, token
    if not complete:
        return None
    end = before_last.end if last.word == b";" else last.end
    return Statement("INSERT", _text(text, 0, end), None, "", len(text))


def _data_at(text: bytes, name_end: int) -> int:
    """Where data begins after a format's name: blanks and one line end are not part of it."""
    blanks = _DATA_START.match(text, name_end)
    return blanks.end() if blanks else name_end


def _insert_select(text: bytes) -> Statement:
    """An INSERT ... SELECT: no data, except for one that ends in FORMAT and reads it through `input()`."""
    found = list(tokens(text))
    for before, word, name in zip(found, found[1:], found[2:], strict=False):
        if word.word == b"FORMAT" and word.depth == 0 and name.word and before.word != b"AS":
            sql, structure = _named_input(text[: before.end], found)
            format_name = _text(text, name.start, name.end)
            return Statement("INSERT", sql, format_name, "", _data_at(text, name.end), structure=structure)
    return Statement("INSERT SELECT", _text(text, 0, _end(text, found)))


def _named_input(text: bytes, found: list[Token]) -> tuple[str, str]:
    """The text with `input('structure')` replaced by the table `INPUT`, and the structure."""
    for word, parenthesis, literal, end in zip(found, found[1:], found[2:], found[3:], strict=False):
        if word.word == b"INPUT" and parenthesis.word == b"(" and literal.word == b"" and end.word == b")":
            structure = _text(text, literal.start + 1, literal.end - 1).replace("\\'", "'").replace("''", "'")
            return f"{_text(text, 0, word.start)} {INPUT} {_text(text, end.end, len(text))}", structure
    message = "FORMAT after INSERT ... SELECT needs input('structure') in the SELECT to read the data"
    raise ServerError(62, "SYNTAX_ERROR", message)


def kill_by_id(sql: str) -> str:
    """A KILL QUERY that finds a query by the id its client knows: the engine has ids of its own, ours is in `log_comment`."""
    return _BY_ID.sub(r"(query_id = \1 OR Settings['log_comment'] = \1)", sql)


def _other(text: bytes) -> Statement:
    found = list(tokens(text))
    end = _end(text, found)
    found = [token for token in found if token.end <= end]
    top = [token for token in found if token.depth == 0]
    words = [token.word for token in top]
    kind = words[0]
    if any(pair == (b"INTO", b"OUTFILE") for pair in pairwise(words)):
        raise ServerError(149, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed")
    if kind == b"WITH" and b"INSERT" in words:
        return Statement("INSERT SELECT", _text(text, 0, end))
    streamed = kind in _STREAMED
    sets = _assigned(text, found) if kind == b"SET" else ()
    name = _format(top)
    if name is None:
        return Statement(kind.decode("latin-1"), _text(text, 0, end), None, "", None, streamed, sets)
    before = max(token.end for token in found if token.end <= top[name - 1].start)
    head, tail = _text(text, 0, before), _text(text, top[name].end, end)
    format_name = _text(text, top[name].start, top[name].end)
    return Statement(kind.decode("latin-1"), head, format_name, tail, None, streamed, sets)


def _format(top: list[Token]) -> int | None:
    """The index of the format's name in `top`: the word after the last FORMAT that ends the query or stands before SETTINGS."""
    for index in range(len(top) - 1, 1, -1):
        follows = top[index + 1].word if index + 1 < len(top) else b"SETTINGS"
        if top[index - 1].word == b"FORMAT" and top[index].word.isalnum() and follows == b"SETTINGS":
            return index
    return None


def _end(text: bytes, found: list[Token]) -> int:
    """Where the only statement ends, without its semicolons; raises when another one follows."""
    for index, token in enumerate(found):
        if token.word == b";" and token.depth == 0:
            if any(other.word != b";" for other in found[index:]):
                raise ServerError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
            return found[index - 1].end if index else token.end
    return found[-1].end


def _assigned(text: bytes, found: list[Token]) -> tuple[str, ...]:
    pairs = pairwise(found)
    return tuple(_text(text, name.start, name.end) for name, sign in pairs if sign.word == b"=" and name.word)


def _text(text: bytes, start: int, end: int) -> str:
    try:
        return text[start:end].decode().strip()
    except UnicodeDecodeError as error:
        raise ServerError(
            62, "SYNTAX_ERROR", f"Syntax error: the query is not UTF-8 ({error.reason})"
        ) from None
