"""Streams of networks for `made_streams`: flows of Argus (Bot-IoT, UNSW-NB15), names asked for, infected homes (IoT-23).

Columns are those of the published tables (Koroniotis et al. 2019, Moustafa & Slay 2015, Garcia et al. 2020); values are made up after what
such traffic does. `home` has other devices, botnets and usual failures than `made_captures.capture`, and fewer ordinary rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_attacks import addresses, constant
from tests.bench.quality.made_life import COLUMNS, RARE, Floats, Life, Random, rhythm

ARGUS = (
    "dur",
    "spkts",
    "dpkts",
    "sbytes",
    "dbytes",
    "rate",
    "srate",
    "drate",
    "sttl",
    "dttl",
    "sloss",
    "sjit",
)
LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz234567"))
RECORDERS = ("192.168.1.132", "192.168.1.158", "192.168.1.196")


def argus_rows(random: Random, shape: Floats, answered: Any) -> Floats:
    """Argus' numbers of flows; `shape` has seconds, packets forth and back, and bytes a packet forth and back."""
    span, forth, back, large, small = shape.T
    forth, back = np.maximum(np.round(forth), 1.0), np.round(back) * answered
    rates = np.column_stack([forth + back, forth, back]) / np.maximum(span, 1e-5)[:, None]
    lost = np.where(random.random(len(span)) < 0.05, np.floor(forth / 8), 0.0)
    lives = np.where(answered, random.choice([62.0, 252.0, 60.0], len(span), p=[0.2, 0.7, 0.1]), 0.0)
    jitter = span / (forth + 1.0) * random.exponential(300.0, len(span))
    columns = [span, forth, back, np.round(forth * large), np.round(back * small), *rates.T]
    return np.column_stack([*columns, np.where(answered, 31.0, 254.0), lives, lost, jitter]).round(4)


def argus(random: Random, times: Floats) -> Life:
    """Weather stations, thermostats and doors that talk to a broker and to names, clocks and pages; some of it is not answered."""
    count = len(times)
    kind = random.choice(5, count, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    middle = np.log([[9.0, 12, 11, 80, 70], [0.03, 1, 1, 70, 140], [1.5, 9, 10, 120, 800], [0.02, 1, 1, 76, 76],
                     [2.0, 3, 1, 60, 60]])  # fmt: skip
    size = random.normal(0.0, 0.4, (count, 1)) + 0.15 * rhythm(times)[:, None]
    shape = np.exp(middle[kind] + size * [1, 0.8, 0.8, 0.1, 0.4] + random.normal(0.0, 0.2, (count, 5)))
    shape[random.random(count) < RARE, :3] *= 40.0
    answered = random.random(count) > np.array([0.02, 0.03, 0.04, 0.2, 0.7])[kind]
    texts = [
        [("tcp", "udp", "tcp", "udp", "tcp")[one] for one in kind],
        [("1883", "53", "443", "123", "8080")[one] for one in kind],
        [("CON" if one in (0, 2) else "INT" if not yes else "CON") if one != 4 else "REQ" if not yes else "FIN"
         for one, yes in zip(kind, answered, strict=True)],
        [("192.168.1.7", "192.168.1.1", "52.28.3.9", "91.189.89.198", "192.168.1.20")[one] for one in kind],
    ]  # fmt: skip
    devices = [f"192.168.1.{one}" for one in 100 + random.integers(0, 6, count)]
    return devices, argus_rows(random, shape, answered), texts


def argus_attack(
    random: Random,
    times: Floats,
    middle: list[float],
    spread: float,
    answer: float,
    texts: list[Any],
    devices: Any,
) -> Life:
    """Flows around a middle, of which a share is answered."""
    shape = np.array(middle) * np.exp(random.normal(0.0, spread, (len(times), 5)))
    found = argus_rows(random, shape, random.random(len(times)) < answer)
    columns = [text if isinstance(text, list) else constant(text, times) for text in texts]
    return random.choice(devices, len(times)).tolist(), found, columns


def udp_ddos(random: Random, times: Floats, *_: Any) -> Life:
    """Three machines that send datagrams to one service."""
    texts = ["udp", "80", "INT", "192.168.1.7"]
    return argus_attack(random, times, [12.0, 4, 0, 60, 0], 0.2, 0.0, texts, RECORDERS)


def service_scan(random: Random, times: Floats, *_: Any) -> Life:
    """Services looked for on one station, all ports; most are closed."""
    ports = [str(one) for one in random.integers(1, 65535, len(times))]
    texts = ["tcp", ports, "RST", "192.168.1.103"]
    return argus_attack(random, times, [0.0005, 1, 1, 60, 60], 0.2, 1.0, texts, RECORDERS[:1])


def theft(random: Random, times: Floats, *_: Any) -> Life:
    """Files fetched from a station by way of a shell it opened."""
    texts = ["tcp", "4433", "FIN", "192.168.1.196"]
    return argus_attack(random, times, [40.0, 160, 90, 1100, 60], 0.5, 1.0, texts, ["192.168.1.104"])


def fuzzers(random: Random, times: Floats, *_: Any) -> Life:
    """Requests with much in them that no program sends, to the broker and to pages."""
    texts = ["tcp", random.choice(["1883", "443", "8080"], len(times)).tolist(), "FIN", "192.168.1.7"]
    return argus_attack(random, times, [0.6, 18, 8, 450, 60], 0.4, 0.9, texts, ["192.168.1.102"])


def names(random: Random, times: Floats) -> Life:
    """Questions for names of 15 clients: a few names each, some of which are not there."""
    count = len(times)
    client, place = random.integers(0, 15, count), np.minimum(random.geometric(0.12, count), 60)
    host = (client * 3 + place) % 80
    lost = random.random(count) < 0.04
    asked = 9.0 + host % 17
    got = np.where(lost, 0.0, np.round(asked + 40 + random.exponential(60.0, count)))
    spread = 2.4 + 0.08 * (host % 13)
    texts = [
        [f"h{one}.example.net" for one in host],
        [("A", "A", "AAAA", "PTR")[one] for one in random.choice(4, count, p=[0.5, 0.2, 0.27, 0.03])],
        ["NXDOMAIN" if bad else "NOERROR" for bad in lost],
    ]
    wait = random.lognormal(2.0 + 0.2 * rhythm(times), 0.7, count)
    return [f"10.2.0.{one}" for one in client], np.column_stack([asked, spread, got, wait]).round(3), texts


def asked_of(
    random: Random, times: Floats, client: str, zone: str, size: int, numbers: Floats, kind: str, code: str
) -> Life:
    """Questions for names of random letters in a zone."""
    letters = LETTERS[random.integers(0, len(LETTERS), (len(times), size))]
    hosts = ["".join(one) + "." + zone for one in letters]
    return constant(client, times), numbers.round(3), [hosts, constant(kind, times), constant(code, times)]


def tunnel(random: Random, times: Floats, *_: Any) -> Life:
    """A talk within questions: long names that are never the same, long answers."""
    count = len(times)
    numbers = [
        random.integers(44, 60, count),
        random.normal(4.2, 0.1, count),
        random.integers(150, 240, count),
    ]
    table = np.column_stack([*numbers, random.lognormal(3.4, 0.3, count)])
    return asked_of(random, times, "10.2.0.9", "t.example.org", 40, table, "TXT", "NOERROR")


def generated(random: Random, times: Floats, *_: Any) -> Life:
    """A bot that looks for its controller under generated names, which are not there."""
    count = len(times)
    numbers = [random.integers(14, 20, count), random.normal(3.2, 0.15, count), np.zeros(count)]
    table = np.column_stack([*numbers, random.lognormal(2.6, 0.5, count)])
    return asked_of(random, times, "10.2.0.4", "info", 12, table, "A", "NXDOMAIN")


def home(random: Random, times: Floats) -> Life:
    """A bulb, a door bell and a speaker: names, clocks, a cloud that keeps talking, searches nobody answers, connections cut off."""
    count = len(times)
    kind = random.choice(6, count, p=[0.35, 0.15, 0.25, 0.12, 0.08, 0.05])
    sent = np.array([40.0, 48, 900, 0, 150, 0])[kind] * np.exp(random.normal(0.0, 0.2, count))
    got = np.array([110.0, 48, 1400, 0, 0, 0])[kind] * np.exp(random.normal(0.0, 0.5, count))
    lost = random.random(count) < np.array([0.05, 0.25, 0.03, 1.0, 1.0, 1.0])[kind]
    span = np.array([0.06, 0.03, 20.0, 2.5, 0.5, 0.1])[kind] * random.lognormal(0.0, 0.7, count)
    span = np.where(lost & (random.random(count) < 0.6), np.nan, span)
    packets = np.column_stack([1 + np.floor(sent / 120), (np.floor(got / 500) + (got > 0)) * ~lost])
    answers = ("S0", "S0", "RSTO", "S0", "S0", "OTH")
    texts = [
        [("192.168.1.1", "17.253.52.125", "35.174.2.8", "192.168.1.1", "224.0.0.251", "192.168.1.30")[one] for one in kind],
        [("53", "123", "443", "80", "5353", "0")[one] for one in kind],
        [("udp", "udp", "tcp", "tcp", "udp", "icmp")[one] for one in kind],
        [("dns", "-", "ssl", "-", "dns", "-")[one] for one in kind],
        [answers[one] if bad else "SF" for one, bad in zip(kind, lost, strict=True)],
    ]  # fmt: skip
    devices = random.choice(
        ["192.168.1.195", "192.168.1.30", "192.168.1.31", "192.168.1.1"], count, p=[0.5, 0.2, 0.2, 0.1]
    )
    return devices.tolist(), np.column_stack([span, np.round(sent), np.round(got * ~lost), packets]), texts


def home_attack(random: Random, times: Floats, means: list[float], spread: float, texts: list[Any]) -> Life:
    """Flows of the infected bulb."""
    found = np.round(np.array(means) * np.exp(random.normal(0.0, spread, (len(times), 5))), 4)
    columns = [text if isinstance(text, list) else constant(text, times) for text in texts]
    return constant("192.168.1.195", times), found, columns


def okiru(random: Random, times: Floats, *_: Any) -> Life:
    """A scan for routers with a known hole."""
    return home_attack(
        random, times, [np.nan, 0, 0, 1, 0], 0.0, [addresses(random, times), "37215", "tcp", "-", "S0"]
    )


def mirai(random: Random, times: Floats, *_: Any) -> Life:
    """A flood of bare acknowledgements at a page somewhere."""
    return home_attack(random, times, [np.nan, 0, 0, 1, 0], 0.0, ["123.59.209.185", "80", "tcp", "-", "OTH"])


def hajime(random: Random, times: Floats, *_: Any) -> Life:
    """Datagrams to peers on high ports, few of which answer."""
    ports = [str(one) for one in random.integers(10_000, 65_535, len(times))]
    states = np.where(random.random(len(times)) < 0.15, "SF", "S0").tolist()
    return home_attack(
        random, times, [0.4, 120, 90, 1, 1], 0.3, [addresses(random, times), ports, "udp", "-", states]
    )


def kenjiro(random: Random, times: Floats, *_: Any) -> Life:
    """A controller on a port of its own that keeps being asked, and answers with next to nothing."""
    return home_attack(random, times, [2.0, 14, 6, 4, 3], 0.2, ["185.244.25.235", "34241", "tcp", "-", "S1"])


NETWORK_COLUMNS = {
    "argus": [*ARGUS, "proto", "dport", "state", "daddr"],
    "names": ["query_length", "entropy", "answer_bytes", "wait_ms", "query", "qtype", "rcode"],
    "home": COLUMNS["flows"],
}
NETWORK_LIVES = {one.__name__: one for one in (argus, names, home)}
NETWORK_ATTACKS = {
    one.__name__: one
    for one in (udp_ddos, service_scan, theft, fuzzers, tunnel, generated, okiru, mirai, hajime, kenjiro)
}
