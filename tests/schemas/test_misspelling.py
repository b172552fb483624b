"""Misspelt names: found whatever the case, with the known one they are most like, and never a known one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.misspelling import nearest, told, unknown

KNOWN = ("X_CHECKPOINT_S", "X_SNAPSHOT_S", "X_HOME")
NAMES = st.lists(st.text("XHOME_S", max_size=8) | st.sampled_from(KNOWN), max_size=8)


def test_a_typo_is_named_with_what_was_meant_and_a_stranger_alone() -> None:
    names = ["X_SNAPSHOT_S", "x_home", "X_CHECKPOINT_SS", "x_hom", "X_1", "PATH", "ax_home", "X_Q_PORT"]
    found = unknown(names, "X_", KNOWN)
    assert found == {"X_1": "", "X_Q_PORT": "", "X_CHECKPOINT_SS": "X_CHECKPOINT_S", "x_hom": "X_HOME"}
    says = "X_1, X_CHECKPOINT_SS (did you mean X_CHECKPOINT_S?), X_Q_PORT, x_hom (did you mean X_HOME?)"
    assert told(found) == says


@given(NAMES)
def test_only_what_nobody_knows_is_unknown(names: list[str]) -> None:
    found = unknown(names, "X_", KNOWN)
    assert set(found) == {name for name in names if name.startswith("X_")} - set(KNOWN)
    assert set(found.values()) <= {*KNOWN, ""}
    assert list(found) == sorted(found)


@given(st.sampled_from(KNOWN))
def test_the_nearest_of_a_known_name_is_itself(name: str) -> None:
    assert nearest(name.lower(), KNOWN) == name
