"""An erasure cut off after any of its steps and begun again: each thing is done once, said once, and the result is the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from schemas.event import Envelope, encode, to_headers
from schemas.privacy import SubjectErase, SubjectErased, SubjectKeyDestroyed, erasure_of
from schemas.registry import decode
from streams.privacy import erasure
from streams.privacy.erasure import Eraser
from streams.privacy.requests import Requests
from streams.privacy.store import Store
from tests.streams.sealing.memory import KeysInMemory

NOW = datetime(2026, 5, 1, tzinfo=UTC)
REQUEST = erasure_of("t", "cam-1", SubjectErase(actor="dpo", reason="art. 17"), NOW, source="test")


class Killed(BaseException):
    """The process ended here."""


class World(KeysInMemory, Store):
    """Keys, log and store; the process is killed before or after the step numbered `dies_at`."""

    def __init__(self, dies_at: int) -> None:
        KeysInMemory.__init__(self)
        self.log: list[Envelope] = [REQUEST]
        self.left = dies_at
        self.now = NOW

    def step(self) -> None:
        """The process may end here."""
        self.left -= 1
        if self.left == 0:
            raise Killed

    def destroy(self, tenant, subject, request, clock):  # type: ignore[no-untyped-def]
        """See Keys."""
        self.step()
        destroyed = KeysInMemory.destroy(self, tenant, subject, request, clock)
        self.step()
        return destroyed

    def append(self, envelope: Envelope) -> None:
        """Write an event."""
        self.step()
        self.log.append(decode(to_headers(envelope), encode(envelope)))

    def flush(self) -> None:
        """Wait for it."""
        self.step()

    def purged(self, tenant: str, subject: str, request: str, keys: Collection[str]) -> dict[str, int]:
        """Done at once."""
        self.step()
        return {"events": 3}

    def delete_consumed(self, _: str) -> int:
        """Seven records of raw input."""
        self.step()
        return 7

    def clock(self) -> datetime:
        """A second later each time."""
        self.now += timedelta(seconds=1)
        return self.now

    def start(self) -> None:
        """A new process: fold the log, carry out what is pending."""
        requests = Requests()
        for event in self.log:
            requests.add(event)
        for request in requests.pending:
            Eraser(self, self, self, "nowhere", self.clock).erase(request, requests)
        assert requests.pending == []


@pytest.mark.parametrize("dies_at", range(1, 12))
def test_killed_after_any_step_it_ends_the_same(dies_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(dies_at)
    monkeypatch.setattr(erasure, "delete_consumed", world.delete_consumed)
    old = world.living("t", "cam-1").id
    killed = False
    try:
        world.start()
    except Killed:
        killed = True
    # Meanwhile the device sends on.
    made_since = world.living("t", "cam-1").id
    world.start()
    assert killed == (dies_at <= 8)
    told = {event.id: event.data for event in world.log}
    assert [type(data) for data in told.values()] == [SubjectErase, SubjectKeyDestroyed, SubjectErased]
    (_, destroyed, erased) = told.values()
    assert isinstance(destroyed, SubjectKeyDestroyed)
    assert isinstance(erased, SubjectErased)
    assert destroyed.keys == erased.keys == (old,)
    assert (erased.request, erased.rows, erased.raw_records) == (REQUEST.id, {"events": 3}, 7)
    assert (erased.requested_time, erased.actor, erased.reason) == (NOW, "dpo", "art. 17")
    assert world.named(old) is None
    if made_since != old:
        assert world.named(made_since) is not None, "a key made after the request stays"
