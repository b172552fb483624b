"""Connections as lines of a Zeek log (`conn.log.labeled`), for `made_botnets`: what is talked of, how it ends, and every column it fills.

Columns, states and histories are Zeek's: an attempt nobody answers has no seconds and no bytes where it is one packet, a datagram has no
more history than who sent; what was not seen is `-`. Sizes and waits are made up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.bench.quality.made_life import Random

ZEEK = (
    *("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes", "resp_bytes", "conn_state"),
    *("local_orig", "local_resp", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "tunnel_parents"),
)  # fmt: skip
HISTORIES = {"SF": "ShADadfF", "S0": "S", "REJ": "Sr", "S1": "ShADad", "S3": "ShAdDaf", "RSTR": "ShADadr", "RSTO": "ShADadR",
             "OTH": "C", "SH": "SF", "RSTOS0": "SR"}  # fmt: skip
ANSWERED = ("SF", "S1", "S3", "RSTR", "RSTO")
HEAD = {"tcp": 52, "udp": 28, "icmp": 28}
Flow = list[str]


class Talk(NamedTuple):
    """One kind of connections: from `device` to `host` (either empty: anywhere) and `port` (empty: any high one; several: one of them).

    `ends` are the chances of its states; `seconds`, `sent` and `got` middles of what an answered one has, with logarithms that scatter by
    `spread`; `tries` the most packets of one that is not answered. `twice` is a tap that sees every packet twice, 2 us apart.
    """

    device: str
    host: str
    port: str
    proto: str
    service: str
    ends: dict[str, float]
    seconds: float = 0.1
    sent: float = 40.0
    got: float = 80.0
    spread: float = 0.3
    tries: int = 1
    twice: bool = False


def flow(random: Random, talk: Talk) -> Flow:
    """One connection as Zeek's columns."""
    state = str(random.choice(list(talk.ends), p=list(talk.ends.values())))
    answered = state in ANSWERED
    seconds, sent, got = np.array([talk.seconds, talk.sent, talk.got]) * np.exp(
        random.normal(0.0, talk.spread, 3)
    )
    forth = int(random.integers(1, talk.tries + 1))
    told, sizes = ["-", "-", "-"], (0, 0)
    if answered:
        sizes = (round(sent), round(got))
        forth = 1 + sizes[0] // 1400 + 4 * (talk.proto == "tcp")
        told = [f"{seconds:.6f}", *map(str, sizes)]
    elif forth > 1:
        told = [f"{1.03 * (2 ** (forth - 1) - 1) + random.normal(0.0, 0.02):.6f}", "0", "0"]
    if talk.twice and told[0] == "-":
        told = ["0.000002", "0", "0"]
    lone = 0 if talk.proto == "tcp" else round(talk.sent) * forth
    back = (1 + sizes[1] // 1400 + 3 * (talk.proto == "tcp")) if answered else int(state == "REJ")
    times, head = 1 + talk.twice, HEAD[talk.proto]
    history = HISTORIES[state] if talk.proto == "tcp" else ("Dd" if answered else "D")
    return [
        *(talk.device or anywhere(random), str(random.integers(32768, 61000)), talk.host or anywhere(random)),
        *(port_of(random, talk.port), talk.proto, talk.service if answered else "-", *told, state),
        *("-", "-", "0", "-" if talk.proto == "icmp" else history, str(times * forth)),
        *(
            str(times * (forth * head + sizes[0] + lone)),
            str(times * back),
            str(times * (back * head + sizes[1])),
            "-",
        ),
    ]


def anywhere(random: Random) -> str:
    """An address of the internet."""
    return f"{random.choice([23, 41, 58, 79, 93, 118, 151, 189, 203])}." + ".".join(
        map(str, random.integers(1, 255, 3))
    )


def port_of(random: Random, ports: str) -> str:
    """One of the ports that are written with bars between them; any high one of none."""
    return str(random.choice(ports.split("|"))) if ports else str(random.integers(1024, 65536))


def flows(random: Random, count: int, talks: list[tuple[float, Talk]]) -> list[Flow]:
    """Connections of several kinds, each with its weight."""
    weights = np.array([weight for weight, _ in talks])
    kinds = random.choice(len(talks), count, p=weights / weights.sum())
    return [flow(random, talks[kind][1]) for kind in kinds]


def ends_of(times: npt.NDArray[np.float64], lines: list[Flow]) -> npt.NDArray[np.float64]:
    """When each connection is written down: when it is over."""
    spans = [0.0 if line[6] == "-" else float(line[6]) for line in lines]
    return np.asarray(times + np.array(spans), np.float64)
