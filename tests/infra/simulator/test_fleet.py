"""Who is in the fleet: as the story needs it, for every seed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.simulator.fleet import TENANTS, make
from schemas.pki import NAME


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_every_seed_makes_a_fleet_the_story_can_use(seed: int) -> None:
    fleet = make(seed)
    assert fleet == make(seed)
    assert len(fleet) == len({device.identity for device in fleet.devices}) == 300
    assert len({device.address for device in fleet.devices}) == 300
    assert [device.index for device in fleet.devices] == list(range(300))
    assert all(NAME.fullmatch(device.name) for device in fleet.devices)
    assert len({device.model for device in fleet.devices}) == 4
    assert len({device.site for device in fleet.devices}) == 3
    assert Counter(device.tenant for device in fleet.devices) == dict.fromkeys(TENANTS, 150)
    assert len(fleet.over("mqtt")) == 48
    assert len(fleet.over("http")) == 20
    roles = [fleet.role(letter) for letter in "abcdh"]
    assert len({device.index for device in roles}) == 5
    assert all(device.transport == "mqtt" for device in roles[:4])
    assert not any(device.sleeps for device in roles)
    for tenant in TENANTS:
        arms = [fleet.arm(tenant, arm) for arm in ("treatment", "control")]
        assert [len(arm) for arm in arms] == [72, 72]
        for device in (*arms[0], *arms[1]):
            assert not device.sleeps
            assert device not in roles
    for transport in ("mqtt", "http", "kafka"):
        spare = fleet.spare(transport)
        assert spare.transport == transport
        assert spare.arm == "none"
        assert spare not in roles
