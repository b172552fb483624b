"""Names that nobody knows, such as those of misspelt settings: which they are, and which known one each may have been meant for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches


def nearest(name: str, known: Collection[str]) -> str:
    """The known name most like this one, whatever the case; '' where none is much like it."""
    found = get_close_matches(name.upper(), [one.upper() for one in known], n=1)
    return next((one for one in known if found and one.upper() == found[0]), "")


def unknown(names: Iterable[str], prefix: str, known: Collection[str]) -> dict[str, str]:
    """Of the names that begin with `prefix` those that are not known, each with the nearest that is ('' for none), in order of name.

    Case makes no difference, as it makes none where settings are read; nor does what all have in common make two names alike.
    """
    spelt = {one.upper().removeprefix(prefix): one for one in known}
    strange = (
        (name, name.upper().removeprefix(prefix)) for name in sorted(names) if name.upper().startswith(prefix)
    )
    return {name: spelt.get(nearest(rest, spelt), "") for name, rest in strange if rest not in spelt}


def told(found: Mapping[str, str]) -> str:
    """The unknown names in words: `A (did you mean B?), C`."""
    return ", ".join(f"{name} (did you mean {near}?)" if near else name for name, near in found.items())
