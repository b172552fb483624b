"""ClickHouse as the processes see it: one way to connect, and its errors told apart by whether trying again can help."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.errors import Fatal, Retryable

# Codes that go away by themselves (ClickHouse's ErrorCodes.cpp): timeouts, limits of the moment, network, parts to merge.
TRANSIENT = frozenset({3, 159, 164, 202, 203, 209, 210, 236, 241, 242, 243, 252, 319, 394, 425, 439, 999})
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 60
# Whether anything but requests to erase it was ever stored of a device.
KNOWN = """
SELECT (SELECT count() FROM device_activity WHERE tenant = {tenant:String} AND device = {subject:String})
    + (SELECT count() FROM events WHERE tenant = {tenant:String} AND subject = {subject:String} AND topic != 'privacy')
    + (SELECT count() FROM dead_letters WHERE tenant = {tenant:String} AND device = {subject:String}) AS known
"""


def connect(url: str) -> Client:
    """A client of the database named in the URL, which is created where it is missing; one client for one thread at a time.

    Raises Retryable where nothing answers and Fatal where the server refuses, for example because of a wrong password.
    """
    # What these libraries warn of is raised as well, and told once, by whoever tries again.
    for noisy in ("urllib3", "clickhouse_connect"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    database = unquote(urlsplit(url).path.strip("/")) or "default"
    with told_apart(f"connect to {address(url)}"):
        if database != "default":
            with _client(url, "default") as first:
                first.command("CREATE DATABASE IF NOT EXISTS {database:Identifier}", {"database": database})
        return _client(url, database)


def address(url: str) -> str:
    """`host:port/database` of a ClickHouse URL, without user and password, for messages."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (8443 if parts.scheme == 'https' else 8123)}{parts.path}"


@contextmanager
def told_apart(doing: str) -> Iterator[None]:
    """Turn what ClickHouse raises inside into Retryable or Fatal; `doing` completes "could not ..."."""
    try:
        yield
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        kind = Retryable if code is None or code in TRANSIENT else Fatal
        reason = "ClickHouse does not answer" if code is None else str(error).strip().partition("\n")[0][:300]
        raise kind(f"could not {doing}: {reason}") from error
    except OSError as error:
        raise Retryable(f"could not {doing}: {type(error).__name__}") from error


def _client(url: str, database: str) -> Client:
    parts = urlsplit(url)
    return clickhouse_connect.get_client(
        host=parts.hostname,
        port=parts.port or (8443 if parts.scheme == "https" else 8123),
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        secure=parts.scheme == "https",
        database=database,
        connect_timeout=CONNECT_TIMEOUT_S,
        send_receive_timeout=ANSWER_TIMEOUT_S,
        autogenerate_session_id=False,
        query_retries=0,
    )
