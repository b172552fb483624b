"""Drop the store's projections, let an archive fill them again from the log, and say whether all projections are what they were.

The archive's position lies in the store, so an empty store is filled from the log's beginning. Nothing is enforced meanwhile because
nothing here can: the only program started is the archive, and no module of this package reaches one that has an effect (a test checks it).
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from schemas import migrations
from schemas.errors import Fatal, Rejected
from schemas.settings import Settings
from streams.replay import archive_run
from streams.replay.beside_store import compare_beside_store
from streams.replay.frontier import Frontier, behind, check_log_has, frontier_of, log_stretch
from streams.replay.projection import Digest, compare, digest_store
from streams.replay.worker_state import digest_workers
from streams.store import connect, told_apart

MADE = re.compile(r"CREATE (MATERIALIZED VIEW|VIEW|TABLE) IF NOT EXISTS (\w+)")
STALLED_S = 60.0
POLL_S = 0.2
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of rebuilding `rounds` times: `events` were stored again in `seconds`, the archive's starts included.

    `after` are the digests of the last round; `outcome` is `equal` only where every round was, and says why where nobody can tell.
    """

    before: dict[str, Digest]
    after: dict[str, Digest]
    outcome: dict[str, str]
    events: int
    seconds: float
    rounds: int = 1

    @property
    def equal(self) -> bool:
        """Whether no projection differs."""
        return "differs" not in self.outcome.values()

    @property
    def events_per_s(self) -> float:
        """Events stored a second."""
        return self.events / self.seconds


def digests(settings: Settings, store: Client, frontier: Frontier) -> dict[str, Digest]:
    """The digest of every projection at the frontier, the workers' included."""
    return {**digest_store(store), **digest_workers(settings, frontier)}


def rebuild(settings: Settings, say: Say, rounds: int = 1) -> Rebuilt:
    """Rebuild the store at `clickhouse_url` that many times; only what the migrations make is dropped. What is kept elsewhere
    (see `beside_store`) is derived anew beside it each time.

    Rejected where an archive runs or the store is empty. Fatal, before anything is dropped, where the log can't give back what the store
    holds; and where the archive fails or stalls: then start it, and it goes on where it stopped. What was appended to the log meanwhile is
    for the archive that is started next. Retryable where a part is down.
    """
    if archive_run.is_running(settings.kafka_bootstrap):
        raise Rejected("archive_running", "", "an archive is running; stop it first and start it afterwards")
    store = connect(settings.clickhouse_url)
    frontier = frontier_of(store)
    if not frontier:
        raise Rejected("empty_store", "", "the store is empty: start the archive and it fills it")
    check_log_has(frontier, log_stretch(settings.kafka_bootstrap, frontier))
    before = digests(settings, store, frontier)
    say(f"{len(before)} projections digested")
    outcome: dict[str, str] = {}
    events, seconds = 0, 0.0
    for number in range(rounds):
        seconds += _fill(settings, store, frontier, say, f"{number + 1} of {rounds}")
        events += _events(store)
        beside = compare_beside_store(settings.kafka_bootstrap)
        before |= {name: one for name, one in beside.kept.items() if name not in before}
        after = {**digests(settings, store, frontier), **beside.derived}
        found = {**compare({**before, **beside.kept}, after), **_untold(beside.untold)}
        outcome = {
            name: outcome[name] if outcome.get(name) == "differs" else one for name, one in found.items()
        }
    return Rebuilt(before, after, outcome, events, seconds, rounds)


def _untold(reasons: dict[str, str]) -> dict[str, str]:
    return {name: f"cannot tell: {reason}" for name, reason in reasons.items()}


def _fill(settings: Settings, store: Client, frontier: Frontier, say: Say, which: str) -> float:
    """Drop the tables and have them filled; the seconds that took."""
    say(f"rebuild {which}: dropping the tables and filling them from the log")
    drop(store)
    started = time.monotonic()
    with archive_run.running(settings, frontier) as archive:
        _await(store, frontier, archive, say)
        return time.monotonic() - started


def drop(store: Client) -> None:
    """Drop every table and view the migrations make, last made first; other things in the database stay."""
    made = [
        found
        for one in migrations.load()
        for statement in one.statements
        if (found := MADE.match(statement)) is not None
    ]
    with told_apart("drop the projections"):
        for found in reversed(made):
            kind = "TABLE" if found[1] == "TABLE" else "VIEW"
            store.command(f"DROP {kind} IF EXISTS {found[2]}")
        store.command("DROP TABLE IF EXISTS migrations")


def _await(store: Client, frontier: Frontier, archive: subprocess.Popen[bytes], say: Say) -> None:
    progress, moved = -1, time.monotonic()
    while missing := behind(frontier, frontier_of(store)):
        if archive.poll() is not None:
            raise Fatal(f"the archive ended with exit code {archive.returncode}; its log says why")
        if (left := sum(missing.values())) != progress:
            progress, moved = left, time.monotonic()
            say(f"{left} log records to go")
        elif time.monotonic() - moved > STALLED_S:
            raise Fatal(f"the archive stored nothing for {STALLED_S:g} s with {left} log records to go")
        time.sleep(POLL_S)


def _events(store: Client) -> int:
    with told_apart("count what was stored"):
        return int(store.command("SELECT sum(events) FROM ledger_ranges FINAL"))
