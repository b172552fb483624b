"""Infected homes as Zeek logs, in the manner of IoT-23's captures (Garcia et al. 2020): how many rows, what share, in which order.

The numbers of rows and of attacks are near those published of captures 20 and 21 (Torii), 42 (a trojan), 44 (a short Mirai), 1 (Hide and
Seek, whose talk to its peers is labelled benign), 8 (Hakai), 36 (Okiru), 60 (Gagfyt) and 3 (Muhstik), the large ones cut to 12,000; hosts,
sizes, waits and what else is there are made up: no reproduction.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.bench.quality.made_logs import Talk

BOT, ROUTER, HUB = "192.168.100.103", "192.168.100.1", "192.168.100.20"
MIXED = {"SF": 0.6, "S0": 0.4}
LOST = {"S0": 1.0}
CLOCKS = [
    (0.20, Talk(BOT, "89.221.214.130", "123", "udp", "-", MIXED, 0.002, 48, 48, 0.05)),
    (0.15, Talk(BOT, "195.113.20.2", "123", "udp", "-", {"SF": 0.9, "S0": 0.1}, 0.002, 48, 48, 0.05)),
    (0.08, Talk(BOT, "37.187.104.44", "123", "udp", "-", {"SF": 0.1, "S0": 0.9}, 0.02, 48, 48, 0.05)),
]
NAMES = [
    (
        0.30,
        Talk(BOT, ROUTER, "53", "udp", "dns", {"SF": 0.85, "S0": 0.15}, 0.03, 62, 130, 0.2, tries=2),
    ),
    (0.04, Talk(BOT, "8.8.8.8", "53", "tcp", "-", LOST, tries=3)),
]
NEIGHBOURS = [
    (0.04, Talk(ROUTER, BOT, "3", "icmp", "-", {"OTH": 1.0}, sent=60)),
    (0.03, Talk("fe80::ba27:ebff:fe1c:ab21", "ff02::2", "134", "icmp", "-", {"OTH": 1.0}, sent=16)),
    (
        0.02,
        Talk("0.0.0.0", "255.255.255.255", "67", "udp", "dhcp", {"SF": 0.5, "S0": 0.5}, 5.0, 300, 300, 0.05),
    ),
    (0.05, Talk(HUB, "239.255.255.250", "1900", "udp", "-", LOST, sent=175, tries=4)),
    (0.06, Talk(HUB, "52.85.104.9", "443", "tcp", "ssl", {"SF": 0.9, "RSTO": 0.1}, 8.0, 1500, 5200, 0.6)),
]
UPDATES = [
    (
        0.010,
        Talk(
            BOT, "5.153.231.4", "80", "tcp", "http", {"SF": 0.8, "S1": 0.1, "RSTO": 0.1}, 1.2, 400, 30000, 1.2
        ),
    ),
    (0.004, Talk("192.168.100.7", BOT, "22", "tcp", "ssh", {"SF": 0.7, "S1": 0.3}, 300.0, 5000, 8000, 1.0)),
]
HOME = [*CLOCKS, *NAMES, *NEIGHBOURS, *UPDATES]
PEERS = Talk(BOT, "", "", "udp", "-", LOST, sent=12)


class Capture(NamedTuple):
    """A log: attacks among `rows` begin at `start` of the ordinary ones; `steady` ones come all the while, others in a few bursts."""

    name: str
    rows: int
    attacks: int
    start: float
    life: list[tuple[float, Talk]]
    malware: list[tuple[float, Talk]]
    steady: bool = True


BOTNETS = [
    Capture(
        "torii controller",
        3_200,
        16,
        0.05,
        HOME,
        [
            (
                1.0,
                Talk(
                    BOT, "66.85.157.90", "443", "tcp", "-", {"S3": 0.6, "SF": 0.2, "RSTR": 0.2}, 60, 400, 350
                ),
            )
        ],
    ),
    Capture(
        "trojan download",
        4_400,
        6,
        0.1,
        HOME,
        [
            (0.5, Talk(BOT, "68.183.44.9", "80", "tcp", "http", {"SF": 1.0}, 2.5, 150, 120000)),
            (0.5, Talk(BOT, "68.183.44.9", "4891", "tcp", "-", {"SF": 0.5, "S3": 0.5}, 9.0, 80, 60)),
        ],
    ),
    Capture(
        "mirai short",
        237,
        26,
        0.15,
        [*CLOCKS, *NAMES, *NEIGHBOURS],
        [
            (
                0.55,
                Talk(
                    BOT,
                    "46.166.185.42",
                    "1312",
                    "tcp",
                    "-",
                    {"S1": 0.2, "SF": 0.4, "S0": 0.4},
                    30,
                    20,
                    10,
                    tries=3,
                ),
            ),
            (0.45, Talk(BOT, "46.166.185.42", "80", "tcp", "http", {"SF": 1.0}, 1.0, 140, 70000)),
        ],
    ),
    Capture(
        "seek peers benign",
        12_000,
        6_400,
        0.0,
        [(9.0, PEERS), *((weight * 0.5, talk) for weight, talk in HOME)],
        [(1.0, Talk(BOT, "", "23", "tcp", "-", {"S0": 0.97, "REJ": 0.02, "RSTO": 0.01}, tries=3))],
    ),
    Capture(
        "hakai controller gone",
        10_400,
        8_220,
        0.01,
        HOME,
        [(1.0, Talk(BOT, "185.244.25.150", "2015", "tcp", "-", {"S0": 0.99, "REJ": 0.01}, tries=3))],
    ),
    Capture(
        "okiru from first row",
        12_000,
        11_800,
        0.0,
        HOME,
        [
            (0.9, Talk(BOT, "", "37215", "tcp", "-", {"S0": 0.995, "RSTOS0": 0.005})),
            (0.1, Talk(BOT, "", "52869|23|8081", "tcp", "-", LOST)),
        ],
    ),
    Capture(
        "gafgyt flood",
        12_000,
        11_000,
        0.05,
        HOME,
        [
            (
                0.02,
                Talk(BOT, "167.99.182.238", "9871", "tcp", "-", {"S1": 0.5, "S0": 0.5}, 40, 60, 80, tries=3),
            ),
            (
                0.6,
                Talk(
                    BOT, "74.91.117.248", "80", "tcp", "-", {"S0": 0.5, "OTH": 0.3, "RSTO": 0.2}, 0.5, 8, 0.1
                ),
            ),
            (0.38, Talk(BOT, "104.248.160.24", "", "udp", "-", LOST, sent=1024)),
        ],
        False,
    ),
    Capture(
        "muhstik shells",
        12_000,
        11_600,
        0.02,
        HOME,
        [
            (0.9, Talk(BOT, "", "22|80|8080", "tcp", "-", {"S0": 0.9, "REJ": 0.08, "RSTO": 0.02}, tries=2)),
            (0.09, Talk(BOT, "", "22", "tcp", "ssh", {"SF": 0.7, "RSTO": 0.2, "S1": 0.1}, 4.0, 1400, 2200)),
            (0.01, Talk(BOT, "51.75.19.8", "9090", "tcp", "irc", {"S3": 0.7, "SF": 0.3}, 90, 200, 900)),
        ],
    ),
]
