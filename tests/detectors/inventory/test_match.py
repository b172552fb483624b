"""Components against OSV entries: the right package, the right release, and the sentence that says why."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.inventory.cvss import base_score, severity_of
from detectors.inventory.match import match
from detectors.inventory.package import Package, package_of, product_of, release_of
from schemas.inventory import Affected, Boundary, Component, VersionRange

FIXED = VersionRange(
    kind="ECOSYSTEM",
    boundaries=(Boundary(kind="introduced", version="0"), Boundary(kind="fixed", version="1.2")),
)
COMMITS = VersionRange(kind="GIT", boundaries=(Boundary(kind="introduced", version="0"),))


def component(purl: str, **more: Any) -> Component:
    return Component(name="thing", purl=purl, **more)


def test_a_match_says_which_range_and_what_fixes_it() -> None:
    found = match(
        component("pkg:pypi/thing@1.1"), Affected(ecosystem="PyPI", name="thing", ranges=(FIXED, COMMITS))
    )
    assert found is not None
    assert found.match == "affected"
    assert found.reason == "thing 1.1 is in the affected range (from the first, fixed in 1.2)"
    assert found.fixed_in == ("1.2",)


def test_a_fixed_version_is_no_match_also_where_commits_are_named_too() -> None:
    assert (
        match(
            component("pkg:pypi/thing@1.2"), Affected(ecosystem="PyPI", name="thing", ranges=(FIXED, COMMITS))
        )
        is None
    )


def test_commits_alone_can_not_be_judged() -> None:
    found = match(
        component("pkg:pypi/thing@1.1"), Affected(ecosystem="PyPI", name="thing", ranges=(COMMITS,))
    )
    assert found is not None
    assert found.match == "cannot_tell"
    assert "Git commits" in found.reason


def test_a_listed_version_is_enough_and_a_list_without_it_clears() -> None:
    listed = Affected(ecosystem="PyPI", name="thing", versions=("1.0", "1.1"), ranges=(COMMITS,))
    found = match(component("pkg:pypi/thing@1.1.0"), listed)
    assert found is not None
    assert found.reason == "thing 1.1.0 is listed as affected"
    assert match(component("pkg:pypi/thing@1.2"), listed) is None


def test_neither_versions_nor_ranges_means_every_version() -> None:
    found = match(component("pkg:pypi/thing@7"), Affected(ecosystem="PyPI", name="thing"))
    assert found is not None
    assert found.match == "affected"


def test_a_component_without_a_version_can_not_be_judged() -> None:
    found = match(component("pkg:pypi/thing"), Affected(ecosystem="PyPI", name="thing", ranges=(FIXED,)))
    assert found is not None
    assert found.match == "cannot_tell"
    assert match(component("pkg:pypi/thing", version="1.1"), Affected(ranges=(FIXED,))) == match(
        component("pkg:pypi/thing@1.1"), Affected(ranges=(FIXED,))
    )


@pytest.mark.parametrize(
    ("distro", "match_"),
    [
        ("debian-12", "affected"),
        ("debian-12.5", "affected"),
        ("debian-11", None),
        ("", "cannot_tell"),
        ("bookworm", "cannot_tell"),
    ],
)
def test_an_advisory_for_one_release_is_about_that_release(distro: str, match_: str | None) -> None:
    purl = f"pkg:deb/debian/thing@1.1{f'?distro={distro}' if distro else ''}"
    found = match(component(purl), Affected(ecosystem="Debian:12", name="thing", ranges=(FIXED,)))
    assert (found.match if found else None) == match_


@pytest.mark.parametrize(
    ("ecosystem", "name", "purl"),
    [
        ("PyPI", "Django_Rest.framework", "pkg:pypi/django-rest-framework@1"),
        ("npm", "@angular/core", "pkg:npm/%40angular/core@1"),
        ("Maven", "org.apache.logging.log4j:log4j-core", "pkg:maven/org.apache.logging.log4j/log4j-core@2"),
        ("Go", "github.com/gorilla/websocket", "pkg:golang/github.com/gorilla/websocket@v1.4.0"),
        ("Debian:12", "openssl", "pkg:deb/debian/openssl@3"),
        ("Alpine:v3.19", "busybox", "pkg:apk/alpine/busybox@1"),
        ("crates.io", "tokio", "pkg:cargo/tokio@1"),
    ],
)
def test_an_ecosystems_name_and_a_package_url_are_the_same_package(
    ecosystem: str, name: str, purl: str
) -> None:
    product = product_of(purl)
    assert product is not None
    if name == "Django_Rest.framework":
        name = "Django_Rest-framework"
    assert package_of(ecosystem, name, "") == product.package


def test_a_binary_package_is_also_its_source_package() -> None:
    product = product_of("pkg:deb/debian/libssl3@3?upstream=openssl%403")
    assert product is not None
    assert Package("deb", "debian", "openssl") in product.packages


@pytest.mark.parametrize("purl", ["", "openssl", "pkg:", "pkg:/x", "http://x", "pkg:npm/" + "%" * 5])
def test_what_is_no_package_url_matches_nothing(purl: str) -> None:
    assert match(component(purl), Affected(ecosystem="npm", name="x")) is None or product_of(purl) is not None


def test_an_unknown_ecosystem_names_no_package() -> None:
    assert package_of("Bitnami Secret", "x", "") is None
    assert package_of("", "x", "") is None


@pytest.mark.parametrize(
    ("ecosystem", "release"),
    [("Debian:12", "12"), ("Ubuntu:Pro:22.04:LTS", "22.04"), ("Alpine:v3.19", "v3.19"), ("npm", "")],
)
def test_the_release_is_what_has_a_number(ecosystem: str, release: str) -> None:
    assert release_of(ecosystem) == release


# Vectors with their scores as published by FIRST (CVSS v3.1 examples) and NVD.
@pytest.mark.parametrize(
    ("vector", "score", "severity"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0, "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4, "medium"),
        ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1, "low"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "high"),
        ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, "none"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/E:P/RL:O", 6.1, "medium"),
    ],
)
def test_a_base_score_is_the_published_one(vector: str, score: float, severity: str) -> None:
    assert base_score(vector) == score
    assert severity_of(score) == severity


@pytest.mark.parametrize(
    "vector", ["", "7.5", "AV:N/AC:L", "CVSS:4.0/AV:N/AC:L", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H"]
)
def test_other_vectors_have_no_score(vector: str) -> None:
    assert base_score(vector) is None
