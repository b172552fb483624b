"""What each part of a variant may change; a field that is left out stays as it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.rules.account_takeover import FAILURES
from schemas.rollout import GatePolicy

MONTH_S = 30 * 86_400
Answer = Literal["none", "monitor", "restrict", "hold", "revoke"]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=MONTH_S)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]


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


class CohortsChange(Change, frozen=True, kw_only=True):
    """Cohorts: whether devices that stand out among their peers, and cohorts that move, are told."""

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
        return msgspec.structs.replace(policy, **said(self))


def said(change: Change) -> dict[str, Any]:
    """The fields of a change that say something."""
    fields = msgspec.structs.fields(change)
    values = {field.name: getattr(change, field.name) for field in fields}
    return {field.name: values[field.name] for field in fields if values[field.name] != field.default}
