"""Infected homes as Zeek logs, in the manner of IoT-23's captures that `made_botnets` leaves out or tells otherwise (Garcia et al. 2020).

Published are the numbers of rows and of attacks, and that: 8-1 (Hakai) has two controllers that never answer and hardly more than clocks
beside them; 36-1 (Okiru) sees each packet twice, so a lone attempt takes 2 us, and its scan's rejected attempts and the ICMP of hosts
anywhere are labelled benign; 3-1 (Muhstik) asks one host more often than all others; 20-1 and 21-1 (Torii) have fewer than ten talks with
each controller. 7-1, 9-1, 17-1, 35-1, 39-1 and 48-1 are by their labels. Large ones are cut to 12,000; all else is made up.
"""

from __future__ import annotations

from tests.bench.quality.made_botnets import BOT, CLOCKS, HOME, LOST, NAMES, NEIGHBOURS, UPDATES, Capture
from tests.bench.quality.made_logs import Talk

HEARD = {"SF": 0.97, "S0": 0.03}
UNREACHED = Talk("", BOT, "0|1|3|10|13", "icmp", "-", {"OTH": 1.0}, sent=60, tries=2)
ALIKE = Talk(BOT, "", "37215", "tcp", "-", LOST, twice=True)
CLOCK = Talk(BOT, "147.231.100.5", "123", "udp", "-", HEARD, 0.002, 48, 48, 0.05, twice=True)
QUIET = [*CLOCKS, *((0.5 * weight, talk) for weight, talk in NAMES), *NEIGHBOURS[:3]]

HAKAI = Capture(
    "hakai two controllers",
    10_403,
    8_222,
    0.0,
    [
        *(
            (weight, Talk(BOT, host, "123", "udp", "-", HEARD, 0.004, 48, 48, 0.05))
            for weight, host in ((0.4, "147.231.100.5"), (0.3, "37.187.104.44"), (0.28, "81.2.248.189"))
        ),
        (0.01, NEIGHBOURS[2][1]),
        (0.01, NEIGHBOURS[0][1]),
    ],
    [
        (0.5, Talk(BOT, "178.62.11.250", "50", "tcp", "-", LOST, tries=3)),
        (0.5, Talk(BOT, "128.62.250.50", "80", "tcp", "-", LOST, tries=3)),
    ],
)
HEARTBEATS = Capture(
    "mirai heartbeats",
    12_000,
    11_650,
    0.0,
    [(0.6, UNREACHED), (0.35, CLOCK), (0.05, NAMES[0][1])],
    [
        (0.9, ALIKE),
        (
            0.06,
            Talk(
                BOT, "185.62.215.13", "57722", "tcp", "-", {"S3": 0.5, "S1": 0.2, "SF": 0.2, "S0": 0.1}, 330, 60, 40, tries=3
            ),
        ),
        (0.04, Talk(BOT, "104.62.16.9", "", "udp", "-", LOST, sent=512)),
    ],
)  # fmt: skip
OKIRU = Capture(
    "okiru rejected",
    12_000,
    11_500,
    0.0,
    [
        (0.3, UNREACHED),
        (0.15, Talk(BOT, "", "8081|80|8080", "tcp", "-", {"REJ": 0.7, "RSTO": 0.3}, 0.3, 0, 0, twice=True)),
        (0.55, CLOCK),
    ],
    [
        (0.05, Talk(BOT, "123.62.7.1", "666", "tcp", "-", {"S0": 0.8, "REJ": 0.2}, tries=3, twice=True)),
        (0.5, ALIKE),
        (0.45, Talk(BOT, "", "52869|8081|8080|80", "tcp", "-", {"S0": 0.99, "REJ": 0.01}, twice=True)),
    ],
)
MUHSTIK = Capture(
    "muhstik one host",
    12_000,
    11_640,
    0.03,
    [*HOME, (0.15, UNREACHED)],
    [
        (0.3, Talk(BOT, "88.62.145.18", "22", "tcp", "-", {"S0": 0.9, "REJ": 0.1}, tries=3)),
        (0.65, Talk(BOT, "", "22|8080|80|2004", "tcp", "-", {"S0": 0.95, "REJ": 0.05}, tries=3)),
        (0.049, Talk(BOT, "", "22", "tcp", "ssh", {"SF": 0.6, "RSTO": 0.3, "S1": 0.1}, 3.0, 1200, 2000)),
        (0.001, Talk(BOT, "51.62.19.8", "8080", "tcp", "irc", {"S3": 0.7, "SF": 0.3}, 90, 200, 900)),
    ],
)
COMMANDS = Capture(
    "mirai commands",
    12_000,
    11_700,
    0.02,
    [*HOME, (0.05, UNREACHED)],
    [
        (0.96, Talk(BOT, "", "23|2323|8080|80|81", "tcp", "-", {"S0": 0.99, "RSTO": 0.01}, tries=2)),
        (0.02, Talk(BOT, "167.62.182.38", "1991", "tcp", "-", {"S3": 0.6, "S1": 0.2, "S0": 0.2}, 60, 30, 70)),
        (0.01, Talk(BOT, "", "22", "tcp", "ssh", {"SF": 0.5, "RSTO": 0.5}, 2.0, 700, 1100)),
        (0.01, Talk(BOT, "167.62.182.38", "80", "tcp", "http", {"SF": 1.0}, 1.5, 150, 90_000)),
    ],
)
IRC = Capture(
    "ircbot shells",
    12_000,
    11_000,
    0.02,
    [*HOME, (0.1, UNREACHED)],
    [
        (0.9, Talk(BOT, "", "22", "tcp", "-", {"S0": 0.93, "REJ": 0.05, "RSTR": 0.02}, tries=3)),
        (0.06, Talk(BOT, "", "22", "tcp", "ssh", {"SF": 0.8, "S1": 0.2}, 5.0, 1500, 2400)),
        (0.04, Talk(BOT, "94.62.33.7", "6667", "tcp", "irc", {"S3": 0.3, "SF": 0.3, "RSTR": 0.4}, 200, 300, 700)),
    ],
)  # fmt: skip
HAJIME = Capture(
    "hajime peers",
    12_000,
    11_200,
    0.02,
    [
        *HOME,
        (0.4, Talk(BOT, "", "", "udp", "-", {"SF": 0.4, "S0": 0.6}, 0.3, 110, 280)),
        (0.1, UNREACHED),
    ],
    [(1.0, Talk(BOT, "", "23|5358|81|9000|8291", "tcp", "-", {"S0": 0.99, "REJ": 0.01}, tries=2))],
)
KENJIRO = Capture(
    "kenjiro at once",
    12_000,
    11_850,
    0.0,
    [(0.5, UNREACHED), (0.4, CLOCK), (0.1, NAMES[0][1])],
    [
        (0.7, Talk(BOT, "", "23|2323", "tcp", "-", LOST, twice=True)),
        (0.28, ALIKE),
        (0.02, Talk(BOT, "80.62.179.1", "3333", "tcp", "-", {"S0": 0.7, "SF": 0.3}, 20, 30, 50, tries=3)),
    ],
)
FLOODS = Capture(
    "mirai by commands",
    12_000,
    2_560,
    0.2,
    [*HOME, (0.3, Talk(BOT, "", "", "udp", "-", LOST, sent=40))],
    [
        (0.03, Talk(BOT, "145.62.218.9", "5034", "tcp", "-", {"S3": 0.5, "S1": 0.3, "S0": 0.2}, 45, 40, 60)),
        (0.005, Talk(BOT, "145.62.218.9", "80", "tcp", "http", {"SF": 1.0}, 1.2, 140, 60_000)),
        (0.965, Talk(BOT, "74.62.117.248", "80", "tcp", "-", {"S0": 0.7, "OTH": 0.2, "RSTO": 0.1}, 0.4, 0, 0)),
    ],
    steady=False,
)  # fmt: skip
TORII = Capture(
    "torii several controllers",
    3_286,
    14,
    0.05,
    [*QUIET, *UPDATES],
    [
        (
            0.34,
            Talk(
                BOT, f"66.62.157.{one}", "443", "tcp", "-", {"S3": 0.4, "SF": 0.3, "RSTR": 0.1, "S0": 0.2}, 40, 350, 300
            ),
        )
        for one in (90, 91, 120)
    ],
)  # fmt: skip

# Who is tuned on was drawn before any was measured (`numpy.random.default_rng(20260).permutation` of these and `made_sites.SITES`).
TRIED = [HEARTBEATS, HAJIME, OKIRU, HAKAI]
KEPT_BACK = [IRC, FLOODS, COMMANDS, KENJIRO, MUHSTIK, TORII]
