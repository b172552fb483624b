"""What must be there before a story can begin, and what is said where it isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.pki import init
from infra.simulator import prepare
from infra.simulator.fleet import Fleet, make
from infra.simulator.story import serials
from schemas.errors import Fatal
from schemas.settings import Settings

SMALL = Fleet(7, make(7).devices[:3])


def test_every_device_of_the_fleet_needs_a_certificate(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(Fatal, match="no certificate authority"):
        serials(settings, SMALL)
    init(settings.pki)
    with pytest.raises(Fatal, match=r"3 devices, such as acme:\S+, have no certificate .* prepare --seed 7"):
        serials(settings, SMALL)
    assert prepare.issue(settings.pki, SMALL) == 3
    known = serials(settings, SMALL)
    assert set(known) == {device.identity for device in SMALL.devices}
    prepare.issue(settings.pki, SMALL)
    assert serials(settings, SMALL) == known
