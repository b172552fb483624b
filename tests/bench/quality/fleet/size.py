"""How large a simulated fleet must be at least."""

from __future__ import annotations

from schemas.errors import Rejected


def large_enough(**given_and_least: tuple[int, int]) -> None:
    """Rejected where an option, named without its dashes, is given a smaller number than its least."""
    for name, (given, least) in given_and_least.items():
        if given < least:
            raise Rejected("too_small", f"--{name}", f"is {given}, but at least {least} is needed")
