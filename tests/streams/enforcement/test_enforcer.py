"""Enforcing, with an outside world that can fail at every step: the order of effects, and that every decision is completed once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.credential import Action, EnforcementRecorded
from schemas.errors import Retryable
from schemas.event import Envelope
from streams.enforcement.enforcer import Enforcer
from streams.enforcement.receipts import STEPS, Decision, Receipts


class World:
    """Authority and broker in memory; fails at the calls whose number is in `failing`."""

    def __init__(self, failing: Collection[int] = ()) -> None:
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.failing, self.count = failing, 0
        self.listed: dict[str, str] = {}
        self.believed: dict[str, str] = {}
        self.inside = {f"acme:d-{number}" for number in range(4)}

    def _do(self, name: str, identities: Collection[str] = ()) -> None:
        self.count += 1
        if self.count in self.failing:
            raise Retryable(f"{name} failed")
        self.calls.append((name, tuple(identities)))

    def hold(self, identities: Collection[str]) -> dict[str, list[str]]:
        self._do("hold", identities)
        self.listed = {**dict.fromkeys(identities, "hold"), **self.listed}
        return {name: ["a1"] for name in identities}

    def revoke(self, identities: Collection[str]) -> dict[str, list[str]]:
        self._do("revoke", identities)
        self.listed.update(dict.fromkeys(identities, "revoke"))
        return {name: ["a1"] for name in identities}

    def reinstate(self, identities: Collection[str]) -> dict[str, list[str]]:
        self._do("reinstate", identities)
        self.listed = {
            name: why for name, why in self.listed.items() if name not in identities or why == "revoke"
        }
        return {name: [] if name in self.listed else ["a1"] for name in identities}

    def renew(self) -> bool:
        return False

    def reload(self) -> None:
        self._do("reload")
        self.believed = dict(self.listed)

    def expel(self, identities: Collection[str]) -> None:
        self._do("expel", identities)
        assert set(identities) <= self.believed.keys(), "thrown out before the list was in force"
        self.inside -= set(identities)

    def admit(self, identities: Collection[str]) -> None:
        self._do("admit", identities)
        assert not set(identities) & self.believed.keys(), "let in while on the list"
        self.inside |= set(identities)

    def bar(self, identities: Collection[str]) -> None:
        raise AssertionError("the enforcer has no business here")

    unbar = bar


class Journal:
    """The receipts written, as enforcement's own output partition would hold them."""

    def __init__(self) -> None:
        self.written: list[Envelope] = []
        self.receipts = Receipts()

    def __call__(self, envelope: Envelope) -> None:
        if not self.receipts.has(envelope):
            self.written.append(envelope)
            self.receipts.add(envelope)

    def steps(self, decision: Decision) -> list[str]:
        facts = [envelope.data for envelope in self.written]
        return [f.step for f in facts if isinstance(f, EnforcementRecorded) and f.decision == decision.id]


class Ticks:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def decision(number: int, action: Action, device: str | None = None) -> Decision:
    name = device if device is not None else f"d-{number}"
    return Decision(f"decision-{number}", "acme", name, action, f"credential-decisions/0/{number}")


def made(world: World) -> tuple[Enforcer, Journal]:
    journal = Journal()
    return Enforcer(world, world, journal, Ticks()), journal


def test_one_list_and_one_reload_serve_all_that_wait() -> None:
    world = World()
    enforcer, journal = made(world)
    decisions = [decision(0, "hold"), decision(1, "revoke"), decision(2, "hold"), decision(3, "monitor")]
    enforcer.enforce(decisions)
    assert world.calls == [
        ("hold", ("acme:d-0", "acme:d-2")),
        ("revoke", ("acme:d-1",)),
        ("reload", ()),
        ("expel", ("acme:d-0", "acme:d-1", "acme:d-2")),
    ]
    assert {d.id: tuple(journal.steps(d)) for d in decisions} == {d.id: STEPS[d.action] for d in decisions}
    assert world.inside == {"acme:d-3"}


def test_to_monitor_touches_nothing() -> None:
    world = World()
    enforcer, journal = made(world)
    enforcer.enforce([decision(0, "monitor")])
    assert world.calls == []
    assert journal.steps(decision(0, "monitor")) == ["decided"]


def test_a_held_device_comes_back_and_a_revoked_one_does_not() -> None:
    world = World()
    enforcer, journal = made(world)
    enforcer.enforce([decision(0, "hold"), decision(1, "revoke")])
    back = [decision(2, "reinstate", "d-0"), decision(3, "reinstate", "d-1")]
    enforcer.enforce(back)
    assert journal.steps(back[0]) == ["decided", "ca_updated", "revocation_visible", "reinstated"]
    assert journal.steps(back[1]) == ["decided", "failed"]
    assert all(journal.receipts.finished(d) for d in back)
    assert journal.receipts.cut_off().keys() == {"acme:d-1"}
    assert "acme:d-0" in world.inside
    assert "acme:d-1" not in world.inside


@pytest.mark.parametrize(
    "wrong", [decision(0, "restrict"), decision(0, "hold", "a/b"), decision(0, "hold", "x" * 64)]
)
def test_what_can_never_be_enforced_is_said_once_and_holds_nobody_up(wrong: Decision) -> None:
    world = World()
    enforcer, journal = made(world)
    other = decision(1, "hold")
    for _ in range(2):
        enforcer.enforce([wrong, other])
    assert journal.steps(wrong) == ["failed"]
    assert journal.receipts.finished(wrong)
    assert journal.receipts.finished(other)


@given(
    st.lists(st.sampled_from(["hold", "revoke", "reinstate", "monitor"]), min_size=1, max_size=4),
    st.sets(st.integers(min_value=1, max_value=12)),
)
def test_wherever_it_fails_every_decision_is_completed_with_each_receipt_once(
    actions: list[Action], failing: set[int]
) -> None:
    world = World(failing)
    enforcer, journal = made(world)
    decisions = [decision(number, action) for number, action in enumerate(actions)]
    while left := [d for d in decisions if not journal.receipts.finished(d)]:
        try:
            enforcer.enforce(left)
        except Retryable as error:
            for d in left:
                enforcer.fail(d, str(error))
    assert world.count <= 6 * (len(failing) + 1)
    for d in decisions:
        assert [step for step in journal.steps(d) if step != "failed"] == list(STEPS[d.action])
        assert journal.receipts.finished(d)
    assert len({envelope.id for envelope in journal.written}) == len(journal.written)
    cut = {d.identity for d in decisions if d.action in ("hold", "revoke")}
    assert journal.receipts.cut_off().keys() == cut
    assert not cut & world.inside


def test_the_same_failure_is_said_once_and_a_new_one_again() -> None:
    enforcer, journal = made(World())
    for reason in ("no broker", "no broker", "disk full"):
        enforcer.fail(decision(0, "hold"), reason)
    assert journal.steps(decision(0, "hold")) == ["failed", "failed"]
    assert not journal.receipts.finished(decision(0, "hold"))


def test_folding_the_written_receipts_again_gives_the_same_state() -> None:
    enforcer, journal = made(World())
    enforcer.enforce([decision(0, "hold"), decision(1, "revoke")])
    again = Receipts()
    for envelope in [*journal.written, *journal.written]:
        again.add(envelope)
    assert again.finished(decision(0, "hold"))
    assert again.cut_off() == journal.receipts.cut_off()
    assert not again.finished(decision(2, "hold"))
