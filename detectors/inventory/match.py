"""Whether one component has one vulnerability, and the sentence that says why."""

from __future__ import annotations

from typing import Literal, NamedTuple

from detectors.inventory.package import Product, product_of, release_of
from detectors.inventory.version import CannotTell, fixes, is_in, same
from schemas.inventory import Affected, Component, VersionRange


class Match(NamedTuple):
    """`match` is `cannot_tell` where the component is the package but its version can't be judged."""

    match: Literal["affected", "cannot_tell"]
    reason: str
    fixed_in: tuple[str, ...] = ()


def match(component: Component, affected: Affected) -> Match | None:
    """How `affected` is about a component that is its package (see `package_of`), None where its version is not affected.

    The version is the one of the package URL, else the component's own.
    """
    product = product_of(component.purl)
    if product is None:
        return None
    version = product.version or component.version
    release = release_of(affected.ecosystem)
    from_it = _is_from(product.distribution, release)
    if from_it is False:
        return None
    found = _judged(component, product, version, affected)
    if found and from_it is None:
        reason = f"{found.reason}, if it comes from {affected.ecosystem}; its package URL does not say so"
        return Match("cannot_tell", reason, found.fixed_in)
    return found


def _judged(component: Component, product: Product, version: str, affected: Affected) -> Match | None:
    kind, fixed = product.package.kind, _fixed_in(affected)
    if not affected.versions and not affected.ranges:
        return Match("affected", f"every version of {component.name} is affected", fixed)
    if not version:
        return Match("cannot_tell", f"the SBOM does not say which version of {component.name} it is", fixed)
    if any(same(kind, version, listed) for listed in affected.versions):
        return Match("affected", f"{component.name} {version} is listed as affected", fixed)
    doubts: list[str] = []
    for span in affected.ranges:
        try:
            if is_in(kind, version, span):
                return Match(
                    "affected", f"{component.name} {version} is in the affected range ({told(span)})", fixed
                )
        except CannotTell as doubt:
            doubts.append(str(doubt))
    # Where versions are listed or another range can be compared, that answers; a range of commits beside it says the same.
    if doubts and not affected.versions and len(doubts) == len(affected.ranges):
        return Match("cannot_tell", f"{component.name} {version}: {doubts[0]}", fixed)
    return None


def told(span: VersionRange) -> str:
    """A range in words: `from 1.0, fixed in 1.2`."""
    return ", ".join(f"{_WORDS[b.kind]} {b.version}" for b in span.boundaries).replace(
        "from 0,", "from the first,"
    )


_WORDS = {"introduced": "from", "fixed": "fixed in", "last_affected": "up to", "limit": "below"}


def _fixed_in(affected: Affected) -> tuple[str, ...]:
    spans = [span for span in affected.ranges if span.kind != "GIT"]
    return tuple(dict.fromkeys(version for span in spans for version in fixes(span)))


def _is_from(distribution: str, release: str) -> bool | None:
    # `distro` is written as debian-12, debian-12.5, alpine-3.19.1, v3.19 or bookworm; a code name has no number to compare.
    numbers, wanted = distribution.rpartition("-")[2].removeprefix("v"), release.removeprefix("v")
    if not release:
        return True
    if not any(char.isdigit() for char in numbers):
        return None
    return numbers == wanted or numbers.startswith(f"{wanted}.")
