"""Response as a pure decider: policy, blast radius, people's answers, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.revocation.decider import Response
from detectors.revocation.policy import STRENGTH
from detectors.revocation.standing import Standings
from schemas.action import CredentialHold, CredentialReinstate, DecisionSettle
from schemas.alert import AlertOpened
from schemas.credential import CredentialDecided
from schemas.errors import Rejected
from schemas.event import Envelope, Event

START = datetime(2026, 3, 1, tzinfo=UTC)
TAKEOVER, CLONED, SPIKE = "rule.account_takeover", "rule.credential_cloned", "baseline.tx_kbps"


def envelope(name: str, data: Event, minute: float, device: str, tenant: str = "acme") -> Envelope:
    return Envelope(
        id=name,
        type=data.TYPE,
        source="test",
        subject=device,
        tenant=tenant,
        time=START + timedelta(minutes=minute),
        data=data,
    )


def alert(name: str, kind: str, minute: float = 0, device: str = "cam-1", tenant: str = "acme") -> Envelope:
    data = AlertOpened(
        alert=f"alert-{name}",
        kind=kind,
        title=f"{device} is odd",
        explanation="why",
        severity="critical",
        risk=90,
        detection=f"detection-{name}",
        since=START,
    )
    return envelope(name, data, minute, device, tenant)


class Run:
    """A response with the decisions it made."""

    def __init__(self, max_decisions: int = 20, partitions: int = 1) -> None:
        self.response = Response(max_decisions, partitions)
        self.state: Standings = self.response.initial()
        self.outputs: list[Envelope] = []

    def give(self, *events: Envelope) -> Run:
        for event in events:
            output = self.response.decide(self.state, event)
            if output is not None:
                self.outputs.append(output)
                self.state = self.response.evolve(self.state, output)
        return self

    @property
    def said(self) -> list[tuple[str, str]]:
        return [
            (one.data.action, one.data.state)
            for one in self.outputs
            if isinstance(one.data, CredentialDecided)
        ]


@pytest.mark.parametrize(
    ("kind", "action"),
    [(TAKEOVER, "hold"), (CLONED, "revoke"), ("rule.attestation_failed", "hold")],
)
def test_policy_decides_at_once_with_the_time_of_the_event(kind: str, action: str) -> None:
    run = Run().give(alert("a", kind, 5))
    assert run.said == [(action, "decided")]
    (output,) = run.outputs
    assert output.time == START + timedelta(minutes=5)
    assert output.data.since == START  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "kind", [SPIKE, "baseline.drift.temperature_c", "rule.unheard_of", "silence.silent", "silence.outage"]
)
def test_everything_else_is_left_to_a_person(kind: str) -> None:
    assert Run().give(alert("a", kind)).said == []


def test_only_a_stronger_action_follows() -> None:
    run = Run().give(
        alert("a", TAKEOVER), alert("b", TAKEOVER, 1), alert("c", CLONED, 2), alert("d", TAKEOVER, 3)
    )
    assert run.said == [("hold", "decided"), ("revoke", "decided")]


def test_beyond_the_blast_radius_a_person_must_approve() -> None:
    run = Run(2).give(*(alert(str(n), TAKEOVER, n, f"cam-{n}") for n in range(3)))
    assert run.said == [("hold", "decided"), ("hold", "decided"), ("hold", "proposed")]
    assert "a person must approve" in run.outputs[-1].data.reason  # type: ignore[attr-defined]
    run.give(alert("other", TAKEOVER, 4, "cam-9", "globex"))
    assert run.said[-1] == ("hold", "decided"), "another tenant has its own limit"
    proposal = run.outputs[2].id
    run.give(envelope("act", DecisionSettle(actor="ana", decision=proposal, answer="approve"), 6, "cam-2"))
    assert run.said[-1] == ("hold", "decided")
    approved = run.outputs[-1].data
    assert (approved.actor, approved.proposal) == ("ana", proposal)  # type: ignore[attr-defined]
    run.give(alert("later", TAKEOVER, 70, "cam-5"))
    assert run.said[-1] == ("hold", "decided"), "an hour later the limit is free again"


def test_a_rejected_proposal_stays_rejected_for_its_alert() -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", TAKEOVER, 1))
    settle = DecisionSettle(actor="ana", decision=run.outputs[-1].id, answer="reject")
    run.give(envelope("act", settle, 2, "cam-1"), alert("b", TAKEOVER, 3))
    assert run.said == [("hold", "decided"), ("hold", "proposed"), ("hold", "rejected")]
    with pytest.raises(Rejected, match="settled already"):
        run.give(envelope("act-2", settle, 4, "cam-1"))


def test_reinstating_what_is_held_and_not_again_for_old_evidence() -> None:
    run = Run().give(alert("a", TAKEOVER, 0))
    run.give(envelope("act", CredentialReinstate(actor="ana", comment="was me"), 10, "cam-1"))
    assert run.said[-1] == ("reinstate", "decided")
    run.give(alert("a", TAKEOVER, 0), alert("b", TAKEOVER, 9))
    assert len(run.said) == 2, "evidence from before the reinstatement is read again"
    run.give(alert("c", TAKEOVER, 11))
    assert run.said[-1] == ("hold", "decided")


def test_a_person_holds_a_credential_once_beside_every_limit() -> None:
    hold = CredentialHold(actor="ana", alert="alert-a", comment="a scanner")
    run = Run(1).give(
        envelope("act", hold, 1, "cam-1"), envelope("act-2", hold, 2, "cam-1"), alert("a", TAKEOVER, 3)
    )
    assert run.said == [("hold", "decided")]
    held = run.outputs[0].data
    assert isinstance(held, CredentialDecided)
    assert (held.actor, held.alert, held.reason) == ("ana", "alert-a", "Held by ana: a scanner.")
    run.give(alert("b", TAKEOVER, 4, "cam-2"))
    assert run.said[-1] == ("hold", "decided"), (
        "what a person decides does not count against what the system may"
    )
    run.give(
        envelope("back", CredentialReinstate(actor="ana"), 5, "cam-1"), envelope("act-3", hold, 6, "cam-1")
    )
    assert run.said[-2:] == [("reinstate", "decided"), ("hold", "decided")]


def test_a_person_who_holds_what_was_proposed_to_be_held_has_approved_it() -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", TAKEOVER, 1))
    proposal = run.outputs[-1].id
    run.give(envelope("act", CredentialHold(actor="ana", comment="at once"), 2, "cam-1"))
    held = run.outputs[-1].data
    assert isinstance(held, CredentialDecided)
    assert (held.state, held.actor, held.proposal) == ("decided", "ana", proposal)
    assert (held.alert, held.since) == ("alert-b", START)
    assert held.reason.startswith("Held by ana: at once. cam-1 is odd: ")
    assert run.state.devices["acme/cam-1"].proposals == {}
    settle = DecisionSettle(actor="bob", decision=proposal, answer="approve")
    with pytest.raises(Rejected, match="settled already"):
        run.give(envelope("late", settle, 3, "cam-1"))


def test_a_hold_leaves_a_stronger_proposal_to_a_person() -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", CLONED, 1))
    proposal = run.outputs[-1].id
    run.give(envelope("act", CredentialHold(actor="ana"), 2, "cam-1"))
    assert run.outputs[-1].data.proposal == ""  # type: ignore[attr-defined]
    run.give(envelope("late", DecisionSettle(actor="bob", decision=proposal, answer="approve"), 3, "cam-1"))
    assert run.said[-2:] == [("hold", "decided"), ("revoke", "decided")]


def test_what_is_revoked_meanwhile_waits_for_nobody_any_more() -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", TAKEOVER, 1), alert("c", CLONED, 90))
    assert run.said[1:] == [("hold", "proposed"), ("revoke", "decided")]
    proposal = run.outputs[1].id
    revoked = run.outputs[2].data
    assert isinstance(revoked, CredentialDecided)
    assert (revoked.supersedes, revoked.proposal, revoked.actor) == ((proposal,), "", "")
    assert run.state.devices["acme/cam-1"].proposals == {}
    settle = DecisionSettle(actor="ana", decision=proposal, answer="reject")
    with pytest.raises(Rejected, match="settled already"):
        run.give(envelope("late", settle, 91, "cam-1"))


def test_approving_a_revocation_settles_the_hold_that_was_proposed_before() -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", TAKEOVER, 1), alert("c", CLONED, 2))
    hold, revoke = (one.id for one in run.outputs[1:])
    run.give(envelope("act", DecisionSettle(actor="ana", decision=revoke, answer="approve"), 3, "cam-1"))
    revoked = run.outputs[-1].data
    assert isinstance(revoked, CredentialDecided)
    assert (revoked.proposal, revoked.supersedes) == (revoke, (hold,))
    assert run.state.devices["acme/cam-1"].proposals == {}


@pytest.mark.parametrize("chosen", [1, 2])
def test_a_rejection_settles_nothing_else(chosen: int) -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", TAKEOVER, 1), alert("c", CLONED, 2))
    settle = DecisionSettle(actor="ana", decision=run.outputs[chosen].id, answer="reject")
    run.give(envelope("act", settle, 3, "cam-1"))
    assert run.outputs[-1].data.supersedes == ()  # type: ignore[attr-defined]
    assert list(run.state.devices["acme/cam-1"].proposals) == [run.outputs[3 - chosen].id]


def test_what_an_earlier_version_left_waiting_can_only_be_rejected() -> None:
    run = Run(1).give(alert("a", TAKEOVER, 0, "cam-0"), alert("b", TAKEOVER, 1))
    proposal = run.outputs[1].id
    revoked = CredentialDecided(action="revoke", state="decided", reason="", policy="p")
    run.state = run.response.evolve(run.state, envelope("old", revoked, 2, "cam-1"))
    approve = DecisionSettle(actor="ana", decision=proposal, answer="approve")
    with pytest.raises(Rejected, match="revoked already"):
        run.give(envelope("act", approve, 91, "cam-1"))
    reject = DecisionSettle(actor="ana", decision=proposal, answer="reject")
    run.give(envelope("act-2", reject, 92, "cam-1"))
    assert run.said[-1] == ("hold", "rejected")
    assert run.state.devices["acme/cam-1"].action == "revoke"


def test_what_is_revoked_is_not_held() -> None:
    run = Run().give(alert("a", CLONED), envelope("act", CredentialHold(actor="ana"), 1, "cam-1"))
    assert run.said == [("revoke", "decided")]


@pytest.mark.parametrize(("before", "why"), [([], "not held"), ([alert("a", CLONED)], "for ever")])
def test_reinstating_anything_else_is_refused(before: list[Envelope], why: str) -> None:
    with pytest.raises(Rejected, match=why):
        Run().give(*before, envelope("act", CredentialReinstate(actor="ana"), 1, "cam-1"))


EVENTS = st.builds(
    alert,
    st.integers(0, 9).map(str),
    st.sampled_from([TAKEOVER, CLONED, SPIKE]),
    st.integers(0, 100),
    st.integers(0, 6).map("cam-{}".format),
)


@given(st.lists(EVENTS, max_size=40), st.integers(1, 4))
def test_never_beyond_the_limit_never_twice_and_a_fold(events: list[Envelope], limit: int) -> None:
    run = Run(limit).give(*events)
    again = Response(limit, 1)
    folded = again.initial()
    for output in [*run.outputs, *run.outputs]:
        folded = again.evolve(folded, output)
    assert folded.devices == run.state.devices
    assert folded.spent == run.state.spent
    for device in {one.subject for one in run.outputs}:
        strengths = [STRENGTH[one.data.action] for one in run.outputs if one.subject == device]  # type: ignore[attr-defined]
        assert strengths == sorted(set(strengths))
    for standing in run.state.devices.values():
        now = STRENGTH[standing.action] if standing.action else 0
        assert all(STRENGTH[one.action] > now for one in standing.proposals.values()), (
            "waits though it is done"
        )
    times = sorted(one.time for one in run.outputs if one.data.state == "decided")  # type: ignore[attr-defined]
    for begin in times:
        assert sum(begin <= time < begin + timedelta(hours=1) for time in times) <= limit
