"""ClickHouse as the archive writes it: migrations, positions, inserts that are dropped when repeated. Tries again until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event, local
from typing import TypeVar

import structlog
from clickhouse_connect.driver.client import Client
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_when_event_set,
    wait_random_exponential,
)

from schemas import migrations
from schemas.errors import Retryable
from streams.archive import purge
from streams.archive.batch import Insert
from streams.archive.buffer import Partition
from streams.archive.forgetting import Forgetting
from streams.store import address, connect, told_apart

MAX_WAIT_S = 5.0
AT_ONCE = 2
log = structlog.stdlib.get_logger("archive")
T = TypeVar("T")

INSERT_SETTINGS = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # A device may report years late, and each month is a partition.
    "max_partitions_per_insert_block": 0,
    # Readers and merges drop repeated rows; looking for them in each insert as well costs half of its time.
    "optimize_on_insert": 0,
    # Merges make them as well, and can take their time.
    "materialize_statistics_on_insert": 0,
}


class Target:
    """The store at `url`. Every method waits out what is transient and raises Fatal for the rest, or Retryable once `stop` is set."""

    def __init__(self, url: str, stop: Event) -> None:
        self._url = url
        self._stop = stop
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="insert")
        # A client is for one thread at a time.
        self._held = local()

    def migrate(self) -> int:
        """Apply the migrations that are missing; returns how many. Fatal where one that was applied has changed."""
        return self._retry(f"migrate {address(self._url)}", _migrate)

    def positions(self) -> dict[Partition, int]:
        """The next offset to store for each partition the store has anything of."""
        return self._retry("read the archive's position", _positions)

    def forgotten(self) -> Forgetting:
        """What the events stored say must not be kept."""
        return self._retry("read what was erased", purge.known)

    def forget(self, due: Forgetting) -> None:
        """Apply it to all that is stored."""
        self._retry("erase", lambda client: purge.erase(client, due))
        self._retry("delete what is past its retention", lambda client: purge.drop_old(client, due.cutoffs))

    def insert_all(self, inserts: Sequence[Insert]) -> None:
        """Make these inserts, some of them at once; all have ended on return."""
        # To the end, whatever one of them raises: none may still be under way when the batch is tried again.
        made = [self._pool.submit(self.insert, insert) for insert in inserts]
        wait(made)
        for one in made:
            one.result()

    def insert(self, insert: Insert) -> None:
        """Insert rows, acknowledged; inserting the same ones again changes nothing."""
        settings = {**INSERT_SETTINGS, "insert_deduplication_token": insert.token}
        self._retry(
            f"insert {insert.rows.num_rows} rows into {insert.table}",
            lambda client: client.insert_arrow(insert.table, insert.rows, settings=settings),
        )

    def _retry(self, doing: str, act: Callable[[Client], T]) -> T:
        retrying = Retrying(
            retry=retry_if_exception_type(Retryable),
            wait=wait_random_exponential(multiplier=0.1, max=MAX_WAIT_S),
            stop=stop_when_event_set(self._stop),
            sleep=self._sleep,
            before_sleep=self._note,
            reraise=True,
        )
        done: T = retrying(self._once, doing, act)
        return done

    def _sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _note(self, state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome else None
        log.warning(
            "waiting for ClickHouse", at=address(self._url), tries=state.attempt_number, problem=str(problem)
        )

    def _once(self, doing: str, act: Callable[[Client], T]) -> T:
        if not hasattr(self._held, "client"):
            self._held.client = connect(self._url)
        with told_apart(doing):
            return act(self._held.client)


def _migrate(client: Client) -> int:
    client.command(migrations.TABLE)
    applied = dict(client.query("SELECT number, checksum FROM migrations FINAL").result_rows)
    missing = migrations.pending(migrations.load(), applied)
    for migration in missing:
        for statement in migration.statements:
            client.command(statement)
        client.insert(
            "migrations",
            [[migration.number, migration.name, migration.checksum]],
            column_names=["number", "name", "checksum"],
        )
    return len(missing)


def _positions(client: Client) -> dict[Partition, int]:
    rows = client.query(
        "SELECT topic, kafka_partition, max(last_offset) + 1 FROM ledger_ranges GROUP BY topic, kafka_partition"
    ).result_rows
    return {(topic, partition): offset for topic, partition, offset in rows}
