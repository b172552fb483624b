"""What connections devices make, healthy ones and one that looks for telnet servers, as a sensor such as Zeek at their site sees them."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from infra.simulator.fleet import Device
from schemas.security import NetworkFlowClosed

Random = np.random.Generator
SEGMENT_BYTES = 1400
# The spread of sizes and durations, of their logarithms.
SPREAD = 0.35
SITES = {"berlin": 1, "osaka": 2, "tucson": 3}


class Service(NamedTuple):
    """What a device talks to: its port and protocols, the share of the device's connections, medians of one, and how often none answers.

    `host` is the last part of the server's address, of the site's network where `local`.
    """

    port: int
    protocol: str
    spoken: str
    share: float
    sent: float
    received: float
    duration_s: float
    unanswered: float
    host: int
    local: bool = False


NAMES = Service(53, "udp", "dns", 0.25, 42, 96, 0.02, 0.02, 1, local=True)
TIME = Service(123, "udp", "ntp", 0.10, 48, 48, 0.04, 0.05, 1, local=True)
BROKER = Service(8883, "tcp", "ssl", 0.45, 2_200, 900, 30.0, 0.005, 20)
UPDATES = Service(443, "tcp", "ssl", 0.20, 900, 6_000, 1.2, 0.01, 30)
RECORDER = Service(443, "tcp", "ssl", 0.60, 900_000, 9_000, 10.0, 0.01, 40)
READINGS = Service(5684, "udp", "dtls", 0.60, 320, 120, 0.3, 0.02, 50)
SERVICES = {
    "camera": (RECORDER, NAMES, TIME),
    "pump": (BROKER, UPDATES, NAMES, TIME),
    "thermostat": (BROKER, UPDATES, NAMES, TIME),
    "meter": (READINGS, NAMES, TIME),
}
TELNET = 23


def connection(device: Device, random: Random) -> NetworkFlowClosed:
    """One connection of a healthy device."""
    services = SERVICES[device.model]
    shares = np.array([service.share for service in services])
    return flow(device, services[random.choice(len(services), p=shares / shares.sum())], random)


def flow(device: Device, service: Service, random: Random) -> NetworkFlowClosed:
    """One connection to a service, answered or not."""
    answered = bool(random.random() >= service.unanswered)
    sent, received, lasted = random.lognormal(0.0, SPREAD, 3) * (
        service.sent,
        service.received,
        service.duration_s,
    )
    return NetworkFlowClosed(
        peer=address(device, service),
        protocol=service.protocol,  # type: ignore[arg-type]
        direction="outbound",
        port=service.port,
        service=service.spoken,
        state="SF" if answered else "S0",
        duration_s=round(float(lasted), 3) if answered else None,
        bytes_sent=round(sent),
        bytes_received=round(received) if answered else 0,
        packets_sent=ceil(sent / SEGMENT_BYTES),
        packets_received=ceil(received / SEGMENT_BYTES) if answered else 0,
    )


def probe(random: Random) -> NetworkFlowClosed:
    """One attempt to reach a telnet server somewhere: nobody answers."""
    return NetworkFlowClosed(
        peer=f"203.0.113.{random.integers(1, 255)}",
        protocol="tcp",
        direction="outbound",
        port=TELNET,
        state="S0",
        bytes_sent=0,
        bytes_received=0,
        packets_sent=1,
        packets_received=0,
    )


def address(device: Device, service: Service) -> str:
    """The server a device uses: one of its site's, or the tenant's."""
    return f"10.{SITES[device.site]}.0.{service.host}" if service.local else f"198.51.100.{service.host}"
