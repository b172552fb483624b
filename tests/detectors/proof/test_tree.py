"""The tree against the definitions of RFC 9162, for every size and index, and its proofs against everything near them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.proof.path import is_consistent, is_included
from detectors.proof.tree import Tree
from tests.detectors.proof.trees import leaf, path, root, subproof, tree_of

SIZE = 70
TREE = tree_of(SIZE)
LEAVES = [leaf(number) for number in range(SIZE)]
sizes = st.integers(1, SIZE)


@pytest.mark.parametrize("size", range(SIZE + 1))
def test_every_root_is_that_of_the_definition(size: int) -> None:
    assert TREE.root(size) == root(LEAVES[:size]) == tree_of(size).root()


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_every_inclusion_proof_is_that_of_the_definition_and_holds(size: int) -> None:
    for index in range(size):
        proof = TREE.inclusion(index, size)
        assert proof == path(index, LEAVES[:size])
        assert is_included(leaf(index), index, size, proof, TREE.root(size))


@pytest.mark.parametrize("new", range(1, SIZE + 1))
def test_every_consistency_proof_is_that_of_the_definition_and_holds(new: int) -> None:
    for old in range(1, new + 1):
        proof = TREE.consistency(old, new)
        assert proof == subproof(old, LEAVES[:new], True)
        assert is_consistent(old, TREE.root(old), new, TREE.root(new), proof)


@given(sizes, sizes, st.data())
def test_no_other_leaf_index_or_root_is_proven(size: int, other: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    wrong = data.draw(st.integers(-1, SIZE).filter(lambda number: number != index))
    proof, top = TREE.inclusion(index, size), TREE.root(size)
    assert not is_included(leaf(index), wrong, size, proof, top)
    assert not is_included(leaf(SIZE + 1), index, size, proof, top)
    assert is_included(leaf(index), index, size, proof, TREE.root(other)) == (size == other)


@given(sizes, sizes, st.integers(0, SIZE - 1), st.integers(1, 255))
def test_a_history_with_one_leaf_changed_is_not_consistent(one: int, two: int, at: int, flip: int) -> None:
    old, new = min(one, two), max(one, two)
    rewritten = Tree()
    for number in range(new):
        rewritten.append(bytes([leaf(number)[0] ^ (flip if number == at else 0)]) + leaf(number)[1:])
    holds = is_consistent(old, TREE.root(old), new, rewritten.root(new), rewritten.consistency(old, new))
    assert holds == (at >= old)


@given(sizes, st.data())
def test_a_proof_with_a_part_missing_or_too_many_fails(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, top = TREE.inclusion(index, size), TREE.root(size)
    assert not is_included(leaf(index), index, size, [*proof, top], top)
    if proof:
        del proof[data.draw(st.integers(0, len(proof) - 1))]
        assert not is_included(leaf(index), index, size, proof, top)


def test_what_is_not_there_is_refused() -> None:
    for call in (
        lambda: TREE.inclusion(SIZE, SIZE),
        lambda: TREE.inclusion(0, SIZE + 1),
        lambda: TREE.consistency(0, 1),
        lambda: TREE.consistency(2, 1),
        lambda: TREE.leaf(-1),
        lambda: TREE.root(SIZE + 1),
    ):
        with pytest.raises(IndexError):
            call()
    with pytest.raises(ValueError, match="32 bytes"):
        Tree().append(b"short")
