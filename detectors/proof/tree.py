"""An append-only Merkle tree that keeps the hash of every full subtree, so any root and any proof, of any size it ever had, is quick."""

from __future__ import annotations

from detectors.proof.hashing import EMPTY_ROOT, HASH_BYTES, node_hash, split


class Tree:
    """The tree over the leaf hashes appended so far (RFC 9162, section 2.1); 64 bytes of memory a leaf.

    Appending costs two hashes on average, a root or a proof at most the square of the tree's height. Not for use by several threads at once
    while one appends.
    """

    def __init__(self) -> None:
        # _levels[h] holds, one after the other, the hashes of the full subtrees of 2**h leaves.
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> int:
        """Add a leaf by its hash (32 bytes, else ValueError); returns its index."""
        if len(leaf) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf)}")
        index = self.size
        self._levels[0] += leaf
        self._fill(index)
        return index

    def _fill(self, index: int) -> None:
        """Hash every subtree that this leaf made full: as many as the index has trailing ones."""
        height = 0
        while index >> height & 1:
            if height + 1 == len(self._levels):
                self._levels.append(bytearray())
            right = index >> height
            self._levels[height + 1] += node_hash(self._at(height, right - 1), self._at(height, right))
            height += 1

    def leaf(self, index: int) -> bytes:
        """The hash of one leaf; IndexError where there is none."""
        if not 0 <= index < self.size:
            raise IndexError(f"no leaf {index} in a tree of {self.size}")
        return self._at(0, index)

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves, by default all; IndexError where there are not so many."""
        size = self._checked(self.size if size is None else size)
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of one leaf in the tree of the first `size` leaves, lowest first (RFC 9162, section 2.1.3.1)."""
        if not 0 <= index < self._checked(size):
            raise IndexError(f"no leaf {index} in a tree of {size}")
        path, start, end = [], 0, size
        while end - start > 1:
            middle = start + split(end - start)
            if index < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `old` leaves is the beginning of the one of `new` leaves (RFC 9162, section 2.1.4.1).

        IndexError unless 0 < old <= new <= size: that an empty tree is the beginning of every other needs no proof.
        """
        if not 0 < old <= self._checked(new):
            raise IndexError(f"no tree of {old} leaves within one of {new}")
        path, start, end = [], 0, new
        while end != old:
            middle = start + split(end - start)
            if old <= middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        # The old tree itself is not repeated: whoever verifies knows its root.
        if start:
            path.append(self._hash(start, end))
        return path[::-1]

    def _hash(self, start: int, end: int) -> bytes:
        """The hash over leaves [start, end), where `start` is a multiple of the smallest power of two not below their number."""
        leaves = end - start
        height = leaves.bit_length() - 1
        if leaves == 1 << height:
            return self._at(height, start >> height)
        middle = start + split(leaves)
        return node_hash(self._hash(start, middle), self._hash(middle, end))

    def _at(self, height: int, place: int) -> bytes:
        return bytes(self._levels[height][place * HASH_BYTES : (place + 1) * HASH_BYTES])

    def _checked(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise IndexError(f"no tree of {size} leaves; there are {self.size}")
        return size
