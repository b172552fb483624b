"""Which VEX statement is about which finding. Sources: OpenVEX 0.2.0 (products and subcomponents), CycloneDX 1.6 (affects)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from detectors.inventory.package import product_of
from detectors.inventory.version import same
from schemas.inventory import Component, VulnerabilityAssessed


class Firmware(NamedTuple):
    """One firmware of a model and the SBOM in force; `purl` and `ref` are what that calls the firmware itself."""

    model: str
    firmware: str
    sbom: str
    digest: str
    components: tuple[Component, ...]
    purl: str = ""
    ref: str = ""


class Statement(NamedTuple):
    """What somebody said about `vulnerability`, and when."""

    time: datetime
    vulnerability: str
    data: VulnerabilityAssessed

    @property
    def names(self) -> frozenset[str]:
        """Everything it calls the vulnerability."""
        return frozenset({self.vulnerability, *self.data.aliases})


def in_force(
    statements: Iterable[Statement], firmware: Firmware, component: Component
) -> VulnerabilityAssessed | None:
    """Of statements about one vulnerability, the newest that is about this component of this firmware; of two of one time the later
    one given."""
    about = [one for one in statements if applies(one.data, firmware, component)]
    newest = max(enumerate(about), key=lambda one: (one[1].time, one[0]), default=None)
    return newest[1].data if newest else None


def applies(said: VulnerabilityAssessed, firmware: Firmware, component: Component) -> bool:
    """Whether a statement is about a component of a firmware."""
    if said.model not in ("", firmware.model) or said.firmware not in ("", firmware.firmware):
        return False
    of_component = any(_names(text, component.ref, component.purl) for text in said.components)
    if not said.products:
        return of_component or not said.components
    if any(_names(text, firmware.ref, firmware.purl) for text in said.products):
        return of_component or not said.components
    return any(_names(text, component.ref, component.purl) for text in said.products)


def _names(text: str, ref: str, purl: str) -> bool:
    """Whether `text` names what an SBOM calls `ref` and `purl`; a package URL without version names every version."""
    if text in (ref, purl) and text:
        return True
    said, there = product_of(text), product_of(purl)
    if said is None or there is None or said.package != there.package:
        return False
    return not said.version or same(said.package.kind, said.version, there.version)
