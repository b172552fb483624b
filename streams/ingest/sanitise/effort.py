"""How much of one message is searched for secrets, so that a crafted one can't hold up everybody else's."""

from __future__ import annotations

# No message has a reason to be full of what looks like secrets. Searching this much takes about half a second at worst.
MAX_SEARCHED = 65_536
# What each further unit of a message (a line of its own) may add: many small honest units are not one large hostile one.
UNIT_CHARS = 512
# What a text costs besides its characters.
TEXT_CHARS = 32


class Effort:
    """What is left to search in one message of this many units, in characters. Only what looks suspicious is searched, and counts."""

    def __init__(self, units: int = 1) -> None:
        self._left = MAX_SEARCHED + UNIT_CHARS * (units - 1)

    def spend(self, chars: int) -> bool:
        """Whether a text of this length may still be searched; False from the first on that may not."""
        self._left -= chars + TEXT_CHARS
        return self._left >= 0
