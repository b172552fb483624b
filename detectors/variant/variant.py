"""A variant as the detectors, the triage, the response and the gate take it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.revocation.policy import ACTIONS
from detectors.rules.account_takeover import AccountTakeover
from detectors.rules.attestation_failed import AttestationMismatch
from detectors.rules.credential_cloned import CredentialCloned
from detectors.rules.engine import RULES
from detectors.rules.rule import Rule
from detectors.triage.decider import WINDOW
from detectors.variant.changes import (
    BaselineChange,
    Change,
    ClocksChange,
    CohortsChange,
    FlowsChange,
    GateChange,
    ResponseChange,
    RulesChange,
    SilenceChange,
    TriageChange,
    said,
)
from schemas.credential import Action


class Variant(Change, frozen=True, kw_only=True):
    """What to try: changes, and the stretch [`since`, `until`) of event time (all of it by default) and tenants they are tried on."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    tenants: list[str] = msgspec.field(default_factory=list)
    rules: RulesChange = RulesChange()
    baseline: BaselineChange = BaselineChange()  # type: ignore[valid-type]
    silence: SilenceChange = SilenceChange()
    cohorts: CohortsChange = CohortsChange()
    flows: FlowsChange = FlowsChange()
    clocks: ClocksChange = ClocksChange()
    triage: TriageChange = TriageChange()
    response: ResponseChange = ResponseChange()
    gate: GateChange = GateChange()

    def parameters(self) -> Parameters | None:
        """The baseline's numbers, None where it is off."""
        numbers = said(self.baseline)
        if not numbers.pop("on", True):
            return None
        return DEFAULTS._replace(
            **{name: type(getattr(DEFAULTS, name))(value) for name, value in numbers.items()}
        )

    def rule_set(self) -> tuple[Rule, ...]:
        """The rules that are on, with their thresholds."""
        taken, cloned = self.rules.account_takeover, self.rules.credential_cloned
        rules: dict[str, Rule] = {rule.kind: rule for rule in RULES}
        rules[AccountTakeover.kind] = AccountTakeover(**_thresholds(taken))
        rules[CredentialCloned.kind] = CredentialCloned(**_thresholds(cloned))
        on = {
            AccountTakeover.kind: taken.on,
            CredentialCloned.kind: cloned.on,
            AttestationMismatch.kind: self.rules.attestation_failed.on,
        }
        return tuple(rule for kind, rule in rules.items() if on.get(kind, True))

    def window(self) -> timedelta:
        """Triage's window."""
        return WINDOW if self.triage.window_s is None else timedelta(seconds=self.triage.window_s)

    def actions(self) -> dict[str, Action]:
        """What each kind of alert asks for."""
        wanted = {**ACTIONS, **self.response.actions}
        return {kind: action for kind, action in wanted.items() if action != "none"}

    def covers(self, tenant: str, time: datetime) -> bool:
        """Whether an event is in the stretch the variant is tried on."""
        if self.tenants and tenant not in self.tenants:
            return False
        return not self.before(time) and (self.until is None or time < self.until)

    def before(self, time: datetime) -> bool:
        """Whether an event lies before the stretch."""
        return self.since is not None and time < self.since

    def told(self) -> list[str]:
        """Each change in a few words, such as `baseline spike_z = 5`; empty where nothing is changed."""
        return [*_told("", msgspec.to_builtins(self.settings_only()))]

    def settings_only(self) -> Variant:
        """The changes without name, stretch and tenants."""
        return msgspec.structs.replace(self, name="", since=None, until=None, tenants=[])


def _thresholds(change: Change) -> dict[str, Any]:
    numbers = {name: value for name, value in said(change).items() if name != "on"}
    return {
        name.removesuffix("_s"): timedelta(seconds=value) if name.endswith("_s") else value
        for name, value in numbers.items()
    }


def _told(place: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for name, one in value.items() for line in _told(f"{place} {name}".strip(), one)]
    if isinstance(value, bool):
        return [f"{place.removesuffix(' on')} {'on' if value else 'off'}"]
    return [f"{place} = {f'{value:g}' if isinstance(value, float) else value}"]
