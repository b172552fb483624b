"""Every event type there is, and the one way from a record to an event and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from schemas import (
    action,
    alert,
    audit,
    credential,
    cut_off,
    dead_letter_action,
    detection,
    exception,
    inventory,
    ledger,
    lesson,
    privacy,
    proof,
    roll_back,
    rollout,
    security,
)
from schemas.errors import Rejected
from schemas.event import OURS, REQUIRED, Envelope, Event, attributes_of, parse_time
from schemas.strict import unknown_field
from schemas.upcast import Upcaster, chains, upcast

_KINDS: tuple[type[Event], ...] = (
    *security.TYPES,
    detection.DetectionRaised,
    alert.AlertOpened,
    alert.AlertUpdated,
    alert.AlertSetAside,
    alert.AlertAcknowledged,
    alert.AlertClosed,
    exception.ExceptionSettled,
    cut_off.CutOffNoted,
    lesson.VerdictLearned,
    credential.CredentialDecided,
    credential.EnforcementRecorded,
    rollout.RolloutDefined,
    rollout.DeviceAssigned,
    rollout.StageStarted,
    rollout.StageFinished,
    rollout.GateJudged,
    action.AlertAcknowledge,
    action.AlertJudge,
    action.VerdictShare,
    action.DecisionSettle,
    action.ExceptionSettle,
    action.CredentialHold,
    action.CredentialReinstate,
    ledger.IngestCounted,
    ledger.DetectionCounted,
    roll_back.RollBackAsked,
    roll_back.ModelsRolledBack,
    roll_back.FlowsRolledBack,
    dead_letter_action.DeadLetterReinjected,
    dead_letter_action.DeadLetterDropped,
    audit.AuditVerified,
    audit.AuditDiffered,
    proof.LeafAppended,
    proof.CheckpointSigned,
    privacy.SubjectErase,
    privacy.SubjectKeyDestroyed,
    privacy.SubjectErased,
    privacy.RetentionApplied,
    inventory.FirmwareComponentsListed,
    inventory.VulnerabilityPublished,
    inventory.VulnerabilityAssessed,
    inventory.VulnerabilityFound,
    inventory.VulnerabilityCleared,
)
EVENTS: dict[str, type[Event]] = {kind.TYPE: kind for kind in _KINDS}

# One a retired version, kept in the module of the type it leads to; see `schemas.upcast`.
UPCASTERS: tuple[Upcaster, ...] = ()


class Registry:
    """A set of event types and the upcasters of their retired versions; Fatal where an upcaster leads nowhere."""

    def __init__(self, events: Mapping[str, type[Event]], upcasters: Iterable[Upcaster] = ()) -> None:
        self.events = dict(events)
        self.chains = chains(upcasters, events)

    def current(self, type_name: str) -> str:
        """The type that data of this type is read as: itself, or what its upcasters lead to; Rejected where there is no such type."""
        if type_name in self.events:
            return type_name
        if chain := self.chains.get(type_name):
            return chain[-1].new
        raise Rejected("unknown_type", "type", "no such event type")

    def decode_data(self, type_name: str, value: bytes, *, strict: bool = False) -> Event:
        """The data of an event from its JSON, as its type is today; Rejected names the first field that is wrong, never its value.

        Fields the type does not have are ignored, for a reader may be older than the writer. `strict` is for who takes an event in from
        outside and would lose them: they are Rejected (`unknown_field`).
        """
        kind = self.events[self.current(type_name)]
        chain = self.chains.get(type_name)
        try:
            if not chain and not strict:
                return msgspec.json.decode(value, type=kind)
            plain = msgspec.json.decode(value)
            if chain:
                plain = upcast(plain, chain)
            data = msgspec.convert(plain, kind)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise _bad_data(str(error)) from None
        except (UnicodeDecodeError, RecursionError):
            raise Rejected("bad_data", "data", "not UTF-8 JSON of a sane depth") from None
        if strict and (unknown := unknown_field(plain, kind)):
            raise Rejected("unknown_field", unknown, f"{kind.TYPE} has no such field")
        return data

    def decode(self, headers: Iterable[tuple[str, bytes]] | None, value: bytes) -> Envelope:
        """The envelope of a Kafka record in binary content mode; Rejected where an attribute or the data is wrong.

        An event of a retired version comes out as the current one, with that type; its id and all else stay.
        """
        attributes = attributes_of(headers)
        if attributes.get("specversion") != "1.0":
            raise Rejected("bad_specversion", "specversion", "must be 1.0")
        for name in REQUIRED:
            if not attributes.get(name):
                raise Rejected("missing_field", name, "is missing or empty")
        return Envelope(
            id=attributes["id"],
            type=self.current(attributes["type"]),
            source=attributes["source"],
            subject=attributes["subject"],
            tenant=attributes["tenant"],
            time=parse_time(attributes["time"]),
            data=self.decode_data(attributes["type"], value),
            cause=attributes.get("cause", ""),
            decider=attributes.get("decider", ""),
            statehash=attributes.get("statehash", ""),
            extensions=tuple((name, attributes[name]) for name in sorted(attributes.keys() - OURS)),
        )


def _bad_data(message: str) -> Rejected:
    path = message.rpartition(" - at `")[2].rstrip("`") if " - at `" in message else "data"
    return Rejected("bad_data", path.replace("$", "data"), _reason(message))


def _reason(message: str) -> str:
    """msgspec's words without the path; an enum's message quotes the value, which must not leak."""
    return (
        message.partition(" - at `")[0].partition("Invalid enum value")[0] or "not one of the allowed values"
    )


REGISTRY = Registry(EVENTS, UPCASTERS)
decode = REGISTRY.decode
decode_data = REGISTRY.decode_data
