"""Streams of packets for `made_streams`: windows of packets (CICIoT2023), frames of a car (CAN), a broker's packets (MQTTset), and damped
statistics (N-BaIoT), as in `made_captures`.

Columns are in the manner of the published tables (Neto et al. 2023, Song et al. 2020, Vaccari et al. 2020, Meidan et al. 2018); values are
made up after what such traffic does. None but the car has a device; statistics are of one device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_attacks import constant, like_rows
from tests.bench.quality.made_life import RARE, Floats, Life, Random, rhythm

WINDOW = ("flow_duration", "Header_Length", "Duration", "Rate", "fin_flag_number", "syn_flag_number", "ack_flag_number",
          "ack_count", "syn_count", "HTTP", "HTTPS", "DNS", "TCP", "UDP", "ICMP", "Tot sum", "Min", "Max", "AVG", "Std", "IAT",
          "Variance")  # fmt: skip
MQTT = (
    "tcp.time_delta",
    "tcp.len",
    "mqtt.msgtype",
    "mqtt.len",
    "mqtt.qos",
    "mqtt.retain",
    "mqtt.topic_len",
    "mqtt.conflag.passwd",
)
SPANS = ("L5", "L3", "L1", "L0.1", "L0.01")
STATISTICS = [
    f"{of}_{span}_{what}"
    for of in ("MI_dir", "HH", "HpHp")
    for span in SPANS
    for what in ("weight", "mean", "variance")
]


def window_rows(random: Random, shape: Floats, flags: Floats, parts: Floats) -> Floats:
    """The numbers of windows: `shape` has seconds, headers' bytes, lives, packets a second, and packets' size and scatter; `flags` are the
    chances of a flag (FIN, SYN, ACK), `parts` those of what is carried."""
    span, heads, lives, fast, size, scatter = shape.T
    raised = (random.random((len(span), 3)) < flags) * 1.0
    carried = (random.random((len(span), 6)) < parts) * 1.0
    counts = np.column_stack(
        [raised[:, 2] * random.random(len(span)), raised[:, 1] * (1 + random.random(len(span)))]
    )
    least, most = np.maximum(size - 1.7 * scatter, 40.0), size + 2.5 * scatter
    sizes = [9.5 * size, least, most, size, scatter, 1.0 / np.maximum(fast, 1e-6), (scatter / size) ** 2]
    return np.column_stack([span, heads, lives, fast, raised, counts, carried, *sizes]).round(4)


def windows(random: Random, times: Floats) -> Life:
    """Windows of a home's packets: cloud, video, names, and much that is mixed."""
    count = len(times)
    kind = random.choice(4, count, p=[0.5, 0.25, 0.15, 0.1])
    middle = np.log(
        [
            [30.0, 9e4, 90, 60, 450, 350],
            [80.0, 9e5, 70, 400, 900, 400],
            [5.0, 9e3, 75, 20, 110, 40],
            [15.0, 3e4, 110, 40, 250, 200],
        ]
    )
    noise = random.normal(0.0, 0.6, (count, 1)) * [0.8, 1, 0.05, 0.8, 0.3, 0.4] + random.normal(
        0.0, 0.25, (count, 6)
    )
    noise[:, 3] += 0.3 * rhythm(times)
    noise[random.random(count) < RARE, :4] += 2.5
    flags = np.array([[0.1, 0.2, 0.9], [0.02, 0.05, 1.0], [0.0, 0.0, 0.1], [0.1, 0.3, 0.7]])[kind]
    parts = np.array(
        [
            [0.05, 0.9, 0.02, 1, 0, 0],
            [0, 0.6, 0, 0.6, 0.4, 0],
            [0, 0, 0.9, 0, 1, 0],
            [0.3, 0.3, 0.1, 0.7, 0.3, 0.03],
        ]
    )[kind]
    return [""] * count, window_rows(random, np.exp(middle[kind] + noise), flags, parts), []


def windowed(
    random: Random, times: Floats, middle: list[float], spread: float, flags: list[float], parts: list[float]
) -> Life:
    """Windows around a middle."""
    shape = np.array(middle) * np.exp(random.normal(0.0, spread, (len(times), 6)))
    return constant("", times), window_rows(random, shape, np.array(flags), np.array(parts)), []


def icmp_ddos(random: Random, times: Floats, *_: Any) -> Life:
    """Echoes at full speed."""
    return windowed(random, times, [0.05, 10, 64, 8000, 42, 0.4], 0.4, [0, 0, 0], [0, 0, 0, 0, 0, 1])


def syn_ddos(random: Random, times: Floats, *_: Any) -> Life:
    """Half-open connections, one after another."""
    return windowed(random, times, [1.0, 54, 64, 100, 54, 0.5], 0.5, [0, 0.98, 0.02], [0.9, 0, 0, 1, 0, 0])


def recon(random: Random, times: Floats, *_: Any) -> Life:
    """A search for services among ordinary traffic: windows with more openings and endings, and smaller packets."""
    return windowed(
        random, times, [20.0, 2e4, 80, 50, 120, 110], 0.5, [0.4, 0.7, 0.8], [0.2, 0.3, 0.1, 0.9, 0.1, 0.1]
    )


def car(random: Random, times: Floats) -> Life:
    """Frames of a car's bus: a unit an identifier; counters, levels and constants in eight bytes."""
    count = len(times)
    unit = random.choice(20, count, p=np.r_[np.full(10, 0.08), np.full(10, 0.02)])
    fixed = np.random.default_rng(21).integers(0, 255, (20, 8))
    found = fixed[unit].astype(np.float64)
    found[:, 0] = np.round(128 + 90 * np.sin(times / 400.0 + unit) + random.normal(0.0, 3.0, count))
    found[:, 1] = np.round(60 + 40 * rhythm(times) + random.normal(0.0, 2.0, count))
    found[:, 5] = random.integers(0, 16, count)
    found[:, 6] = np.where(unit % 3 == 0, (found[:, 0] + found[:, 1] + found[:, 5]) % 256, found[:, 6])
    sizes = np.where(unit % 5 == 4, 4.0, 8.0)
    found[:, 4:] *= (sizes == 8.0)[:, None]
    return (
        [""] * count,
        np.column_stack([sizes, np.clip(found, 0, 255)]),
        [[f"{0x130 + 17 * one:04x}" for one in unit]],
    )


def frames(random: Random, times: Floats, bytes_: Any, identifier: str | list[str]) -> Life:
    """Frames of eight bytes."""
    found = np.column_stack([np.full(len(times), 8.0), np.broadcast_to(bytes_, (len(times), 8))])
    return (
        constant("", times),
        found,
        [constant(identifier, times) if isinstance(identifier, str) else identifier],
    )


def bus_dos(random: Random, times: Floats, *_: Any) -> Life:
    """The most important identifier, again and again."""
    return frames(random, times, np.zeros(8), "0000")


def bus_fuzzy(random: Random, times: Floats, *_: Any) -> Life:
    """Random bytes under identifiers of all kinds."""
    identifiers = [f"{one:04x}" for one in random.integers(0, 0x7FF, len(times))]
    return frames(random, times, random.integers(0, 256, (len(times), 8)).astype(float), identifiers)


def bus_spoof(random: Random, times: Floats, *_: Any) -> Life:
    """A unit's frames with a speed that is made up."""
    fixed = np.random.default_rng(21).integers(0, 255, (20, 8))[7].astype(float)
    fixed[:2] = 255.0, 250.0
    return frames(random, times, fixed, f"{0x130 + 17 * 7:04x}")


def mqtt(random: Random, times: Floats) -> Life:
    """A broker's packets: readings of ten sensors, answers, pings and now and then a connection."""
    count = len(times)
    kind = random.choice(5, count, p=[0.55, 0.2, 0.15, 0.07, 0.03])
    topic = np.where(kind == 0, 8.0 + random.integers(0, 10, count), 0.0)
    size = np.array([14.0, 2, 0, 0, 25])[kind] + topic + (kind == 0) * random.integers(0, 6, count)
    gap = np.exp(random.normal(np.array([0.0, -5.0, -5.5, 1.0, 0.5])[kind], 0.6) + 0.2 * rhythm(times))
    retained = (kind == 0) & (random.random(count) < 0.02)
    table = [
        gap,
        size + 2,
        np.array([3.0, 4, 0, 12, 1])[kind],
        size,
        (kind == 0) * (topic > 13),
        retained,
        topic,
        kind == 4,
    ]
    texts = [[("0x18", "0x18", "0x10", "0x18", "0x18")[one] for one in kind]]
    return [""] * count, np.column_stack(table).round(5), texts


def packets(random: Random, times: Floats, columns: list[Any], flags: str) -> Life:
    """A broker's packets, a column a number."""
    table = np.column_stack([np.broadcast_to(np.asarray(one, np.float64), (len(times),)) for one in columns])
    return constant("", times), table.round(5), [constant(flags, times)]


def mqtt_flood(random: Random, times: Floats, *_: Any) -> Life:
    """Large readings, one after another."""
    size, gap = random.integers(900, 1100, len(times)), np.exp(random.normal(-6.0, 0.5, len(times)))
    return packets(random, times, [gap, size + 3, 3, size, 1, 0, 10, 0], "0x18")


def mqtt_guess(random: Random, times: Floats, *_: Any) -> Life:
    """Connections with passwords that are tried."""
    size, gap = random.integers(22, 34, len(times)), np.exp(random.normal(-4.0, 0.5, len(times)))
    return packets(random, times, [gap, size + 2, 1, size, 0, 0, 0, 1], "0x18")


def mqtt_malformed(random: Random, times: Floats, _: Any, numbers: Floats, texts: Any) -> Life:
    """Ordinary packets of which lengths and kinds do not fit each other."""
    found, words = like_rows(random, times, numbers, texts)
    found[:, 2], found[:, 3] = random.integers(0, 15, len(times)), random.integers(0, 200, len(times))
    return constant("", times), found, words


def statistics(random: Random, times: Floats) -> Life:
    """Damped statistics of a camera's packets: weights, means and variances in five spans, of the sender, its talks and its ports."""
    count = len(times)
    kind = random.choice(3, count, p=[0.6, 0.3, 0.1])
    busy = np.exp(random.normal(0.0, 0.5, count) + 0.2 * rhythm(times) + np.array([1.0, 2.0, 0.0])[kind])
    size = np.array([90.0, 350.0, 70.0])[kind] * np.exp(random.normal(0.0, 0.1, count))
    return [""] * count, damped(random, busy, size, np.array([30.0, 180.0, 10.0])[kind]), []


def damped(random: Random, busy: Floats, size: Floats, scatter: Any) -> Floats:
    """Statistics by how busy a device is and how large its packets are."""
    columns = []
    for part, share in enumerate((1.0, 0.8, 0.5)):
        for place in range(len(SPANS)):
            noise = np.exp(random.normal(0.0, 0.12, (len(busy), 3)))
            weight = 1.0 + share * busy * 2.2**place * noise[:, 0]
            spread = (scatter * (1.0 - 0.2 * part)) ** 2 * (1.0 - 1.0 / weight)
            columns += [weight, size * noise[:, 1] ** 0.5, spread * noise[:, 2]]
    return np.column_stack(columns).round(3)


def bot_scan(random: Random, times: Floats, *_: Any) -> Life:
    """Packets of one size to everywhere, fast."""
    busy = np.exp(random.normal(4.5, 0.4, len(times)))
    return constant("", times), damped(random, busy, np.full(len(times), 60.0), 1.0), []


def bot_junk(random: Random, times: Floats, *_: Any) -> Life:
    """Packets somewhat smaller and more often than a camera's."""
    busy = np.exp(random.normal(2.8, 0.3, len(times)))
    return constant("", times), damped(random, busy, random.normal(74.0, 1.5, len(times)), 8.0), []


PACKET_COLUMNS = {
    "windows": list(WINDOW),
    "car": ["dlc", *(f"data_{place}" for place in range(8)), "can_id"],
    "mqtt": [*MQTT, "tcp.flags"],
    "statistics": STATISTICS,
}
PACKET_LIVES = {one.__name__: one for one in (windows, car, mqtt, statistics)}
PACKET_ATTACKS = {
    one.__name__: one
    for one in (
        icmp_ddos,
        syn_ddos,
        recon,
        bus_dos,
        bus_fuzzy,
        bus_spoof,
        mqtt_flood,
        mqtt_guess,
        mqtt_malformed,
        bot_scan,
        bot_junk,
    )
}
