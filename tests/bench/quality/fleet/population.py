"""Who is in the fleet and what is normal for each device: a pure function of seed, number of devices and days.

Levels, swings and time zones of the models are the story simulator's (`infra.simulator.behaviour`); what months bring is added: reports
every 1 to 15 minutes, sleep, firmware that moves a whole model's levels, reboots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from infra.simulator.behaviour import DAY_S, MODELS, ZONE_S

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# A Monday, midnight UTC; all times of the fleet are seconds since then.
START = datetime(2026, 3, 2, tzinfo=UTC)
TENANTS = ("acme", "globex")
SITES = tuple(ZONE_S)
MODEL_NAMES = tuple(MODELS)
FIRMWARE = ("4.2.0", "4.3.0")
INTERVALS_S, INTERVAL_SHARES = (60.0, 300.0, 600.0, 900.0), (0.03, 0.27, 0.3, 0.4)
AWAKE, NIGHTS, NAPS, WEEKENDS = range(4)
SLEEP_SHARES = (0.7, 0.15, 0.1, 0.05)
# A device starts anew about every ten days, a site's machines together in a Sunday's maintenance window.
REBOOT_EVERY_S = 10 * DAY_S
MAINTAINED_SHARE = 0.5
UPGRADED_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Population:
    """Arrays indexed by device; `boots_s` is (devices, boots), ascending, infinite where there are no more.

    `upgraded_s` is infinite for a device that keeps its firmware; `sleep` one of AWAKE, NIGHTS, NAPS, WEEKENDS; `shift` the factor
    that the new firmware puts on a model's (cpu, memory, tx), and `warmer_c` what it adds to its temperature. Before `joins_s` a device
    says nothing.
    """

    seed: int
    days: int
    names: list[str]
    tenant: Ints
    model: Ints
    site: Ints
    zone_s: Floats
    interval_s: Floats
    phase_s: Floats
    sleep: Ints
    upgraded_s: Floats
    shift: Floats
    warmer_c: Floats
    boots_s: Floats
    joins_s: Floats

    def __len__(self) -> int:
        return len(self.names)

    @property
    def cohort(self) -> Ints:
        """A number for tenant, model and site together."""
        return (self.tenant * len(MODEL_NAMES) + self.model) * len(SITES) + self.site

    def local_s(self, device: Ints, time_s: Floats) -> Floats:
        """Local time at the devices' sites; 0 is a Monday's midnight."""
        return time_s + self.zone_s[device]

    def asleep(self, device: Ints, time_s: Floats) -> npt.NDArray[np.bool_]:
        """Whether the devices sleep at these times: nights from 22 to 6, an hour in three, or weekends."""
        local = self.local_s(device, time_s)
        hour, weekday = local % DAY_S / 3600, np.floor(local / DAY_S) % 7
        nap = (time_s + self.phase_s[device] * 12) % (3 * 3600) < 3600
        kinds = [(hour >= 22) | (hour < 6), nap, weekday >= 5]
        return np.select([self.sleep[device] == kind for kind in (NIGHTS, NAPS, WEEKENDS)], kinds, False)

    def since_boot_s(self, device: Ints, time_s: Floats) -> tuple[Floats, Ints]:
        """Seconds since each device's last start, and how often it started since the beginning."""
        last, count = np.full(len(device), -np.inf), np.zeros(len(device), np.int64)
        for boots in self.boots_s.T:
            started = boots[device] <= time_s
            last = np.where(started, boots[device], last)
            count += started
        return time_s - last, count


def make(seed: int, devices: int, days: int) -> Population:
    """The population of a seed."""
    random = np.random.default_rng([seed, 1])
    tenant, site = random.integers(0, len(TENANTS), devices), random.integers(0, len(SITES), devices)
    model = random.integers(0, len(MODEL_NAMES), devices)
    interval_s = random.choice(INTERVALS_S, devices, p=INTERVAL_SHARES)
    upgraded_s, shift, warmer_c = _upgrades(random, tenant, model, days)
    return Population(
        seed=seed,
        days=days,
        names=[f"{MODEL_NAMES[one]}-{number:05}" for number, one in enumerate(model.tolist(), start=1)],
        tenant=tenant,
        model=model,
        site=site,
        zone_s=np.array([ZONE_S[name] for name in SITES])[site],
        interval_s=interval_s,
        phase_s=random.uniform(0, 900, devices),
        sleep=random.choice(4, devices, p=SLEEP_SHARES),
        upgraded_s=upgraded_s,
        shift=shift,
        warmer_c=warmer_c,
        boots_s=_boots(random, site, upgraded_s, days),
        joins_s=np.zeros(devices),
    )


def _upgrades(
    random: np.random.Generator, tenant: Ints, model: Ints, days: int
) -> tuple[Floats, Floats, Floats]:
    """When each device got its new firmware, in three stages over two days per tenant and model, and what that moved."""
    kinds = (len(TENANTS), len(MODEL_NAMES))
    begins = np.where(
        random.random(kinds) < UPGRADED_SHARE, random.uniform(0.3, 0.8, kinds) * days * DAY_S, np.inf
    )
    stage = random.choice([0.0, 1.0, 2.0], len(tenant), p=[0.05, 0.35, 0.6]) * DAY_S
    upgraded = begins[tenant, model] + stage + random.uniform(0, 3600, len(tenant))
    factor = np.exp(random.uniform(-0.3, 0.3, (*kinds, 3)))
    return upgraded, factor[tenant, model].T, random.uniform(-1.5, 1.5, kinds)[tenant, model]


def _boots(random: np.random.Generator, site: Ints, upgraded_s: Floats, days: int) -> Floats:
    """Starts before the beginning, by chance, in each site's maintenance on the second Sunday, and with the new firmware."""
    devices, span_s = len(site), days * DAY_S
    before = -random.exponential(REBOOT_EVERY_S, devices)
    number = max(int(3 * span_s / REBOOT_EVERY_S), 1)
    chance = np.cumsum(random.exponential(REBOOT_EVERY_S, (devices, number)), axis=1)
    maintained = 13 * DAY_S + 3 * 3600 + random.uniform(0, 1800, devices)
    maintained[(random.random(devices) > MAINTAINED_SHARE) | (site == 0)] = np.inf
    every = np.column_stack([before, chance, maintained, upgraded_s])
    return np.sort(np.where(every > span_s, np.inf, every), axis=1)
