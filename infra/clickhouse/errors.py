"""ClickHouse's exceptions as HTTP carries them: code, name, text and status."""

from __future__ import annotations

import re

VERSION = "26.9.2.1"
"""Replaced at start by what the engine says of itself (`set_version`)."""

_CODE = re.compile(r"Code: (\d+)\. DB::Exception: ")
_TAIL = re.compile(r"\s*\(version [^()]*(?:\([^()]*\))?[^()]*\)\s*")
_NAME = re.compile(r"\.?\s*\(([A-Z][A-Z0-9_]+)\)\s*$")

# The mapping of src/Server/HTTP/exceptionCodeToHTTPStatus.cpp in ClickHouse, by name.
_STATUS = {
    401: "REQUIRED_PASSWORD",
    403: "UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED",
    400: "BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE "
    "CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER "
    "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 "
    "CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_UUID DUPLICATE_COLUMN ILLEGAL_COLUMN "
    "UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE THERE_IS_NO_COLUMN TOO_DEEP_AST TOO_BIG_AST "
    "UNEXPECTED_AST_STRUCTURE SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    404: "UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE UNKNOWN_DATABASE "
    "UNKNOWN_SETTING UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT "
    "UNKNOWN_DATABASE_ENGINE UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE",
    413: "QUERY_IS_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    501: "NOT_IMPLEMENTED",
    503: "SOCKET_TIMEOUT CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK",
    411: "HTTP_LENGTH_REQUIRED",
    408: "TIMEOUT_EXCEEDED",
}
STATUS = {name: status for status, names in _STATUS.items() for name in names.split()}


def set_version(version: str) -> None:
    """Remember the engine's version, which every exception's text ends with."""
    global VERSION  # noqa: PLW0603  one engine per process, known once it is open
    VERSION = version


class ServerError(Exception):
    """A ClickHouse exception: `code` and `name` as ClickHouse numbers them, `message` without either."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message} ({name})")
        self.code = code
        self.name = name
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status the real server would send; 500 where it has no own one."""
        return STATUS.get(self.name, 500)

    def text(self) -> str:
        """The exception as the real server writes it, without a line end."""
        dot = "" if self.message.endswith(".") else "."
        return f"Code: {self.code}. DB::Exception: {self.message}{dot} ({self.name}) (version {VERSION} (official build))"

    @classmethod
    def of_engine(cls, text: str) -> ServerError:
        """The exception inside the text chdb raised; one that ClickHouse has no code for becomes 1001 (STD_EXCEPTION)."""
        text = text.strip()
        codes = _CODE.match(text)
        if codes is None:
            return cls(1001, "STD_EXCEPTION", text)
        message = text
        while found := _CODE.match(message):
            message = message[found.end() :]
        message = _TAIL.sub(" ", message).strip()
        name = "UNKNOWN_EXCEPTION"
        while found := _NAME.search(message):
            name, message = found[1], message[: found.start()].strip()
        return cls(int(codes[1]), name, message)
