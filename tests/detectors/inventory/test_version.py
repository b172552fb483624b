"""Ranges of versions: what is in them, and what nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.inventory.version import KINDS, CannotTell, is_in, parse, same
from schemas.inventory import Boundary, VersionRange

NUMBERS = st.tuples(*[st.integers(0, 30)] * 3)
PRERELEASE = st.sampled_from(
    ["", "-alpha", "-alpha.1", "-alpha.beta", "-beta", "-beta.2", "-beta.11", "-rc.1"]
)
# SemVer 2.0.0, item 11, in rising order; the release itself is last.
ORDER = ["-alpha", "-alpha.1", "-alpha.beta", "-beta", "-beta.2", "-beta.11", "-rc.1", ""]


def span(*boundaries: tuple[str, str], kind: str = "SEMVER") -> VersionRange:
    return VersionRange(
        kind=kind,  # type: ignore[arg-type]
        boundaries=tuple(Boundary(kind=k, version=v) for k, v in boundaries),  # type: ignore[arg-type]
    )


def text(numbers: tuple[int, ...], prerelease: str = "") -> str:
    return ".".join(map(str, numbers)) + prerelease


@given(NUMBERS, PRERELEASE, NUMBERS, PRERELEASE)
def test_semantic_versions_are_ordered_as_semver_says(
    one: tuple[int, ...], pre: str, other: tuple[int, ...], other_pre: str
) -> None:
    expected = (one, ORDER.index(pre)) < (other, ORDER.index(other_pre))
    assert (parse("semver", text(one, pre)) < parse("semver", text(other, other_pre))) == expected


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_version_is_affected_from_introduced_until_just_before_the_fix(
    version: tuple[int, ...], introduced: tuple[int, ...], fixed: tuple[int, ...]
) -> None:
    found = is_in("npm", text(version), span(("introduced", text(introduced)), ("fixed", text(fixed))))
    # A fix at or before the introduction ends nothing.
    expected = introduced <= version and not (introduced <= fixed <= version)
    assert found == expected


@given(
    st.permutations(
        [("introduced", "1.0.0"), ("fixed", "1.5.0"), ("introduced", "2.0.0"), ("fixed", "2.2.0")]
    ),
    NUMBERS,
)
def test_the_order_in_which_boundaries_are_written_does_not_matter(
    boundaries: list[tuple[str, str]], version: tuple[int, ...]
) -> None:
    expected = (1, 0, 0) <= version < (1, 5, 0) or (2, 0, 0) <= version < (2, 2, 0)
    assert is_in("cargo", text(version), span(*boundaries)) == expected


@given(NUMBERS, NUMBERS)
def test_last_affected_is_itself_affected_and_nothing_after_it(
    version: tuple[int, ...], last: tuple[int, ...]
) -> None:
    found = is_in(
        "pypi", text(version), span(("introduced", "0"), ("last_affected", text(last)), kind="ECOSYSTEM")
    )
    assert found == (version <= last)


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_gives_an_answer_or_a_doubt(kind: str, version: str, introduced: str, fixed: str) -> None:
    boundaries = (("introduced", introduced), ("fixed", fixed))
    for scheme in ("SEMVER", "ECOSYSTEM", "GIT"):
        try:
            assert is_in(kind, version, span(*boundaries, kind=scheme)) in (True, False)
        except CannotTell as doubt:
            assert str(doubt)
    assert same(kind, version, version)


@pytest.mark.parametrize(
    ("kind", "version", "fixed", "affected"),
    [
        ("deb", "3.0.11-1~deb12u2", "3.0.11-1~deb12u3", True),
        ("deb", "1:1.0", "2.0", False),  # the epoch counts before everything
        ("rpm", "1.0~rc1", "1.0", True),
        ("apk", "1.2.3-r0", "1.2.3-r1", True),
        ("pypi", "1.0rc1", "1.0", True),
        ("pypi", "1.0.post1", "1.0", False),
        ("maven", "1.0-beta-2", "1.0", True),
        ("golang", "v1.9.0", "1.10.0", True),
        ("gem", "1.0.0.pre", "1.0.0", True),
        ("npm", "1.2.3+build.9", "1.2.3", False),  # build metadata does not order
    ],
)
def test_each_ecosystem_orders_versions_its_own_way(
    kind: str, version: str, fixed: str, affected: bool
) -> None:
    assert is_in(kind, version, span(("introduced", "0"), ("fixed", fixed), kind="ECOSYSTEM")) == affected


def test_a_limit_ends_every_range() -> None:
    limited = span(("introduced", "0"), ("limit", "2.0.0"))
    assert [is_in("npm", version, limited) for version in ("1.9.9", "2.0.0")] == [True, False]
    assert is_in("npm", "9.9.9", span(("introduced", "0"), ("limit", "*")))


@pytest.mark.parametrize(
    ("kind", "version", "of"),
    [
        ("npm", "1.2.3", "GIT"),
        ("swift", "1.0", "ECOSYSTEM"),
        ("npm", "latest", "SEMVER"),
        ("npm", "1" * 300, "SEMVER"),
    ],
)
def test_what_can_not_be_compared_is_said_so(kind: str, version: str, of: str) -> None:
    with pytest.raises(CannotTell):
        is_in(kind, version, span(("introduced", "0"), ("fixed", "2.0.0"), kind=of))
