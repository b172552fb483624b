"""What one HTTP request asks for: the query, and how it is to be run and answered.

Names and meanings are those of https://clickhouse.com/docs/interfaces/http.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from infra.clickhouse.errors import ServerError

MAX_SESSION_TIMEOUT_S = 3600
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_NOT_SETTINGS = frozenset(
    (
        *("query", "database", "default_format", "query_id", "stacktrace", "client_protocol_version"),
        *("session_id", "session_timeout", "session_check", "close_session"),
        *("user", "password", "quota_key", "role"),
        *("compress", "decompress", "buffer_size", "wait_end_of_query"),
    )
)
_EXTERNAL = ("_structure", "_types", "_format")


@dataclass(frozen=True)
class ExternalTable:
    """A table sent with the query; it lives as long as the query, and its data can be read once."""

    name: str
    structure: str
    format: str
    pieces: Iterable[bytes]


@dataclass(frozen=True)
class QueryRequest:
    """One request, checked as far as it can be without the engine."""

    query_id: str
    query: bytes
    database: str
    default_format: str
    settings: Mapping[str, str]
    parameters: Mapping[str, str]
    session_id: str
    session_timeout_s: int
    session_check: bool
    wait_end: bool
    accept_encoding: str
    content_encoding: str
    readonly: bool
    external: tuple[ExternalTable, ...] = ()


def build(
    method: str,
    headers: Mapping[str, str],
    params: Mapping[str, str],
    files: Iterable[tuple[str, BinaryIO]] = (),
) -> QueryRequest:
    """Sort a request's parameters (URL and form fields together) into what they mean.

    Raises `ServerError` for what the real server refuses at this point: compressed native blocks, wrong names, wrong session settings.
    """
    _refuse_native_compression(params)
    uploads = tuple(files)
    return QueryRequest(
        query_id=params.get("query_id") or headers.get("x-clickhouse-query-id") or str(uuid.uuid4()),
        query=params.get("query", "").encode(),
        database=params.get("database") or headers.get("x-clickhouse-database") or "",
        settings=_settings(params, [name for name, _ in uploads]),
        default_format=_default_format(headers, params),
        parameters=_parameters(params),
        session_id=params.get("session_id", ""),
        session_timeout_s=_session_timeout_s(params.get("session_timeout", "60")),
        session_check=params.get("session_check", "0") == "1",
        wait_end=_flag(params.get("wait_end_of_query")) or _flag(params.get("http_wait_end_of_query")),
        accept_encoding=headers.get("accept-encoding", ""),
        content_encoding=headers.get("content-encoding", ""),
        readonly=method in ("GET", "HEAD") or params.get("readonly", "0") != "0",
        external=tuple(_external(name, file, params) for name, file in uploads),
    )


def _settings(params: Mapping[str, str], uploads: Iterable[str]) -> dict[str, str]:
    """What is left: parameters that mean nothing here, nor say anything of an external table, are settings of the query."""
    reserved = _NOT_SETTINGS | {name + suffix for name in uploads for suffix in _EXTERNAL}
    settings = {
        name: value
        for name, value in params.items()
        if name not in reserved and not name.startswith("param_")
    }
    for name in settings:
        if not _NAME.fullmatch(name):
            raise ServerError(115, "UNKNOWN_SETTING", f"Unknown setting '{name[:64]}'")
    return settings


def _default_format(headers: Mapping[str, str], params: Mapping[str, str]) -> str:
    found = params.get("default_format") or headers.get("x-clickhouse-format") or "TabSeparated"
    if not found.isalnum():
        raise ServerError(73, "UNKNOWN_FORMAT", f"Unknown format {found[:64]}")
    return found


def _flag(value: str | None) -> bool:
    return value is not None and value not in ("", "0", "false")


def _refuse_native_compression(params: Mapping[str, str]) -> None:
    for name in ("compress", "decompress"):
        if _flag(params.get(name)):
            message = (
                f"{name}=1 (ClickHouse's own block framing) is not supported by the embedded server: use "
                "Accept-Encoding or Content-Encoding with lz4, zstd, gzip or deflate"
            )
            raise ServerError(48, "NOT_IMPLEMENTED", message)


def _parameters(params: Mapping[str, str]) -> dict[str, str]:
    found = {name[len("param_") :]: value for name, value in params.items() if name.startswith("param_")}
    for name in found:
        if not _NAME.fullmatch(name):
            raise ServerError(36, "BAD_ARGUMENTS", f"Wrong name of a query parameter: '{name[:64]}'")
    return found


def _session_timeout_s(text: str) -> int:
    if not text.isdecimal():
        raise ServerError(374, "INVALID_SESSION_TIMEOUT", f"Invalid session timeout: '{text[:20]}'")
    if int(text) > MAX_SESSION_TIMEOUT_S:
        message = f"Session timeout '{text[:20]}' is larger than max_session_timeout: {MAX_SESSION_TIMEOUT_S}"
        raise ServerError(374, "INVALID_SESSION_TIMEOUT", message)
    return int(text)


def _external(name: str, file: BinaryIO, params: Mapping[str, str]) -> ExternalTable:
    if not _NAME.fullmatch(name):
        raise ServerError(36, "BAD_ARGUMENTS", f"Wrong name of an external table: '{name[:64]}'")
    structure = params.get(f"{name}_structure", "")
    if not structure and (types := params.get(f"{name}_types", "")):
        structure = ", ".join(f"_{number} {kind}" for number, kind in enumerate(_split(types), 1))
    if not structure:
        message = f"The external table {name} needs its structure: {name}_structure or {name}_types"
        raise ServerError(36, "BAD_ARGUMENTS", message)
    pieces = iter(lambda: file.read(1 << 20), b"")
    return ExternalTable(name, structure, params.get(f"{name}_format", "TabSeparated"), pieces)


def _split(types: str) -> list[str]:
    """Type names separated by the commas outside parentheses."""
    parts, depth = [""], 0
    for character in types:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
