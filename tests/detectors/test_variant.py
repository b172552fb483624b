"""Variants: what is left out stays as it is, what is wrong is named with what is accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.revocation.policy import ACTIONS
from detectors.rules.engine import RULES
from detectors.triage.decider import WINDOW
from detectors.variant.changes import RulesChange
from detectors.variant.parsing import parse
from detectors.variant.variant import Variant
from schemas.errors import Rejected
from schemas.rollout import GatePolicy


def test_nothing_said_is_nothing_changed() -> None:
    variant = parse({})
    assert variant == Variant()
    assert variant.parameters() == DEFAULTS
    assert [rule.kind for rule in variant.rule_set()] == [rule.kind for rule in RULES]
    assert variant.window() == WINDOW
    assert variant.actions() == ACTIONS
    assert variant.gate.applied(GatePolicy(margin=0.3)) == GatePolicy(margin=0.3)
    assert variant.told() == []


def test_every_rule_can_be_changed() -> None:
    assert {f"rule.{name}" for name in RulesChange.__struct_fields__} == {rule.kind for rule in RULES}


@given(st.dictionaries(st.sampled_from(Parameters._fields), st.integers(1, 500)))
def test_what_is_said_of_the_baseline_and_nothing_else_is_changed(said: dict[str, int]) -> None:
    made = parse({"baseline": said}).parameters()
    assert made is not None
    assert made._asdict() == DEFAULTS._asdict() | said
    # Compiled code is compiled for these very types.
    assert [type(value) for value in made] == [type(value) for value in DEFAULTS]


def test_thresholds_policies_and_stretch_are_taken_over() -> None:
    variant = parse(
        {
            "since": "2026-05-01T12:00:00Z",
            "until": "2026-05-01T13:00:00+00:00",
            "tenants": ["acme"],
            "rules": {
                "account_takeover": {"guesses": 3, "guessing_s": 60},
                "attestation_failed": {"on": False},
            },
            "response": {
                "actions": {
                    "rule.account_takeover": "none",
                    "baseline.drift.temperature_c": "hold",
                    "flow.unusual.known": "restrict",
                }
            },
            "gate": {"margin": 0.05},
            "triage": {"window_s": 60},
        }
    )
    taken = variant.rule_set()[0]
    assert (taken.guesses, taken.guessing) == (3, timedelta(minutes=1))  # type: ignore[attr-defined]
    assert len(variant.rule_set()) == 2
    assert "rule.account_takeover" not in variant.actions()
    assert variant.actions()["baseline.drift.temperature_c"] == "hold"
    assert variant.actions()["flow.unusual.known"] == "restrict"
    assert variant.gate.applied(GatePolicy(soak_s=9)) == GatePolicy(soak_s=9, margin=0.05)
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert variant.covers("acme", at)
    assert not variant.covers("other", at)
    assert not variant.covers("acme", at + timedelta(hours=1))
    assert variant.before(at - timedelta(microseconds=1))
    assert msgspec.json.decode(msgspec.json.encode(variant), type=Variant) == variant


@pytest.mark.parametrize(
    ("raw", "field", "accepted"),
    [
        ([], "", "since"),
        ({"basline": {}}, "basline", "baseline"),
        ({"baseline": {"spikez": 1}}, "baseline.spikez", "spike_z"),
        ({"baseline": {"spike_z": 0}}, "baseline.spike_z", "> 0"),
        ({"baseline": {"warm_up": 1.5}}, "baseline.warm_up", "int"),
        ({"rules": {"takeover": {}}}, "rules.takeover", "account_takeover"),
        ({"rules": {"account_takeover": {"guesses": 99}}}, "rules.account_takeover.guesses", "<= 16"),
        ({"response": {"actions": {"rule.account_takeover": "kill"}}}, "response.actions", "hold"),
        ({"response": {"actions": {"rule.other": "hold"}}}, "response.actions", "rule.credential_cloned"),
        ({"gate": {"alpha": 0.7}}, "gate.alpha", "< 0.5"),
        ({"since": "2026-05-01T12:00:00"}, "since", "zone"),
        ({"since": "2026-05-02T00:00:00Z", "until": "2026-05-01T00:00:00Z"}, "until", "later than since"),
        ({"tenants": ["a/b"]}, "tenants[0]", "name"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_accepted(raw: Any, field: str, accepted: str) -> None:
    with pytest.raises(Rejected) as raised:
        parse(raw)
    assert raised.value.field == field
    assert accepted in raised.value.reason
