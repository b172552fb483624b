"""What the server finds out about a query before the engine sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clickhouse.errors import ServerError
from infra.clickhouse.statement import INPUT, Statement, parse

NAMES = st.sampled_from(
    ["t", "db.t", "`format`", '"values"', "db.format", "values", "FUNCTION file('a b; c', 'CSV')"]
)
BLANKS = st.sampled_from([" ", "\n", " -- note; FORMAT JSON\n", " /* VALUES ( */ ", "\t"])


def found(text: str) -> Statement:
    statement = parse(text.encode())
    assert statement is not None
    return statement


@given(NAMES, BLANKS, BLANKS, st.sampled_from(["", "(a, `b`)", "(a) SETTINGS x = 'FORMAT y'"]), st.binary())
def test_an_inserts_data_begins_right_after_the_format(
    name: str, blank: str, other: str, columns: str, data: bytes
) -> None:
    head = f"INSERT{blank}INTO {name}{other}{columns}".strip() if columns else f"INSERT{blank}INTO {name}"
    text = f"{head}{other}FORMAT{other}Native\n".encode()
    statement = parse(text + data)
    assert statement is not None
    assert (statement.format, statement.data_at) == ("Native", len(text))
    assert statement.sql == head


@given(NAMES, st.binary(), st.integers(min_value=0))
def test_a_beginning_never_gives_another_answer_than_the_whole(name: str, data: bytes, cut: int) -> None:
    text = f"INSERT INTO {name} (a, b) FORMAT RowBinary\n".encode() + data
    early = parse(text[: cut % (len(text) + 1)], complete=False)
    whole = parse(text)
    assert whole is not None
    if early is not None and early.data_at is not None:
        assert (early.sql, early.format) == (whole.sql, whole.format)
        assert early.data_at == min(whole.data_at or 0, cut % (len(text) + 1))


@given(st.text(), BLANKS)
def test_a_format_inside_quotes_is_not_one(text: str, blank: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\ud800", "")
    statement = found(f"SELECT '{quoted} FORMAT JSON'{blank}FORMAT{blank}CSV")
    assert statement.format == "CSV"


@pytest.mark.parametrize(
    ("text", "kind", "format_name", "tail"),
    [
        ("select 1", "SELECT", None, ""),
        ("select 1 format JSON;", "SELECT", "JSON", ""),
        ("select 1 as format", "SELECT", None, ""),
        ("select format from t", "SELECT", None, ""),
        ("select 1 format JSON settings a = 1, b = 'c'", "SELECT", "JSON", "settings a = 1, b = 'c'"),
        ("(select 1 format CSV) union all (select 2)", "(", None, ""),
        ("# note\nwith 1 as x select x -- end", "WITH", None, ""),
        ("show tables", "SHOW", None, ""),
    ],
)
def test_kind_and_format(text: str, kind: str, format_name: str | None, tail: str) -> None:
    statement = found(text)
    assert (statement.kind, statement.format, statement.tail) == (kind, format_name, tail)
    assert statement.streamed


def test_statements_that_are_not_streamed() -> None:
    for text in (
        "set a = 1",
        "create table t (a Int8) engine Memory",
        "insert into t select 1",
        "drop table t",
    ):
        assert not found(text).streamed
    assert found("SET a = 1, b = 'c = 2'").sets == ("a", "b")


def test_values_and_insert_without_format() -> None:
    text = "INSERT INTO t (a) VALUES (1)"
    statement = found(text)
    assert (statement.format, text[statement.data_at :]) == ("Values", " (1)")
    assert found("INSERT INTO t (a)").format is None
    assert found("INSERT INTO t SELECT 1").data_at is None


def test_input_function() -> None:
    statement = found("INSERT INTO t SELECT a FROM input('a Enum8(\\'x\\' = 1)') WHERE a > 0 FORMAT CSV\n1\n")
    assert statement.structure == "a Enum8('x' = 1)"
    assert f"FROM {INPUT} WHERE" in " ".join(statement.sql.split())


@pytest.mark.parametrize(
    "text", ["", "  -- nothing\n", "select 1; select 2", "insert into t select 1 format CSV"]
)
def test_refused_as_syntax_errors(text: str) -> None:
    with pytest.raises(ServerError) as caught:
        parse(text.encode())
    assert caught.value.code == 62


def test_into_outfile_is_refused() -> None:
    with pytest.raises(ServerError, match="INTO OUTFILE is not allowed"):
        parse(b"select 1 into outfile 'x'")
