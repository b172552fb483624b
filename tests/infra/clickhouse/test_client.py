"""An unmodified clickhouse-connect client does here what it does with the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

pytestmark = pytest.mark.clickhouse

COLUMNS = ["id", "at", "name", "tags", "value", "counts"]
TABLE = (
    "CREATE TABLE readings (id UInt64, at DateTime64(3, 'UTC'), name LowCardinality(String), tags Array(String), "
    "value Nullable(Float64), counts Map(String, UInt8)) ENGINE = MergeTree ORDER BY id "
    "SETTINGS non_replicated_deduplication_window = 100"
)
AT = datetime(2026, 3, 29, 1, 30, 0, 123000, tzinfo=UTC)
ROWS = [[1, AT, "é'\\\t", ["x", "y"], None, {"k": 1}], [2, AT, "b", [], 1.5, {}]]


@pytest.fixture
def table(client: Any) -> str:
    client.command(TABLE)
    return "readings"


def test_rows_come_back_as_they_went_in(client: Any, table: str) -> None:
    summary = client.insert(table, ROWS, column_names=COLUMNS)
    assert summary.written_rows == 2
    client.query_tz = UTC
    back = client.query(f"SELECT * FROM {table} ORDER BY id", query_tz="UTC", column_tzs={"at": "UTC"})
    assert [list(row)[2:] for row in back.result_rows] == [row[2:] for row in ROWS]
    assert [row[1].replace(tzinfo=UTC) for row in back.result_rows] == [AT, AT]
    assert back.column_names == tuple(COLUMNS)
    assert back.summary["read_rows"] == "2"


def test_time_zones_of_datetime64(client: Any) -> None:
    value = client.query("SELECT toDateTime64('2026-07-01 12:00:00.250', 3, 'Europe/Berlin')").first_row[0]
    assert value == datetime(2026, 7, 1, 12, 0, 0, 250000, tzinfo=ZoneInfo("Europe/Berlin"))


def test_parameters(client: Any, table: str) -> None:
    client.insert(table, ROWS, column_names=COLUMNS)
    where = "id IN {ids:Array(UInt64)} AND at >= {since:DateTime64(3)} AND name = {name:String}"
    parameters = {"ids": [1, 2, 3], "since": AT.replace(tzinfo=None), "name": ROWS[0][2]}
    assert client.query(f"SELECT id FROM {table} WHERE {where}", parameters=parameters).result_rows == [(1,)]
    assert client.query("SELECT {x:Nullable(Int8)}", parameters={"x": None}).first_row == (None,)


def test_parameters_in_a_form(connect: Callable[..., Any]) -> None:
    client = connect(form_encode_query_params=True)
    assert client.query("SELECT {x:String}", parameters={"x": "é'\\\t" * 1000}).first_row == (
        "é'\\\t" * 1000,
    )


def test_arrow_and_frames(client: Any, table: str) -> None:
    given = pa.table({"id": pa.array(range(5000), pa.uint64()), "name": ["z"] * 5000})
    assert client.insert_arrow(table, given).written_rows == 5000
    assert client.query_arrow(f"SELECT id FROM {table} ORDER BY id")["id"].equals(given["id"])
    assert client.query_df(f"SELECT id, name FROM {table}")["id"].sum() == sum(range(5000))
    with client.query_arrow_stream("SELECT number FROM numbers(300000)") as batches:
        assert sum(batch.num_rows for batch in batches) == 300_000


def test_a_token_makes_an_insert_happen_once(client: Any, table: str) -> None:
    for _ in range(3):
        client.insert(table, ROWS, column_names=COLUMNS, settings={"insert_deduplication_token": "batch-1"})
    client.insert(table, ROWS, column_names=COLUMNS, settings={"insert_deduplication_token": "batch-2"})
    assert client.command(f"SELECT count() FROM {table}") == 4


def test_a_session_keeps_what_its_queries_did_and_nothing_else(client: Any, database: str) -> None:
    client.command("CREATE TEMPORARY TABLE picked (a Int8)")
    client.insert("picked", [[1], [2]])
    assert client.command("SELECT sum(a) FROM picked") == 3
    client.command("SET max_threads = 1")
    assert client.command("SELECT getSetting('max_threads')", settings={"max_threads": 2}) == 2
    assert client.command("SELECT getSetting('max_threads')") == 1
    assert client.command("SELECT getSetting('max_block_size')", settings={"max_block_size": 7}) == 7
    assert client.command("SELECT getSetting('max_block_size')") != 7
    assert client.command("SELECT currentDatabase()") == database


def test_a_session_runs_one_query_at_a_time(clickhouse_url: str) -> None:
    port = int(clickhouse_url.rsplit(":", 1)[1])

    async def both() -> list[Any]:
        options = {"host": "127.0.0.1", "port": port, "session_id": "shared", "query_retries": 0}
        one, two = [await clickhouse_connect.get_async_client(**options) for _ in range(2)]
        asked = (one.command("SELECT sleep(0.5)"), two.command("SELECT sleep(0.5)"))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await one.close()
        await two.close()
        return list(answers)

    failed = [answer for answer in asyncio.run(both()) if isinstance(answer, DatabaseError)]
    assert len(failed) == 1
    assert failed[0].code == 373


def test_large_results_stream(client: Any) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(1000000)") as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 1_000_000
    assert len(sizes) > 5


def test_errors_before_and_in_the_middle_of_a_result(client: Any) -> None:
    with pytest.raises(DatabaseError, match="UNKNOWN_IDENTIFIER") as caught:
        client.query("SELECT nope")
    assert caught.value.code == 47
    query = "SELECT number, throwIf(number = 1500000, 'stop here') FROM numbers(2000000)"
    with pytest.raises(StreamFailureError, match="stop here"), client.query_row_block_stream(query) as blocks:
        for _ in blocks:
            pass
    assert client.command("SELECT 1") == 1


def test_external_tables(client: Any) -> None:
    wanted = ExternalData(
        file_name="wanted.csv", data=b"1,a\n3,c\n", fmt="CSV", structure=["id UInt64", "x String"]
    )
    query = "SELECT x FROM wanted WHERE id IN (SELECT number FROM numbers(3)) ORDER BY id"
    assert client.query(query, external_data=wanted).result_rows == [("a",)]
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query("SELECT x FROM wanted")


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_compression_both_ways(connect: Callable[..., Any], compress: str | bool) -> None:
    client = connect(compress=compress)
    client.command("CREATE TABLE numbers (n UInt64) ENGINE = MergeTree ORDER BY n")
    client.insert("numbers", [[number] for number in range(100_000)], column_names=["n"])
    assert sum(client.query("SELECT n FROM numbers").result_columns[0]) == sum(range(100_000))


def test_wrong_password(clickhouse_url: str) -> None:
    port = int(clickhouse_url.rsplit(":", 1)[1])
    with pytest.raises(DatabaseError, match="Authentication failed") as caught:
        clickhouse_connect.get_client(host="127.0.0.1", port=port, password="wrong")
    assert caught.value.code == 516


async def test_the_asyncio_client(clickhouse_url: str) -> None:
    client = await clickhouse_connect.get_async_client(
        host="127.0.0.1", port=int(clickhouse_url.rsplit(":", 1)[1])
    )
    async with client:
        answers = await asyncio.gather(
            *(client.command(f"SELECT {number} + sleep(0.05)") for number in range(30))
        )
        assert answers == list(range(30))
        async with await client.query_row_block_stream("SELECT number FROM numbers(300000)") as blocks:
            assert sum([len(block) async for block in blocks]) == 300_000
