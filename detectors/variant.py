"""A variant: what a what-if changes about the detectors, the triage, the response and the gate, over which stretch of history.

Everything left out is as it is. What a person writes (YAML, JSON, a request's body) becomes a `Variant` by `parse` only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

import msgspec

from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.revocation.policy import ACTIONS
from detectors.rules.account_takeover import FAILURES, AccountTakeover
from detectors.rules.attestation_failed import AttestationMismatch
from detectors.rules.credential_cloned import CredentialCloned
from detectors.rules.engine import RULES
from detectors.rules.rule import Rule
from detectors.triage.decider import WINDOW
from schemas.credential import Action
from schemas.errors import Rejected
from schemas.rollout import GatePolicy

MONTH_S = 30 * 86_400
Answer = Literal["none", "monitor", "restrict", "hold", "revoke"]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=MONTH_S)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Kind = re.compile(r"(rule|baseline)\.[\w.]{1,100}")
TENANT = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every part of a variant: a misspelt field is refused."""


class AccountTakeoverChange(Change, frozen=True, kw_only=True):
    """`rule.account_takeover`: whether it is on, and its thresholds."""

    on: bool = True
    guesses: Annotated[int, msgspec.Meta(ge=1, le=FAILURES)] | None = None
    guessing_s: Seconds | None = None
    change_within_s: Seconds | None = None


class CredentialClonedChange(Change, frozen=True, kw_only=True):
    """`rule.credential_cloned`: whether it is on, and after how long an open session is forgotten."""

    on: bool = True
    forgotten_s: Seconds | None = None


class AttestationFailedChange(Change, frozen=True, kw_only=True):
    """`rule.attestation_failed`: whether it is on."""

    on: bool = True


class RulesChange(Change, frozen=True, kw_only=True):
    """The rule set, each rule by its kind without `rule.`."""

    account_takeover: AccountTakeoverChange = AccountTakeoverChange()
    credential_cloned: CredentialClonedChange = CredentialClonedChange()
    attestation_failed: AttestationFailedChange = AttestationFailedChange()


def _field_of(name: str) -> tuple[str, Any, Any]:
    whole = isinstance(getattr(DEFAULTS, name), int)
    kind = (
        Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
        if whole
        else Annotated[float, msgspec.Meta(gt=0, le=1e9)]
    )
    return name, kind | None, None


# One optional field for each of the baseline's parameters, so the two can't drift apart.
BaselineChange = msgspec.defstruct(
    "BaselineChange",
    [("on", bool, True), *map(_field_of, Parameters._fields)],
    bases=(Change,),
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
)


class SilenceChange(Change, frozen=True, kw_only=True):
    """Silence: whether it is on."""

    on: bool = True


class FlowsChange(Change, frozen=True, kw_only=True):
    """Unusual network flows: whether they are told."""

    on: bool = True


class ClocksChange(Change, frozen=True, kw_only=True):
    """Clocks: whether wrong ones are told."""

    on: bool = True


class TriageChange(Change, frozen=True, kw_only=True):
    """How long after the last finding another one joins the same alert, and whether verdicts and exceptions set findings aside."""

    window_s: Seconds | None = None
    feedback: bool = True


class ResponseChange(Change, frozen=True, kw_only=True):
    """The revocation policy: what each kind of alert asks for (`none`: a person decides), and how many decisions an hour by itself."""

    actions: dict[str, Answer] = {}
    max_decisions: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


class GateChange(Change, frozen=True, kw_only=True):
    """What replaces a field of every stage's own gate policy."""

    margin: Share | None = None
    alpha: Annotated[float, msgspec.Meta(gt=0, lt=0.5)] | None = None
    min_devices: Annotated[int, msgspec.Meta(ge=1)] | None = None
    soak_s: Annotated[float, msgspec.Meta(ge=0, le=MONTH_S)] | None = None
    silence_s: Seconds | None = None
    max_reboots: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def applied(self, policy: GatePolicy) -> GatePolicy:
        """A stage's policy with these changes."""
        return msgspec.structs.replace(policy, **_said(self))


class Variant(Change, frozen=True, kw_only=True):
    """What to try: changes, and the stretch [`since`, `until`) of event time (all of it by default) and tenants they are tried on."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    tenants: list[str] = []
    rules: RulesChange = RulesChange()
    baseline: BaselineChange = BaselineChange()  # type: ignore[valid-type]
    silence: SilenceChange = SilenceChange()
    flows: FlowsChange = FlowsChange()
    clocks: ClocksChange = ClocksChange()
    triage: TriageChange = TriageChange()
    response: ResponseChange = ResponseChange()
    gate: GateChange = GateChange()

    def parameters(self) -> Parameters | None:
        """The baseline's numbers, None where it is off."""
        said = _said(self.baseline)
        if not said.pop("on", True):
            return None
        return DEFAULTS._replace(
            **{name: type(getattr(DEFAULTS, name))(value) for name, value in said.items()}
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


def parse(raw: object) -> Variant:
    """The variant in plain data; Rejected names the first wrong field and what is accepted there."""
    if not isinstance(raw, Mapping):
        raise Rejected("bad_variant", "", "must be an object with fields such as " + _names(Variant))
    try:
        variant = msgspec.convert(raw, Variant)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from None
    _check(variant)
    return variant


def _check(variant: Variant) -> None:
    if variant.since and variant.until and variant.since >= variant.until:
        raise Rejected("bad_value", "until", "must be later than since")
    for place, tenant in enumerate(variant.tenants):
        if not TENANT.fullmatch(tenant):
            raise Rejected("bad_value", f"tenants[{place}]", "is no tenant's name")
    known = {rule.kind for rule in RULES}
    for kind in variant.response.actions:
        if kind not in known and not (Kind.fullmatch(kind) and kind.startswith("baseline.")):
            raise Rejected(
                "unknown_kind",
                "response.actions",
                f"has a kind that no alert has; kinds are {', '.join(sorted(known))} and baseline.<metric>",
            )


def _explained(problem: str) -> Rejected:
    """The field that msgspec found wrong, with what is accepted there."""
    reason, _, rest = problem.partition(" - at `$")
    path = rest.rstrip("`").lstrip(".")
    if "unknown field" in reason:
        name = reason.partition("unknown field `")[2].rstrip("`")[:60]
        field = f"{path}.{name}" if path else name
        return Rejected("unknown_field", field, f"no such field; there are {_names(_struct_at(path))}")
    if "Invalid enum value" in reason:
        accepted = ", ".join(get_args(Answer))
        return Rejected("bad_value", path.replace("[...]", ""), f"must be one of {accepted}")
    if "timezone" in reason or "RFC3339" in reason:
        return Rejected("bad_time", path, "must be a time such as 2026-05-01T12:00:00Z, with its zone")
    return Rejected("bad_value", path, reason.replace("`", "").replace("Expected", "expected"))


def _struct_at(path: str) -> Any:
    found: Any = Variant()
    for name in path.split(".") if path else ():
        found = getattr(found, name)
    return type(found)


def _names(struct: Any) -> str:
    return ", ".join(struct.__struct_fields__)


def _said(change: Any) -> dict[str, Any]:
    """The fields of a change that say something."""
    fields = msgspec.structs.fields(change)
    values = {field.name: getattr(change, field.name) for field in fields}
    return {field.name: values[field.name] for field in fields if values[field.name] != field.default}


def _thresholds(change: Change) -> dict[str, Any]:
    said = {name: value for name, value in _said(change).items() if name != "on"}
    return {
        name.removesuffix("_s"): timedelta(seconds=value) if name.endswith("_s") else value
        for name, value in said.items()
    }


def _told(place: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for name, one in value.items() for line in _told(f"{place} {name}".strip(), one)]
    if isinstance(value, bool):
        return [f"{place.removesuffix(' on')} {'on' if value else 'off'}"]
    return [f"{place} = {f'{value:g}' if isinstance(value, float) else value}"]
