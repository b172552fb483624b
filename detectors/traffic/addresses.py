"""Internet addresses: which are outside of any network that devices live in."""

from __future__ import annotations

from ipaddress import ip_address


def is_outside(text: str) -> bool:
    """Whether a text is an address of the open internet (RFC 6890): not private, of a group, or reserved; a name is none."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return False
    return address.is_global and not address.is_multicast
