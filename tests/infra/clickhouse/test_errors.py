"""The engine's exceptions, as HTTP carries them."""

from __future__ import annotations

import pytest

from infra.clickhouse.errors import ServerError


@pytest.mark.parametrize(
    ("text", "code", "name", "message", "status"),
    [
        ("Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE)", 60, "UNKNOWN_TABLE", "Table a.b does not exist", 404),
        (
            "Code: 115. DB::Exception: Code: 115. DB::Exception: Unknown setting 'x'. "
            "(UNKNOWN_SETTING) (version 1.2.3.4). (UNKNOWN_SETTING)",
            115,
            "UNKNOWN_SETTING",
            "Unknown setting 'x'",
            404,
        ),
        ("Code: 159. DB::Exception: Timeout (TIMEOUT_EXCEEDED) (version 1.2 (official build))", 159, "TIMEOUT_EXCEEDED", "Timeout", 408),
        ("Code: 241. DB::Exception: too much. (MEMORY_LIMIT_EXCEEDED)", 241, "MEMORY_LIMIT_EXCEEDED", "too much", 500),
        ("something else", 1001, "STD_EXCEPTION", "something else", 500),
    ],
)  # fmt: skip
def test_of_engine(text: str, code: int, name: str, message: str, status: int) -> None:
    error = ServerError.of_engine(text)
    assert (error.code, error.name, error.message, error.status) == (code, name, message, status)
    assert error.text().startswith(f"Code: {code}. DB::Exception: {message}. ({name}) (version ")
