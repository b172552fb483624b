"""What a component or an OSV record is about: a package, named independently of how it was written down.

Sources: the package URL specification (purl), the OSV schema's list of ecosystems.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from packageurl import PackageURL

# OSV ecosystem -> purl type and namespace; the namespace of Maven, Go, npm and Composer names is part of the OSV name.
ECOSYSTEMS: dict[str, tuple[str, str]] = {
    "AlmaLinux": ("rpm", "almalinux"),
    "Alpine": ("apk", "alpine"),
    "Chainguard": ("apk", "chainguard"),
    "ConanCenter": ("conan", ""),
    "crates.io": ("cargo", ""),
    "Debian": ("deb", "debian"),
    "Go": ("golang", ""),
    "Hex": ("hex", ""),
    "Maven": ("maven", ""),
    "npm": ("npm", ""),
    "NuGet": ("nuget", ""),
    "OSS-Fuzz": ("generic", ""),
    "Packagist": ("composer", ""),
    "Pub": ("pub", ""),
    "PyPI": ("pypi", ""),
    "Red Hat": ("rpm", "redhat"),
    "Rocky Linux": ("rpm", "rocky-linux"),
    "RubyGems": ("gem", ""),
    "Ubuntu": ("deb", "ubuntu"),
    "Wolfi": ("apk", "wolfi"),
}


class Package(NamedTuple):
    """A package: `kind` is the purl type. Equal for equal packages; version and distribution are not part of it."""

    kind: str
    namespace: str
    name: str


class Product(NamedTuple):
    """A package URL taken apart. `distribution` is its `distro` qualifier, `source` the name of the source package where it differs."""

    package: Package
    version: str
    distribution: str = ""
    source: str = ""

    @property
    def packages(self) -> tuple[Package, ...]:
        """The package, and the source package it was built from, which is what distributions' advisories name."""
        return (self.package, self.package._replace(name=self.source)) if self.source else (self.package,)


@lru_cache(maxsize=65_536)
def product_of(purl: str) -> Product | None:
    """The product a package URL names, None for what is no package URL."""
    try:
        url = PackageURL.from_string(purl)
    except ValueError:
        return None
    qualifiers = url.qualifiers if isinstance(url.qualifiers, dict) else {}
    return Product(
        Package(url.type, (url.namespace or "").lower(), url.name.lower()),
        url.version or "",
        qualifiers.get("distro", ""),
        qualifiers.get("upstream", "").partition("@")[0].lower(),
    )


def package_of(ecosystem: str, name: str, purl: str) -> Package | None:
    """The package of an OSV `affected` entry; None where it names none that a package URL could, for example only a repository."""
    if purl and (product := product_of(purl)):
        return product.package
    kind, namespace = ECOSYSTEMS.get(base_of(ecosystem), ("", ""))
    if not kind or not name:
        return None
    path = name.replace(":", "/") if kind == "maven" else name
    joined = f"{namespace}/{path}" if namespace else path
    product = product_of(f"pkg:{kind}/{joined.replace('@', '%40')}")
    return product.package if product else None


def base_of(ecosystem: str) -> str:
    """The ecosystem without its release: `Debian` of `Debian:12`."""
    return ecosystem.partition(":")[0]


def release_of(ecosystem: str) -> str:
    """The release an ecosystem is limited to, "" for all: `12` of `Debian:12`, `v3.19` of `Alpine:v3.19`, `22.04` of `Ubuntu:22.04:LTS`."""
    return next((part for part in ecosystem.split(":")[1:] if any(char.isdigit() for char in part)), "")
