"""A firmware's components out of a CycloneDX SBOM, cut into events that fit the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as CycloneComponent
from cyclonedx.model.license import LicenseExpression

from schemas.errors import Rejected
from schemas.inventory import Component, FirmwareComponentsListed
from streams.inventory.cyclonedx import boms
from streams.inventory.document import Document

# Half of what an event may have, so that the other half is left for what wraps it.
PART_BYTES = 500_000
COMPONENT_BYTES = 65_536


def listed(document: Document, model: str = "", firmware: str = "") -> list[FirmwareComponentsListed]:
    """The events of one SBOM: all its components, nested ones too, part i of n.

    Without `model` and `firmware` its own component (`metadata.component`) says whose firmware it is. Rejected names what is wrong.
    """
    models = list(boms(document.content))
    about = models[0].metadata.component
    model, firmware = (
        model or (about.name if about else ""),
        firmware or (about.version if about else "") or "",
    )
    for option, text, field in (("--model", model, "name"), ("--firmware", firmware, "version")):
        if not text or "/" in text:
            told = "is not there" if not text else "contains a slash"
            raise Rejected("missing_field", f"metadata.component.{field}", f"{told}; give {option}")
    parts = list(_parts(_components(models)))
    return [
        FirmwareComponentsListed(
            model=model,
            firmware=firmware,
            sbom=document.content.get("serialNumber") or f"sha256:{document.digest}",
            digest=document.digest,
            format=f"CycloneDX {document.content['specVersion']}",
            part=number,
            parts=len(parts),
            components=part,
            purl=str(about.purl) if about and about.purl else "",
            ref=(about.bom_ref.value or "") if about else "",
        )
        for number, part in enumerate(parts, 1)
    ]


def _components(models: Iterable[Bom]) -> Iterator[Component]:
    for bom in models:
        for component in bom.components:
            yield from _flat(component)


def _flat(component: CycloneComponent) -> Iterator[Component]:
    yield _component(component)
    for inner in component.components:
        yield from _flat(inner)


def _component(found: CycloneComponent) -> Component:
    made = Component(
        name=f"{found.group}/{found.name}" if found.group else found.name,
        version=found.version or "",
        purl=found.purl._replace(subpath=None).to_string() if found.purl else "",
        kind=found.type.value,
        ref=found.bom_ref.value or "",
        cpe=found.cpe or "",
        hashes={one.alg.value: one.content.lower() for one in found.hashes},
        licences=tuple(
            one.value if isinstance(one, LicenseExpression) else one.id or one.name or ""
            for one in found.licenses
        ),
    )
    if len(msgspec.json.encode(made)) > COMPONENT_BYTES:
        raise Rejected(
            "oversized", f"components ({made.name[:64]})", f"has more than {COMPONENT_BYTES:,} bytes"
        )
    return made


def _parts(components: Iterable[Component]) -> Iterator[tuple[Component, ...]]:
    """At least one part, so that a firmware of which nothing is known has an SBOM too."""
    part: list[Component] = []
    size = 0
    for component in components:
        more = len(msgspec.json.encode(component)) + 1
        if part and size + more > PART_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(component)
        size += more
    yield tuple(part)
