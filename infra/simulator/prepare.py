"""Before the stack starts: a certificate for every device, so that the broker lets the fleet in from its first second."""

from __future__ import annotations

from pathlib import Path

from infra import pki
from infra.simulator.fleet import Fleet


def issue(root: Path, fleet: Fleet) -> int:
    """Give every device of the fleet a certificate from the authority in `root`, made if need be; returns how many have one.

    The local broker lets in whoever has a valid certificate when it starts; devices that come later must be enrolled.
    """
    pki.init(root)
    for device in fleet.devices:
        pki.issue(root, device.identity)
    return len(fleet)
