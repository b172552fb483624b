"""All rules over one partition's devices: each event once, to the rules that ask for it."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.rules.account_takeover import AccountTakeover
from detectors.rules.attestation_failed import AttestationMismatch
from detectors.rules.credential_cloned import CredentialCloned
from detectors.rules.rule import Rule, Seen, raised
from schemas.event import Envelope

RULES: tuple[Rule, ...] = (AccountTakeover(), CredentialCloned(), AttestationMismatch())
# Ids remembered a device: far above what a retry or a crash repeats.
REMEMBERED_IDS = 256


class DeviceMemory(msgspec.Struct):
    """What the rules remember of one device: ids of its newest events, oldest first, and each rule's memory by kind."""

    seen: dict[str, None] = {}
    rules: dict[str, Any] = {}


class Engine:
    """Rules with the memories of some devices, by (tenant, device); devices without a relevant event take no memory."""

    def __init__(self, rules: tuple[Rule, ...] = RULES) -> None:
        self.devices: dict[tuple[str, str], DeviceMemory] = {}
        self.duplicates = 0
        self._rules = {
            kind: tuple(rule for rule in rules if kind in rule.event_types)
            for kind in {kind for rule in rules for kind in rule.event_types}
        }

    def observe(self, envelope: Envelope, origin: str) -> list[Envelope]:
        """Take one security event and return the detections it completes; an id seen before is counted and changes nothing."""
        rules = self._rules.get(type(envelope.data))
        if rules is None:
            return []
        device = self.devices.setdefault((envelope.tenant, envelope.subject), DeviceMemory())
        if envelope.id in device.seen:
            self.duplicates += 1
            return []
        seen = Seen(envelope, origin)
        stepped = [(rule, rule.step(device.rules.get(rule.kind) or rule.memory(), seen)) for rule in rules]
        # Nothing is changed before every rule has had its say, so an error in one leaves the memory whole.
        device.seen[envelope.id] = None
        if len(device.seen) > REMEMBERED_IDS:
            del device.seen[next(iter(device.seen))]
        device.rules.update({rule.kind: memory for rule, (memory, _) in stepped})
        return [raised(rule, seen, finding) for rule, (_, finding) in stepped if finding is not None]


def decode_memory(raw: dict[str, Any], rules: tuple[Rule, ...] = RULES) -> dict[str, Any]:
    """Each rule's memory of one device from its JSON form; a rule that is gone is dropped."""
    kinds = {rule.kind: rule.memory for rule in rules}
    return {kind: msgspec.convert(memory, kinds[kind]) for kind, memory in raw.items() if kind in kinds}
