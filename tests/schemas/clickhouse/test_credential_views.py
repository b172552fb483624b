"""What the read models say of decisions and of how credentials stand, asked of the real engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.action import DecisionSettle
from schemas.credential import Action, CredentialDecided, EnforcementRecorded, Step
from schemas.event import Envelope
from tests.schemas.clickhouse.story import Story, about, at, of
from tests.streams.archive.sample import EPOCH

pytestmark = pytest.mark.clickhouse


def decided(action: Action, state: Any = "decided", **more: Any) -> CredentialDecided:
    return CredentialDecided(action=action, state=state, reason="why", policy="p@1", since=EPOCH, **more)


def step(decision: Envelope, action: Action, name: Step, after_s: float, detail: str = "") -> Envelope:
    data = EnforcementRecorded(
        decision=decision.id, action=action, step=name, at=EPOCH + timedelta(seconds=after_s), detail=detail
    )
    return about(1000 + int(after_s * 100), data)


def test_a_held_credential_is_cut_off_once_the_session_is_dropped(story: Story) -> None:
    hold = about(10, decided("hold"))
    story.tell(hold)
    row = story.one("credentials", "acme")
    assert of(row, "state wanted pending cut_off_s") == ("active", "held", 1, None)

    story.tell(
        step(hold, "hold", "decided", 10.1),
        step(hold, "hold", "ca_updated", 10.2),
        step(hold, "hold", "revocation_visible", 10.3),
    )
    assert story.one("credentials", "acme")["cut_off_s"] == pytest.approx(0.3)
    story.tell(step(hold, "hold", "session_dropped", 10.5), step(hold, "hold", "reconnect_refused", 11.5))
    row = story.one("credentials", "acme")
    assert of(row, "state pending held_by") == ("held", 0, hold.id)
    assert row["cut_off_s"] == pytest.approx(0.5)
    assert row["reconnect_refused_at"] == at(11.5)


def test_reinstating_lets_a_held_credential_work_again_but_never_a_revoked_one(story: Story) -> None:
    actions: tuple[Action, ...] = ("hold", "reinstate", "revoke", "reinstate")
    hold, back, revoke, again = (
        about(number, decided(action)) for number, action in zip((10, 20, 30, 40), actions, strict=True)
    )
    story.tell(hold, step(hold, "hold", "ca_updated", 10.1), back)
    assert of(story.one("credentials", "acme"), "state wanted") == ("held", "active")
    story.tell(step(back, "reinstate", "ca_updated", 20.1), step(back, "reinstate", "reinstated", 20.2))
    row = story.one("credentials", "acme")
    assert of(row, "state pending cut_off_at") == ("active", 0, None)
    story.tell(
        revoke,
        step(revoke, "revoke", "ca_updated", 30.1),
        again,
        step(again, "reinstate", "failed", 40.1, "revoked"),
    )
    row = story.one("credentials", "acme")
    assert of(row, "state wanted pending") == ("revoked", "revoked", 0)


def test_a_proposal_changes_nothing_until_a_person_answers(story: Story) -> None:
    proposal = about(1, decided("hold", "proposed"))
    story.tell(proposal)
    assert story.one("decisions", "acme")["state"] == "proposed"
    assert story.one("credentials", "acme")["wanted"] == "active"
    assert not story.one("credentials", "acme")["pending"]

    answer = DecisionSettle(actor="ann", decision=proposal.id, answer="approve", comment="go")
    settled = about(3, decided("hold", actor="ann", proposal=proposal.id))
    story.tell(about(2, answer), settled)
    rows = {row["decision"]: row for row in story.ask("decisions", "acme")}
    assert of(rows[proposal.id], "state actor comment settled_by") == ("approved", "ann", "go", settled.id)
    assert of(rows[settled.id], "state proposal") == ("decided", proposal.id)
    assert story.one("credentials", "acme")["wanted"] == "held"


def test_a_rejected_proposal_is_not_in_force(story: Story) -> None:
    proposal = about(1, decided("revoke", "proposed"))
    story.tell(proposal, about(2, decided("revoke", "rejected", actor="ann", proposal=proposal.id)))
    states = {row["decision"]: row["state"] for row in story.ask("decisions", "acme")}
    assert states[proposal.id] == "rejected"
    assert not story.one("credentials", "acme")["pending"]


def test_a_proposal_that_a_revocation_made_needless_waits_for_nobody(story: Story) -> None:
    proposal = about(1, decided("hold", "proposed"))
    other = about(2, decided("hold", "proposed"))
    revoked = about(3, decided("revoke", supersedes=(proposal.id,)))
    story.tell(
        proposal, other, revoked, about(4, decided("revoke", "rejected", actor="ann", proposal=proposal.id))
    )
    rows = {row["decision"]: row for row in story.ask("decisions", "acme")}
    names = "state actor settled_by settled_time"
    assert of(rows[proposal.id], names) == ("superseded", "", revoked.id, at(3))
    assert of(rows[other.id], "state settled_by") == ("proposed", "")
    assert of(rows[revoked.id], "state settled_by") == ("decided", "")
    assert story.one("credentials", "acme")["wanted"] == "revoked"
