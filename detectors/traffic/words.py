"""Texts as 64-bit words."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt


def hashed(texts: Any) -> npt.NDArray[np.uint64]:
    """Texts as the 64-bit words the model counts (BLAKE2b), the same on every machine; each distinct one is hashed once."""
    known: dict[str, int] = {}
    words = np.zeros(len(texts), np.uint64)
    for place, text in enumerate(texts):
        word = known.get(text)
        if word is None:
            digest = blake2b(str(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
            word = known[text] = int.from_bytes(digest, "big")
        words[place] = word
    return words
