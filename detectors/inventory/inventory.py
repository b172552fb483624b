"""One tenant's inventory as a fold of the topic `inventory`, and the findings that should be on it and are not yet.

The same prefix of the log gives the same findings with the same ids and times: there is no clock here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from detectors.inventory.assessment import Firmware, Statement, in_force
from detectors.inventory.match import Match, match
from detectors.inventory.package import Package, package_of, product_of
from schemas.event import Envelope
from schemas.ids import derive
from schemas.inventory import (
    Affected,
    Component,
    FindingEvent,
    FirmwareComponentsListed,
    VulnerabilityAssessed,
    VulnerabilityCleared,
    VulnerabilityFound,
    VulnerabilityPublished,
)

SOURCE = "inventory"
Key = tuple[str, str, str, str]  # model, firmware, vulnerability, component


class Known(NamedTuple):
    """A published vulnerability by its id."""

    id: str
    data: VulnerabilityPublished

    @property
    def names(self) -> frozenset[str]:
        """Its id and its aliases."""
        return frozenset({self.id, *self.data.aliases})


class Inventory:
    """What is known of one tenant's firmware. Feed it every event of the tenant in log order; reads are then about that prefix."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.firmware: dict[tuple[str, str], Firmware] = {}
        self.vulnerabilities: dict[str, Known] = {}
        self.statements: list[Statement] = []
        self.told: dict[Key, Envelope] = {}
        self._parts: dict[tuple[str, str], list[FirmwareComponentsListed]] = {}
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._cause = ""

    def apply(self, envelope: Envelope, origin: str = "") -> None:
        """Take one event in; `origin` is where it lies on the log. Events of other tenants are ignored."""
        if envelope.tenant != self.tenant:
            return
        data = envelope.data
        if isinstance(data, FindingEvent):
            self.told[_key(data)] = envelope
            return
        if isinstance(data, FirmwareComponentsListed):
            self._list(data)
        elif isinstance(data, VulnerabilityPublished):
            self._publish(Known(envelope.subject, data))
        elif isinstance(data, VulnerabilityAssessed):
            self.statements.append(Statement(envelope.time, envelope.subject, data))
        self._newest, self._cause = max(self._newest, envelope.time), origin

    def findings(self) -> dict[Key, VulnerabilityFound]:
        """Every vulnerability of every firmware as it stands, by model, firmware, vulnerability and component."""
        index, said = self._index(), self._by_name()
        return {
            _key(found): found
            for firmware in self.firmware.values()
            for component in {component_key(c): c for c in firmware.components}.values()
            for found in self._of_component(firmware, component, index, said)
        }

    def news(self) -> list[Envelope]:
        """The events that say what `findings` says and the log does not yet; none where it does."""
        now = self.findings()
        changed: list[FindingEvent] = [
            found for key, found in now.items() if key not in self.told or self.told[key].data != found
        ]
        gone = [
            self._cleared(key, told)
            for key, told in self.told.items()
            if key not in now and isinstance(told.data, VulnerabilityFound)
        ]
        return [self._envelope(data) for data in [*changed, *gone]]

    def _list(self, data: FirmwareComponentsListed) -> None:
        place = (data.model, data.firmware)
        parts = self._parts.setdefault(place, [])
        if data.part == 1 or (parts and parts[0].digest != data.digest):
            parts.clear()
        if data.part == len(parts) + 1:
            parts.append(data)
        if len(parts) == data.parts:
            components = tuple(component for part in parts for component in part.components)
            self.firmware[place] = Firmware(*place, data.sbom, data.digest, components, data.purl, data.ref)
            parts.clear()

    def _publish(self, known: Known) -> None:
        before = self.vulnerabilities.get(known.id)
        if before is None or known.data.modified >= before.data.modified:
            self.vulnerabilities[known.id] = known

    def _index(self) -> dict[Package, list[tuple[Known, Affected]]]:
        index: dict[Package, list[tuple[Known, Affected]]] = {}
        for known in self.vulnerabilities.values():
            if known.data.withdrawn is not None:
                continue
            for affected in known.data.affected:
                if package := package_of(affected.ecosystem, affected.name, affected.purl):
                    index.setdefault(package, []).append((known, affected))
        return index

    def _by_name(self) -> dict[str, list[int]]:
        """The places in `statements` of those about a vulnerability, by each of its names."""
        found: dict[str, list[int]] = {}
        for place, statement in enumerate(self.statements):
            for name in statement.names:
                found.setdefault(name, []).append(place)
        return found

    def _of_component(
        self,
        firmware: Firmware,
        component: Component,
        index: dict[Package, list[tuple[Known, Affected]]],
        said: dict[str, list[int]],
    ) -> Iterator[VulnerabilityFound]:
        named: set[str] = set()
        for known, found in sorted(_matches(component, index), key=_clearest):
            # GHSA, PYSEC and CVE records of one vulnerability are one finding.
            if named.isdisjoint(known.names):
                places = sorted({place for name in known.names for place in said.get(name, ())})
                about = [self.statements[place] for place in places]
                yield _finding(firmware, component, known, found, in_force(about, firmware, component))
            named |= known.names

    def _cleared(self, key: Key, told: Envelope) -> VulnerabilityCleared:
        model, firmware, vulnerability, component = key
        known, listed = self.vulnerabilities.get(vulnerability), self.firmware.get((model, firmware))
        reason = "its versions or ranges no longer say so, or another record of it is shown instead"
        if known is not None and known.data.withdrawn is not None:
            reason = f"{vulnerability} was withdrawn"
        elif listed is not None and component not in map(component_key, listed.components):
            reason = f"SBOM {listed.sbom} no longer has {component}"
        return VulnerabilityCleared(
            model=model, firmware=firmware, vulnerability=vulnerability, component=component, reason=reason
        )

    def _envelope(self, data: FindingEvent) -> Envelope:
        # The event before is part of the id: the same finding may come, go and come again.
        before = self.told.get(_key(data))
        key = (*_key(data), before.id if before else "", msgspec.json.encode(data, order="deterministic"))
        return Envelope(
            id=derive("finding", self.tenant, *key),
            type=data.TYPE,
            source=SOURCE,
            subject=f"{data.model}/{data.firmware}",
            tenant=self.tenant,
            time=self._newest,
            data=data,
            cause=self._cause,
        )


def component_key(component: Component) -> str:
    """What a finding calls a component: its package URL, else name@version."""
    return component.purl or f"{component.name}@{component.version}"


def _key(data: FindingEvent) -> Key:
    return data.model, data.firmware, data.vulnerability, data.component


def _matches(
    component: Component, index: dict[Package, list[tuple[Known, Affected]]]
) -> Iterator[tuple[Known, Match]]:
    product = product_of(component.purl)
    best: dict[str, tuple[Known, Match]] = {}
    for package in product.packages if product else ():
        for known, affected in index.get(package, ()):
            found = match(component, affected)
            if found and (known.id not in best or best[known.id][1].match == "cannot_tell"):
                best[known.id] = known, found
    yield from best.values()


def _clearest(one: tuple[Known, Match]) -> tuple[bool, bool, str]:
    known, found = one
    return found.match == "cannot_tell", known.data.severity == "unknown", known.id


def _finding(
    firmware: Firmware,
    component: Component,
    known: Known,
    found: Match,
    said: VulnerabilityAssessed | None,
) -> VulnerabilityFound:
    product = product_of(component.purl)
    return VulnerabilityFound(
        model=firmware.model,
        firmware=firmware.firmware,
        vulnerability=known.id,
        component=component_key(component),
        match=found.match,
        reason=found.reason,
        status=said.status if said else "unassessed",
        name=component.name,
        version=(product.version if product else "") or component.version,
        sbom=firmware.sbom,
        severity=known.data.severity,
        score=known.data.score,
        aliases=known.data.aliases,
        summary=known.data.summary,
        fixed_in=found.fixed_in,
        justification=(said.justification or said.impact) if said else "",
        document=said.document if said else "",
    )
