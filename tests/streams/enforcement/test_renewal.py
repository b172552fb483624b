"""The list is brought to the broker at start, after each renewal, and again until the broker has really read it."""

from __future__ import annotations

import itertools

import structlog

from streams.enforcement.backoff import Backoff
from streams.enforcement.renewal import EVERY_S, Renewal
from tests.streams.enforcement.test_enforcer import World


class Renewing(World):
    """An authority whose list is due for renewal when told."""

    due = False

    def renew(self) -> bool:
        due, self.due = self.due, False
        return due


def keeper(world: Renewing, log: structlog.testing.CapturingLogger, step_s: float = 2 * EVERY_S) -> Renewal:
    """One whose clock moves on by `step_s` each time it is read."""
    ticks = itertools.count(0.0, step_s)
    return Renewal(world, world, log, Backoff(lambda: next(ticks)))


def test_the_broker_reads_the_list_at_start_and_after_a_renewal_only() -> None:
    world = Renewing()
    renewal = keeper(world, structlog.testing.CapturingLogger())
    for _ in range(3):
        renewal.run()
    assert world.calls == [("reload", ())]
    world.due = True
    for _ in range(3):
        renewal.run()
    assert world.calls == [("reload", ())] * 2


def test_a_broker_that_could_not_be_told_is_told_again() -> None:
    world = Renewing(failing={1, 2})
    renewal = keeper(world, structlog.testing.CapturingLogger())
    for _ in range(4):
        renewal.run()
    assert (world.count, world.calls) == (3, [("reload", ())])


def test_it_pauses_after_a_failure() -> None:
    world, log = Renewing(failing=range(10)), structlog.testing.CapturingLogger()
    renewal = keeper(world, log, step_s=0.0)
    for _ in range(5):
        renewal.run()
    assert world.count == 1
    assert [call.method_name for call in log.calls] == ["error"]
