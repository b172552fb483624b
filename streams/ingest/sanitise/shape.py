"""Texts that look as if drawn by chance: what a generated secret looks like and a name doesn't."""

from __future__ import annotations

import re
from itertools import pairwise

WORD = re.compile(r"[A-Za-z0-9]+")
HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
LONG = 16
SWITCHES_OF_TEN = 2


def is_random(text: str) -> bool:
    """Whether a run of 16 letters and digits in it changes between upper case, lower case and digits as chance does."""
    return any(
        len(word) >= LONG and switches(word) * 10 >= SWITCHES_OF_TEN * len(word)
        for word in WORD.findall(text)
    )


def switches(word: str) -> int:
    """How often it changes between upper case, lower case and digits; one capital and its word count once."""
    kinds = ["u" if char.isupper() else "l" if char.islower() else "d" for char in word]
    return sum(a != b and (a, b) != ("u", "l") for a, b in pairwise(kinds))


def is_mixed(word: str) -> bool:
    """Whether it has upper and lower case and digits and is not hexadecimal."""
    classes = {"u" if char.isupper() else "l" if char.islower() else "d" for char in word}
    return len(classes) == 3 and not HEX.fullmatch(word)
