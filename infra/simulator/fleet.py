"""Who is in the simulated fleet: a pure function of the seed, with every device's model, site, way in and part in the story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from schemas import pki

Transport = Literal["mqtt", "http", "kafka"]
Arm = Literal["treatment", "control", "none"]
Word = TypeVar("Word", bound=str)
TENANTS = ("acme", "globex")
SITES = ("berlin", "osaka", "tucson")
MODELS = ("camera", "pump", "thermostat", "meter")
FIRMWARE = {"acme": "4.2.0", "globex": "3.8.1"}
PER_TENANT = 150
MQTT_PER_TENANT = 24
HTTP_PER_TENANT = 10
# The first devices of a tenant take part in no rollout: some play a letter of the story, the others sleep now and then.
RESERVED: tuple[Transport, ...] = ("mqtt", "mqtt", "mqtt", "http", "kafka", "kafka")
# Letter of the story -> (tenant, place among its devices).
ROLES = {"a": (0, 0), "b": (0, 1), "c": (1, 0), "d": (1, 1), "h": (0, 5)}


@dataclass(frozen=True, slots=True)
class Device:
    """One simulated device; `index` is its row in every array of the signal model."""

    index: int
    tenant: str
    name: str
    model: str
    site: str
    firmware: str
    transport: Transport
    sleeps: bool
    arm: Arm

    @property
    def identity(self) -> str:
        """`tenant:device`, the name in its certificate."""
        return pki.identity(self.tenant, self.name)

    @property
    def address(self) -> str:
        """The loopback address it connects from, its own, so that the broker sees devices in different places."""
        return f"127.10.{self.index // 250}.{self.index % 250 + 1}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """All devices in index order, each tenant's together."""

    seed: int
    devices: tuple[Device, ...]

    def __len__(self) -> int:
        return len(self.devices)

    def role(self, letter: str) -> Device:
        """The device that plays (a), (b), (c), (d) or (h)."""
        tenant, place = ROLES[letter]
        return self.devices[tenant * PER_TENANT + place]

    def arm(self, tenant: str, arm: Arm) -> list[Device]:
        """The devices of a tenant in one arm of its rollout."""
        return [device for device in self.devices if device.tenant == tenant and device.arm == arm]

    def over(self, transport: Transport) -> list[Device]:
        """The devices that come in one way."""
        return [device for device in self.devices if device.transport == transport]

    def spare(self, transport: Transport) -> Device:
        """A device in no rollout and no letter of the story that comes in this way; hostile messages are sent in its name."""
        return next(device for device in self.over(transport) if device.sleeps)


def make(seed: int) -> Fleet:
    """The fleet of a seed: 300 devices, 150 a tenant, of which 144 take part in that tenant's rollout, half of them in each arm."""
    random = np.random.default_rng([seed, 1])
    devices = [
        device
        for number, tenant in enumerate(TENANTS)
        for device in _tenant(random, tenant, number * PER_TENANT)
    ]
    return Fleet(seed, tuple(devices))


def _tenant(random: np.random.Generator, tenant: str, first: int) -> list[Device]:
    models = random.permutation([model for model in MODELS for _ in range(PER_TENANT)])[:PER_TENANT]
    sites = random.choice(SITES, PER_TENANT)
    transports = _transports(random)
    arms = _arms(random)
    return [
        Device(
            index=first + place,
            tenant=tenant,
            name=f"{models[place]}-{first + place + 1:04d}",
            model=str(models[place]),
            site=str(sites[place]),
            firmware=FIRMWARE[tenant],
            transport=transports[place],
            sleeps=arms[place] == "none" and (TENANTS.index(tenant), place) not in ROLES.values(),
            arm=arms[place],
        )
        for place in range(PER_TENANT)
    ]


def _transports(random: np.random.Generator) -> list[Transport]:
    mqtt, http = MQTT_PER_TENANT - RESERVED.count("mqtt"), HTTP_PER_TENANT - RESERVED.count("http")
    counts: dict[Transport, int] = {"mqtt": mqtt, "http": http}
    counts["kafka"] = PER_TENANT - len(RESERVED) - mqtt - http
    return [*RESERVED, *_shuffled(random, counts)]


def _arms(random: np.random.Generator) -> list[Arm]:
    half = (PER_TENANT - len(RESERVED)) // 2
    counts: dict[Arm, int] = {"treatment": half, "control": half}
    reserved: list[Arm] = ["none"] * len(RESERVED)
    return [*reserved, *_shuffled(random, counts)]


def _shuffled(random: np.random.Generator, counts: dict[Word, int]) -> list[Word]:
    words = [word for word, times in counts.items() for _ in range(times)]
    return [words[place] for place in random.permutation(len(words))]
