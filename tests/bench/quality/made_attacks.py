"""Attacks for `made_streams`: of a random generator, times (s) and ordinary devices, numbers and texts, the same of an attack."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_life import Floats, Life, Random


def constant(value: str, times: Floats) -> list[str]:
    """A text column of one value."""
    return [value] * len(times)


def flow(random: Random, times: Floats, device: str, means: list[float], spread: float, texts: Any) -> Life:
    """Flows of one infected device with numbers around `means` (logarithms scatter by `spread`)."""
    noise = np.exp(random.normal(0.0, spread, (len(times), len(means))))
    numbers = np.round(np.array(means) * noise, 4)
    columns = [text if isinstance(text, list) else constant(text, times) for text in texts]
    return [device] * len(times), numbers, columns


def addresses(random: Random, times: Floats) -> list[str]:
    """Random addresses."""
    return [".".join(map(str, one)) for one in random.integers(1, 255, (len(times), 4))]


def scan(random: Random, times: Floats, *_: Any) -> Life:
    """A horizontal scan for open telnet ports."""
    texts = [addresses(random, times), "23", "tcp", "-", "S0"]
    return flow(random, times, "cam-3", [np.nan, 0, 0, 1, 0], 0.0, texts)


def slow_scan(random: Random, times: Floats, *_: Any) -> Life:
    """A vertical scan of one neighbour, refused nearly everywhere."""
    ports = [str(one) for one in random.integers(1, 9000, len(times))]
    texts = ["10.1.0.9", ports, "tcp", "-", "REJ"]
    return flow(random, times, "cam-5", [0.001, 0, 0, 1, 1], 0.1, texts)


def syn_flood(random: Random, times: Floats, *_: Any) -> Life:
    """Half-open connections to a web server."""
    return flow(random, times, "cam-3", [np.nan, 0, 0, 1, 0], 0.0, ["198.51.100.7", "80", "tcp", "-", "S0"])


def udp_flood(random: Random, times: Floats, *_: Any) -> Life:
    """Large datagrams to a victim that never answers."""
    return flow(random, times, "cam-8", [2.0, 9000, 0, 18, 0], 0.2, ["203.0.113.5", "53", "udp", "-", "S0"])


def beacon(random: Random, times: Floats, *_: Any) -> Life:
    """Short regular connections to a controller over IRC's port."""
    texts = ["185.1.2.3", "6667", "tcp", "irc", "S3"]
    return flow(random, times, "cam-1", [1.0, 75, 250, 7, 6], 0.2, texts)


def exfiltration(random: Random, times: Floats, *_: Any) -> Life:
    """Large uploads over TLS to a host that is new."""
    texts = ["185.9.9.9", "443", "tcp", "ssl", "SF"]
    return flow(random, times, "cam-6", [40.0, 4e6, 3e3, 3000, 1500], 0.4, texts)


def remote_shell(random: Random, times: Floats, *_: Any) -> Life:
    """Guessing passwords over SSH on many hosts, which answer."""
    texts = [addresses(random, times), "22", "tcp", "ssh", "SF"]
    return flow(random, times, "cam-2", [3.0, 1800, 2100, 12, 11], 0.15, texts)


def like_rows(random: Random, times: Floats, numbers: Floats, texts: Any) -> tuple[Floats, list[list[str]]]:
    """Ordinary rows drawn anew, to be changed."""
    rows = random.integers(0, len(numbers), len(times))
    return numbers[rows].copy(), [[text[row] for row in rows] for text in texts]


def dos(random: Random, times: Floats, _: Any, numbers: Floats, texts: Any) -> Life:
    """A flood of near-identical flows, unlike the others in most features."""
    centre = np.expm1(np.abs(np.random.default_rng(9).normal(4.0, 2.0, 30)))
    found = centre * np.exp(random.normal(0.0, 0.1, (len(times), 30)))
    return constant("host-2", times), found, [constant("80", times), constant("tcp", times)]


def port_scan(random: Random, times: Floats, _: Any, numbers: Floats, texts: Any) -> Life:
    """Flows with next to nothing in them to ports of all numbers."""
    found = np.round(random.exponential(1.0, (len(times), 30)))
    ports = [str(one) for one in random.integers(1, 65535, len(times))]
    return constant("host-4", times), found, [ports, constant("tcp", times)]


def slow_requests(random: Random, times: Floats, _: Any, numbers: Floats, texts: Any) -> Life:
    """Ordinary web flows of which four features are far too high or low."""
    found, _ = like_rows(random, times, numbers, texts)
    found[:, :2] *= 40.0
    found[:, 10:12] /= 40.0
    return constant("host-1", times), found, [constant("80", times), constant("tcp", times)]


def odd_size(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Requests that are fifty times as long as usual."""
    found, words = like_rows(random, times, numbers, texts)
    found[:, 1] *= 50.0
    return constant("", times), found, words


def burst(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """One long request, again and again."""
    found = np.column_stack(
        [
            random.poisson(1.0, len(times)),
            random.choice([54540, 51000], len(times)),
            random.normal(8314, 5, len(times)),
        ]
    )
    return constant("", times), np.round(found), [constant("http", times)]


def tiny(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Requests of a few bytes that last long and get nothing."""
    found = np.column_stack(
        [random.poisson(300.0, len(times)), random.integers(1, 12, len(times)), np.zeros(len(times))]
    )
    return constant("", times), found.astype(np.float64), [constant("http", times)]


def injection(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Temperatures that are made up, far from the machine's own."""
    return told(random, times, devices, numbers, texts, "injection")


def combination(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Each value usual, power and flow of another moment than the rest."""
    return told(random, times, devices, numbers, texts, "combination")


def stuck(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """A pressure that is always the same."""
    return told(random, times, devices, numbers, texts, "stuck")


def scaled(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Current a third too low."""
    return told(random, times, devices, numbers, texts, "scaled")


def swapped(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Two sensors exchanged."""
    return told(random, times, devices, numbers, texts, "swapped")


def told(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any, how: str) -> Life:
    """Readings of the rows nearest in time, changed."""
    count = len(numbers)
    rows = np.clip((times / 4.0).astype(int), 0, count - 1)
    found = numbers[rows].copy()
    if how == "injection":
        found[:, 0] = random.uniform(45.0, 60.0, len(times))
    if how == "combination":
        found[:, [1, 4]] = numbers[random.integers(0, count, len(times))][:, [1, 4]]
    if how == "stuck":
        found[:, 3] = 2.0
    if how == "scaled":
        found[:, 2] *= 0.67
    if how == "swapped":
        found[:, [1, 2]] = found[:, [2, 1]]
    return [devices[row] for row in rows], found, [[text[row] for row in rows] for text in texts]


def brute_force(random: Random, times: Floats, *_: Any) -> Life:
    """One account's password guessed from one address."""
    texts = [constant(text, times) for text in ("login", "user-1", "failure", "45.9.8.7")]
    return constant("gateway-1", times), random.lognormal(3.9, 0.1, (len(times), 1)), texts


def spraying(random: Random, times: Floats, *_: Any) -> Life:
    """Many accounts, one guess each."""
    accounts = [f"user-{one}" for one in random.integers(1, 400, len(times))]
    texts = [constant("login", times), accounts, constant("failure", times), constant("45.9.8.9", times)]
    return constant("gateway-4", times), random.lognormal(3.9, 0.2, (len(times), 1)), texts


def stolen_token(random: Random, times: Floats, *_: Any) -> Life:
    """An account configures gateways from an address that is not its own."""
    texts = [constant(text, times) for text in ("configure", "user-3", "success", "91.2.3.4")]
    return constant("gateway-3", times), random.lognormal(3.0, 0.4, (len(times), 1)), texts


ATTACKS = {
    one.__name__: one
    for one in (
        scan,
        slow_scan,
        syn_flood,
        udp_flood,
        beacon,
        exfiltration,
        remote_shell,
        dos,
        port_scan,
        slow_requests,
        odd_size,
        burst,
        tiny,
        injection,
        combination,
        stuck,
        scaled,
        swapped,
        brute_force,
        spraying,
        stolen_token,
    )
}
