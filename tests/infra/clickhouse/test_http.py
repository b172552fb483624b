"""The HTTP interface as curl and other tools use it."""

from __future__ import annotations

import io
import json
import subprocess
import threading
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.clickhouse.compression import decode, encoder
from tests.infra.clickhouse.server import serving

pytestmark = pytest.mark.clickhouse

ROWS = 1000
FORMATS = [
    "Native", "Arrow", "ArrowStream", "JSONEachRow", "JSONCompactEachRow", "CSV", "CSVWithNames", "TSV",
    "Parquet", "RowBinary", "RowBinaryWithNamesAndTypes", "Values", "ORC", "MsgPack",
]  # fmt: skip


def curl(*arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["curl", "-sS", *arguments], input=data, capture_output=True, check=False)


def query(http: httpx.Client, sql: str, **params: str) -> str:
    answer = http.post("/", content=sql, params=params)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_health(http: httpx.Client) -> None:
    for path in ("/", "/ping", "/replicas_status"):
        assert http.get(path).text == "Ok.\n"
    missing = http.get("/nope")
    assert missing.status_code == 404
    assert "There is no handle /nope" in missing.text


def test_curl(clickhouse_url: str, database: str) -> None:
    address = f"{clickhouse_url}/?database={database}"
    assert curl(address, "-d", "CREATE TABLE t (a UInt8, b String) ENGINE = Memory").stdout == b""
    assert (
        curl(f"{address}&query=INSERT+INTO+t+FORMAT+CSV", "--data-binary", "@-", data=b"1,x\n2,y\n").stdout
        == b""
    )
    assert curl(address, "--data-binary", "@-", data=b"INSERT INTO t VALUES (3, 'z')").stdout == b""
    got = curl(f"{address}&query=SELECT+*+FROM+t+ORDER+BY+a+FORMAT+JSONEachRow")
    assert [json.loads(line) for line in got.stdout.splitlines()] == [
        {"a": 1, "b": "x"},
        {"a": 2, "b": "y"},
        {"a": 3, "b": "z"},
    ]
    assert curl("--compressed", f"{address}&query=SELECT+count()+FROM+t").stdout == b"3\n"
    assert b"Code: 60. DB::Exception" in curl(address, "-d", "SELECT * FROM nope").stdout
    cut = curl(address, "-d", "SELECT throwIf(number = 1500000, 'here') FROM numbers(2000000)")
    assert cut.returncode == 18  # the transfer was not complete
    assert b"here" in cut.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_goes_out_and_comes_in_again(http: httpx.Client, name: str) -> None:
    query(http, "CREATE TABLE t (id UInt64, name String, at DateTime64(3, 'UTC')) ENGINE = Memory")
    select = f"SELECT number AS id, toString(number) AS name, toDateTime64(number, 3, 'UTC') AS at FROM numbers({ROWS})"
    packed = http.post("/", content=f"{select} FORMAT {name}").content
    answer = http.post("/", params={"query": f"INSERT INTO t FORMAT {name}"}, content=packed)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == str(ROWS)
    in_one = http.post("/", content=f"INSERT INTO t FORMAT {name}\n".encode() + packed)
    assert in_one.status_code == 200, in_one.text
    check = "SELECT count(), uniqExact(id), countIf(toString(id) = name AND toUInt64(at) = id) FROM t"
    assert query(http, check) == f"{2 * ROWS}\t{ROWS}\t{2 * ROWS}\n"


def test_what_arrow_and_parquet_readers_get(http: httpx.Client) -> None:
    arrow = http.post("/", content="SELECT number FROM numbers(200000) FORMAT Arrow").content
    assert pa.ipc.open_file(arrow).read_all().num_rows == 200_000
    stream = http.post("/", content="SELECT number FROM numbers(0) FORMAT ArrowStream").content
    assert pa.ipc.open_stream(stream).read_all().schema.names == ["number"]
    parquet = http.post("/", content="SELECT number FROM numbers(10) FORMAT Parquet").content
    assert pq.read_table(io.BytesIO(parquet))["number"].to_pylist() == list(range(10))


def test_headers(http: httpx.Client) -> None:
    answer = http.get("/", params={"query": "SELECT 1 AS a", "default_format": "JSON", "query_id": "mine"})
    assert answer.json()["data"] == [{"a": 1}]
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Format"] == "JSON"
    assert answer.headers["X-ClickHouse-Timezone"]
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"], summary["written_rows"]) == ("1", "1", "0")


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELEC 1", 400, 62),
        ("SELECT 1; SELECT 2", 400, 62),
        ("SELECT nope", 404, 47),
        ("SELECT * FROM nope", 404, 60),
        ("SELECT 1 FORMAT Nope", 404, 73),
        ("SELECT toUInt8('x')", 400, 6),
        ("SELECT throwIf(1)", 500, 395),
        ("SELECT sleep(2) SETTINGS max_execution_time = 0.2", 408, 159),
        ("INSERT INTO nope FORMAT CSV\n1\n", 404, 60),
        ("SELECT {x:String}", 500, 456),
    ],
)
def test_errors(http: httpx.Client, sql: str, status: int, code: int) -> None:
    answer = http.post("/", content=sql)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code)), (
        answer.text
    )
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert "OUTFILE" not in answer.text


def test_settings_and_parameters_in_the_url(http: httpx.Client) -> None:
    assert (
        query(http, "SELECT getSetting('max_threads'), {a:String}", max_threads="1", param_a="x\\ty")
        == "1\tx\\ty\n"
    )
    wrong = http.post("/", content="SELECT 1", params={"no_such_setting": "1"})
    assert (wrong.status_code, wrong.headers["X-ClickHouse-Exception-Code"]) == (404, "115")
    assert http.post("/", content="SELECT 1", params={"max_threads": "1'"}).status_code >= 400


@pytest.mark.parametrize("session", [{}, {"session_id": "reader"}])
def test_get_only_reads(http: httpx.Client, session: dict[str, str]) -> None:
    query(http, "CREATE TABLE t (a UInt8) ENGINE = Memory")
    for sql in ("INSERT INTO t VALUES (1)", "DROP TABLE t", "INSERT INTO t SELECT 1"):
        answer = http.get("/", params={"query": sql, **session})
        assert answer.headers.get("X-ClickHouse-Exception-Code") == "164", sql
    assert http.get("/", params={"query": "SELECT count() FROM t", **session}).text == "0\n"


def test_sessions(http: httpx.Client) -> None:
    missing = http.post("/", content="SELECT 1", params={"session_id": "none", "session_check": "1"})
    assert missing.headers["X-ClickHouse-Exception-Code"] == "372"
    query(http, "CREATE TEMPORARY TABLE mine AS SELECT 5 AS a", session_id="s", session_timeout="30")
    assert query(http, "SELECT a FROM mine", session_id="s", session_check="1") == "5\n"
    query(http, "CREATE DATABASE gone", session_id="s")
    query(http, "USE gone", session_id="s")
    assert query(http, "SELECT currentDatabase()", session_id="s", database="system") == "system\n"
    query(http, "DROP DATABASE gone", session_id="s")
    assert query(http, "SELECT a FROM mine", session_id="s") == "5\n"
    too_long = http.post("/", content="SELECT 1", params={"session_id": "s", "session_timeout": "99999"})
    assert too_long.headers["X-ClickHouse-Exception-Code"] == "374"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_compression_both_ways(http: httpx.Client, encoding: str) -> None:
    query(http, "CREATE TABLE t (a UInt64) ENGINE = Memory")
    packer = encoder(encoding)
    packed = packer.compress(b"".join(b"%d\n" % number for number in range(50_000))) + packer.flush()
    headers = {"Content-Encoding": encoding}
    sent = http.post("/", params={"query": "INSERT INTO t FORMAT TSV"}, content=packed, headers=headers)
    assert sent.status_code == 200, sent.text
    ask = http.build_request(
        "POST", "/", content="SELECT a FROM t ORDER BY a", headers={"Accept-Encoding": encoding}
    )
    answer = http.send(ask, stream=True)
    raw = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == encoding
    assert b"".join(decode(encoding, [raw])).split() == [b"%d" % number for number in range(50_000)]
    plain = http.post(
        "/",
        content="SELECT 1",
        headers={"Accept-Encoding": encoding},
        params={"enable_http_compression": "0"},
    )
    assert "Content-Encoding" not in plain.headers


def test_refused_compression_says_what_works(http: httpx.Client) -> None:
    answer = http.post("/", content=b"x", headers={"Content-Encoding": "br"})
    assert answer.status_code == 501
    assert "lz4, zstd, gzip, deflate" in answer.text
    assert http.post("/", content="SELECT 1", params={"compress": "1"}).status_code == 501


def test_wait_end_of_query_gives_the_error_its_status(http: httpx.Client) -> None:
    sql = "SELECT number, throwIf(number = 1500000, 'late') FROM numbers(2000000)"
    assert http.post("/", content=sql, params={"wait_end_of_query": "1"}).status_code == 500
    whole = http.post("/", content="SELECT number FROM numbers(300000)", params={"wait_end_of_query": "1"})
    assert json.loads(whole.headers["X-ClickHouse-Summary"])["result_rows"] == "300000"


def test_an_insert_reads_its_input_function(http: httpx.Client) -> None:
    query(http, "CREATE TABLE t (a UInt64) ENGINE = Memory")
    query(http, "INSERT INTO t SELECT x * 2 FROM input('x UInt64') WHERE x > 1 FORMAT CSV\n1\n2\n3\n")
    assert query(http, "SELECT groupArray(a) FROM t") == "[4,6]\n"


def test_a_refused_insert_of_a_large_body_is_answered(http: httpx.Client) -> None:
    answer = http.post("/", params={"query": "INSERT INTO nope FORMAT CSV"}, content=b"1\n" * 5_000_000)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "60"


def test_a_bad_row_leaves_nothing_behind(http: httpx.Client) -> None:
    query(http, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    answer = http.post("/", content="INSERT INTO t FORMAT CSV\n1\n2\nthree\n")
    assert answer.status_code == 400
    assert query(http, "SELECT count() FROM t") == "0\n"


def test_queries_end_when_their_client_goes_or_kills_them(clickhouse_url: str, http: httpx.Client) -> None:
    slow = "SELECT count() FROM numbers(1000000000000)"
    running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(1%'"
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=clickhouse_url, timeout=0.3) as hasty:
        hasty.post("/", content=slow)
    _until(lambda: query(http, running) == "0\n")
    answers: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(
            httpx.post(clickhouse_url, content=slow, params={"query_id": "long"}, timeout=60)
        )
    )
    thread.start()
    _until(lambda: query(http, running) == "1\n")
    same = http.post("/", content="SELECT 1", params={"query_id": "long"})
    assert same.headers["X-ClickHouse-Exception-Code"] == "216"
    assert http.get("/ping").text == "Ok.\n"
    query(http, "KILL QUERY WHERE query_id = 'long' SYNC")
    thread.join(timeout=30)
    assert answers[0].headers["X-ClickHouse-Exception-Code"] == "394"


def test_too_many_queries_are_refused_and_a_password_is_asked_for(tmp_path: Path) -> None:
    with serving(tmp_path / "store", "--workers", "1", "--queue", "1", "--password", "s3cret") as process:
        key = {"X-ClickHouse-Key": "s3cret"}
        answers: list[httpx.Response] = []

        def ask() -> None:
            answers.append(httpx.post(process.url, content="SELECT sleep(1)", headers=key, timeout=30))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = sorted(answer.headers.get("X-ClickHouse-Exception-Code", "none") for answer in answers)
        assert codes == ["202", "202", "none", "none"]
        assert httpx.post(process.url, content="SELECT 1").status_code == 403
        assert httpx.post(process.url, content="SELECT 1", auth=("default", "s3cret")).text == "1\n"
        assert (
            httpx.get(
                process.url, params={"query": "SELECT 1", "user": "bob", "password": "s3cret"}
            ).status_code
            == 403
        )


def _until(condition: object) -> None:
    assert callable(condition)
    for _ in range(200):
        if condition():
            return
        threading.Event().wait(0.05)  # the interval of polling
    raise AssertionError("it did not happen in 10 s")
