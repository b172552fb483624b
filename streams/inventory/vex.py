"""Assessments out of VEX documents: OpenVEX 0.2.0, or CycloneDX with `vulnerabilities[].analysis`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import unquote

import msgspec
from cyclonedx.model.vulnerability import Vulnerability

from schemas.errors import Rejected
from schemas.event import Time
from schemas.inventory import Assessment, VulnerabilityAssessed
from streams.inventory.cyclonedx import boms
from streams.inventory.document import Document, required, shaped

OPENVEX = "https://openvex.dev/ns"
STATES: dict[str, Assessment] = {
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
}


class Said(NamedTuple):
    """One statement: about which vulnerability, when (None: the document does not say), and what."""

    vulnerability: str
    time: datetime | None
    data: VulnerabilityAssessed


class _Named(msgspec.Struct):
    id: str = msgspec.field(name="@id", default="")
    identifiers: dict[str, str] = {}

    @property
    def text(self) -> str:
        return self.identifiers.get("purl") or self.id


class _Product(_Named):
    subcomponents: list[_Named] = []


class _Vulnerability(msgspec.Struct):
    name: str = ""
    id: str = msgspec.field(name="@id", default="")
    aliases: list[str] = []


class _Statement(msgspec.Struct):
    vulnerability: _Vulnerability | str
    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    products: list[_Product] = []
    justification: str = ""
    impact_statement: str = ""
    action_statement: str = ""
    timestamp: Time | None = None
    last_updated: Time | None = None


class _OpenVex(msgspec.Struct):
    id: str = msgspec.field(name="@id")
    author: str
    timestamp: Time
    statements: list[_Statement]
    last_updated: Time | None = None


def assessed(document: Document, model: str = "", firmware: str = "") -> list[Said]:
    """The statements of a VEX document, limited to a model and firmware where they are given; Rejected names what is wrong."""
    content = document.content
    if isinstance(content, dict) and "bomFormat" in content:
        return list(_of_cyclonedx(document, model, firmware))
    required(content, "@context")
    if not str(content["@context"]).startswith(OPENVEX):
        raise Rejected("bad_data", "@context", f"must begin with {OPENVEX}, or bomFormat be CycloneDX")
    return list(_of_openvex(shaped(content, _OpenVex), model, firmware))


def _of_openvex(found: _OpenVex, model: str, firmware: str) -> Iterator[Said]:
    for place, one in enumerate(found.statements):
        at = f"statements[{place}]"
        if one.status == "not_affected" and not (one.justification or one.impact_statement):
            raise Rejected(
                "missing_field", f"{at}.justification", "is missing, and no impact_statement either"
            )
        said = (
            _Vulnerability(name=one.vulnerability)
            if isinstance(one.vulnerability, str)
            else one.vulnerability
        )
        name = said.name or said.id.rpartition("/")[2]
        if not name:
            raise Rejected("missing_field", f"{at}.vulnerability.name", "is missing")
        time = one.last_updated or one.timestamp or found.last_updated or found.timestamp
        data = VulnerabilityAssessed(
            status=one.status,
            document=found.id,
            author=found.author,
            justification=one.justification,
            impact=one.impact_statement,
            action=one.action_statement,
            aliases=tuple(said.aliases),
            model=model,
            firmware=firmware,
        )
        for products, components in _about(one, at, anything=bool(model)):
            yield Said(name, time, msgspec.structs.replace(data, products=products, components=components))


def _about(one: _Statement, at: str, *, anything: bool) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Products and their subcomponents; products without any share one statement."""
    if not one.products and not anything:
        raise Rejected("missing_field", f"{at}.products", "is missing; name products, or give --model")
    for place, product in enumerate(one.products):
        if not product.text:
            raise Rejected("missing_field", f"{at}.products[{place}].@id", "is missing")
        if product.subcomponents:
            yield (product.text,), tuple(inner.text for inner in product.subcomponents if inner.text)
    whole = tuple(product.text for product in one.products if not product.subcomponents)
    if whole or not one.products:
        yield whole, ()


def _of_cyclonedx(document: Document, model: str, firmware: str) -> Iterator[Said]:
    bom = next(boms(document.content))
    serial = document.content.get("serialNumber") or f"sha256:{document.digest}"
    given = cast(list[dict[str, Any]], document.content.get("vulnerabilities", []))
    if not given:
        raise Rejected("missing_field", "vulnerabilities", "is missing or empty: this is no VEX document")
    stated = bom.metadata.timestamp if "timestamp" in document.content.get("metadata", {}) else None
    for one in bom.vulnerabilities:
        if one.analysis is None or one.analysis.state is None:
            continue  # a finding without an assessment is no statement
        if not one.id:
            raise Rejected("missing_field", "vulnerabilities[].id", "is missing")
        products = tuple(_ref(target.ref) for target in one.affects)
        if not products and not model:
            raise Rejected(
                "missing_field", "vulnerabilities[].affects", f"is missing for {one.id[:64]}; give --model"
            )
        data = VulnerabilityAssessed(
            status=STATES[one.analysis.state.value],
            document=serial,
            justification=_justification(one),
            impact=one.analysis.detail or "",
            action=", ".join(sorted(response.value for response in one.analysis.responses)),
            aliases=tuple(sorted(reference.id for reference in one.references if reference.id)),
            model=model,
            firmware=firmware,
            products=products,
        )
        yield Said(one.id, one.analysis.last_updated or one.updated or stated, data)


def _justification(one: Vulnerability) -> str:
    assert one.analysis is not None
    if one.analysis.justification is not None:
        return str(one.analysis.justification.value)
    return "false_positive" if one.analysis.state and one.analysis.state.value == "false_positive" else ""


def _ref(ref: str) -> str:
    """The reference within an SBOM that a BOM-Link (`urn:cdx:serial/version#ref`) points to; any other text stays."""
    return unquote(ref.partition("#")[2]) if ref.startswith("urn:cdx:") and "#" in ref else ref
