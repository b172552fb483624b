"""The compiled heart of the traffic detector: how rare each event is in many views and how risky, added up, and learned with distrust.

An event's views are: each column for the whole cohort; each text for this device, starting from the cohort (Dirichlet prior of `PRIOR`
events); pairs of columns (surprises -ln of damped frequencies, in a sketch); what relations and own levels say of numbers; rates and
targets. Surprises of different views mean different things: a view where everything is always new says nothing. So each one is
calibrated, and an event's size is the sum of what they say, the loud more than in proportion: many views a little odd are ordinary.

An event's odds are its size in units of the reference's largest 1%, and its risk: what is known of attacks (`evidence`) and what the device
did lately, in absolute terms; and odd events of a device that sent many odd ones count more than a single one.

Learning is gated: what is risky or unusual is learned with a weight that falls with the number of unusual events the same device, and
everybody together, sent lately: a flood teaches next to nothing. The price is that a change of a whole fleet (a new service everywhere)
stays unusual until the model is learned anew by a replay; comparing a cohort with itself is another detector's task.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors import conformal
from detectors.traffic import behaviour as b
from detectors.traffic import calibration as c
from detectors.traffic import memory as m
from detectors.traffic import relations as r
from detectors.traffic.behaviour import distinct, faded, kind_of, rate, suspect, walk, whole
from detectors.traffic.calibration import binned, grow, p_value, quantile, sized, tabulate
from detectors.traffic.relations import centred, follow, invert, jumps, nearness, relate, residuals, slot_of
from detectors.traffic.sketch import add, compiled, keyed, mixed, seen
from detectors.traffic.symbols import cut, fit, sort_kinds, squeeze, stretch

VERSION = 2  # any change of a score or of the state
PRIOR = 10.0
MEMORY_EVENTS = 50_000.0  # learned events until a count has half its weight
VIEW_EVENTS = 4_000.0  # the same for what views said
USUAL_EVENTS = 2_000.0  # the same for p-values
DOUBTED = 0.02
SURE, DOUBT = 300.0, 40.0
GATE = 0.02  # the share of trusted events whose size is called unusual
LEAST_WEIGHT = 1e-5
LEAST_USUAL = 0.002
LOWEST = 0.05  # the share of events whose risk is taken as this fleet's least
LOUD = 3.0  # nats a view says at which half of them count
RISK_NATS = 3.0  # of risk that count as much as the largest 1% of sizes
BOOST, ECHO, ECHOING = 0.3, 0.3, 0.008
BURST, BURST_NATS = 30.0, 1.2
FAN, FAN_NATS = 6.0, 1.5
ANY_FAN, ANY_FAN_NATS = 20.0, 1.0
WALK_NATS = 0.4
ALARM_ODDS = 3.5
REFERENCE_SHARE = 0.01
PRECISION = 20.0  # of odds in p-values
PRECISE_EVERY = 128
LEARNED, TOTAL, UNIT, SCALE, BASE, EVENTS, GATE_UNIT, RELATED, VIEW_UNIT, EXTREMES, USUAL, ALL, JUMPED = range(13)
FADED, ACTIVE_EVENTS, FAIR, FAIR_KIND, DOMINANCE_NATS = 1.0 - 1.0 / 700.0, 1000.0, 2.0, 3.0, 2.0
LEAST_UNIT = 0.5
YOUNG, ACCEPTED = 256.0, 3.0
EXTREME = 0.005
START, FITS, KEPT = m.START, m.FITS, m.KEPT


@compiled
def survey(memory: Any, device: Any, fine: Any, coarse: Any, far: Any, total: float, found: Any) -> None:
    """What the sketch's views say of an event: surprises, -ln of damped frequencies with one unseen event added."""
    sketch, pairs, unit = memory.sketch, memory.pairs, memory.scalars[UNIT]
    columns, numbers = len(fine), len(memory.lows)
    top = math.log(total / unit + 1.0)
    mine = seen(sketch, keyed(9, 0, device)) / unit
    for column in range(columns):
        rough = top - math.log(seen(sketch, keyed(1, column, coarse[column])) / unit + 1.0)
        if column < numbers:
            exact = top - math.log(seen(sketch, keyed(0, column, fine[column])) / unit + 1.0)
            found[column] = exact + rough + far[column]
        else:
            own = seen(sketch, keyed(2, column, device ^ coarse[column])) / unit
            found[column] = 2.0 * rough
            found[columns + column - numbers] = -math.log((own + PRIOR * math.exp(-rough)) / (mine + PRIOR))
    first = 2 * columns - numbers
    for column in range(columns):
        if memory.names[column]:
            found[column] = c.SILENT
            found[columns + column - numbers] = c.SILENT
    for place in range(len(pairs)):
        one, other = pairs[place, 0], pairs[place, 1]
        if memory.names[one] or memory.names[other]:
            found[first + place] = c.SILENT
            continue
        key = keyed(3, place, mixed(coarse[one], coarse[other]))
        found[first + place] = top - math.log(seen(sketch, key) / unit + 1.0)


@compiled
def discount(memory: Any, near: Any, found: Any) -> None:
    """Rare numbers, alone and in pairs, count less where the device has just been close to them."""
    numbers, pairs = len(near), memory.pairs
    for column in range(numbers):
        found[column] *= near[column]
    first = len(memory.kinds) + memory.view_counts[1]
    for place in range(len(pairs)):
        if pairs[place, 0] < numbers:
            least = near[pairs[place, 0]]
            if pairs[place, 1] < numbers:
                least = max(least, near[pairs[place, 1]])
            found[first + place] *= max(least, 0.0)


@compiled
def teach(memory: Any, device: Any, fine: Any, coarse: Any, weight: float) -> None:
    """Count an event in every view of the sketch."""
    sketch, pairs, numbers = memory.sketch, memory.pairs, len(memory.lows)
    add(sketch, keyed(9, 0, device), weight)
    for column in range(len(fine)):
        add(sketch, keyed(1, column, coarse[column]), weight)
        if column < numbers:
            add(sketch, keyed(0, column, fine[column]), weight)
        else:
            add(sketch, keyed(2, column, device ^ coarse[column]), weight)
    for place in range(len(pairs)):
        if memory.names[pairs[place, 0]] or memory.names[pairs[place, 1]]:
            continue
        add(sketch, keyed(3, place, mixed(coarse[pairs[place, 0]], coarse[pairs[place, 1]])), weight)


@compiled
def loud(said: float) -> float:
    """What nats count for."""
    return said * said / (said + LOUD)


@compiled
def judge(memory: Any, found: Any) -> tuple[float, int]:
    """The event's size, and the view that adds most to it."""
    size, most, speaker = 0.0, 0.0, -1
    for view in range(len(found)):
        if found[view] < 0.0:
            continue
        said = loud(memory.nats[view, binned(found[view])]) * memory.weights[view]
        size += said
        if said > most:
            most, speaker = said, view
    return size, speaker


@compiled
def tabulate_all(memory: Any) -> None:
    """Make every view's table anew."""
    for view in range(len(memory.nats)):
        tabulate(memory.histograms[view], memory.scalars[VIEW_UNIT], memory.nats[view])


@compiled
def learn_again(memory: Any, kept: int) -> None:
    """Fit bins to the kept events, count those anew, and judge each by all others."""
    numbers, columns, views = memory.kept_numbers, len(memory.kinds), len(memory.weights)
    if kept == FITS[0]:
        squeeze(numbers, kept, memory.middles, memory.cores)
        memory.ages[:], memory.scales[:], memory.levels[:], memory.covariance[:] = 0, 0.0, 0.0, 0.0
        memory.scalars[RELATED], memory.scalars[JUMPED] = 0.0, 0.0
    fit(numbers, kept, memory.lows, memory.widths)
    memory.ranges[0], memory.ranges[1] = memory.lows, memory.lows + memory.widths
    sort_kinds(memory.kept_words, kept, len(memory.lows), memory.kinds, memory.names)
    memory.sketch[:], memory.histograms[:], memory.gate[:] = 0.0, 0.0, 0.0
    memory.scalars[EXTREMES], memory.scalars[GATE_UNIT] = 0.0, 1.0
    sizes = np.zeros(kept)
    memory.scalars[TOTAL], memory.scalars[UNIT] = float(kept), 1.0
    memory.scalars[VIEW_UNIT] = 1.0
    fine, coarse = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    far, found = np.zeros(columns), np.zeros(views)
    for turn in range(3):
        for row in range(kept):
            device = memory.kept_devices[row]
            cut(
                numbers[row],
                memory.kept_words[row],
                memory.lows,
                memory.widths,
                memory.ranges,
                fine,
                coarse,
                far,
            )
            if turn == 0:
                teach(memory, device, fine, coarse, 1.0)
                continue
            teach(memory, device, fine, coarse, -1.0)
            survey(memory, device, fine, coarse, far, kept - 1.0, found)
            teach(memory, device, fine, coarse, 1.0)
            found[views - memory.kept_extras.shape[1] :] = memory.kept_extras[row]
            discount(memory, memory.kept_near[row], found)
            if turn == 1:
                record(memory, found, 1.0)
            else:
                sizes[row] = judge(memory, found)[0]
        tabulate_all(memory)
    memory.scalars[SCALE] = max(np.sort(sizes)[int((1.0 - REFERENCE_SHARE) * (kept - 1))], 1.0)


@compiled
def record(memory: Any, found: Any, weight: float) -> None:
    """Count what the views said."""
    for view in range(len(found)):
        if found[view] >= 0.0:
            memory.histograms[view, binned(found[view])] += weight


@compiled
def numbers_said(memory: Any, values: Any, slot: int, known: Any, x: Any, found: Any) -> None:
    """What relations and own levels say of an event's numbers; nothing of a device that is not settled."""
    related, columns = len(x), len(values)
    found[:] = c.SILENT
    if not known or memory.scalars[JUMPED] < r.SETTLED:
        return
    centred(values, memory.levels[slot], x)
    if related > 0:
        if memory.scalars[RELATED] >= r.ENOUGH:
            residuals(x, memory.precision, found[: related + 1])
        jumps(values, memory.levels[slot], memory.scales, found[related + 1 : related + 1 + columns])
    else:
        jumps(values, memory.levels[slot], memory.scales, found[:columns])


@compiled
def settle(values: Any, ages: Any, slot: int, levels: Any, weight: float) -> None:
    """Move a kind's own levels towards an event of any device."""
    share = max(1.0 / (ages[slot] + 1.0), r.LEVEL_SHARE / 3.0) * weight
    for column in range(len(values)):
        if not math.isnan(values[column]):
            levels[slot, column] += np.float32(share * (values[column] - levels[slot, column]))
    ages[slot] += weight > 0.1


@compiled
def dominated(memory: Any, device: Any, kind: Any, mine: int) -> tuple[float, float]:
    """What a device's events may weigh so that none teaches far more than others, and how far one kind of its events outweighs all others."""
    counts, scalars = memory.counts, memory.scalars
    events = scalars[EVENTS]
    scalars[ALL] = scalars[ALL] * FADED + 1.0
    at = np.int64(kind % np.uint64(b.KINDS - b.DEVICES)) + np.int64(b.DEVICES)
    for turn in range(2):
        place = at if turn == 0 else np.int64(mine)
        counts[place, 0] = counts[place, 0] * FADED ** (events - counts[place, 1]) + 1.0
        counts[place, 1] = events
    memory.active[int((device >> np.uint64(17)) % np.uint64(b.CELLS))] = events + 1.0
    full = 0
    for cell in range(b.CELLS):
        full += memory.active[cell] > 0.0 and events - memory.active[cell] < ACTIVE_EVENTS
    devices = b.CELLS * math.log(b.CELLS / max(b.CELLS - full, 1.0))
    if scalars[ALL] < 30.0:
        return 1.0, 0.0
    share, part = counts[mine, 0] / scalars[ALL], counts[at, 0] / scalars[ALL]
    return min(FAIR / (share * devices + 1e-9), 1.0), max(math.log(part * devices / FAIR_KIND + 1e-9), 0.0)


@compiled
def numbers_learned(memory: Any, values: Any, slot: int, settled: Any, x: Any, near: Any, weight: float) -> None:
    """Move levels, means and relations towards an event."""
    scalars = memory.scalars
    follow(
        values,
        memory.ages[slot],
        settled,
        memory.levels[slot],
        memory.scales,
        near,
        scalars[JUMPED],
        weight,
    )
    scalars[JUMPED] += settled
    memory.ages[slot] += weight > 0.1
    if settled and len(x) > 0 and weight > 0.1:
        relate(x, memory.covariance, scalars[RELATED], weight)
        scalars[RELATED] += 1.0
        count = int(scalars[RELATED])
        if count % PRECISE_EVERY == 0 or count == r.ENOUGH:
            invert(memory.covariance, scalars[RELATED], memory.widths, memory.precision)


@compiled
def acted(
    memory: Any, device: Any, coarse: Any, now_us: Any, outcome: int, target: Any, port: Any, found: Any
) -> float:
    """What the device did lately, as views and as risk (nats); counts this event."""
    word = kind_of(device, coarse, memory.kinds)
    quick = rate(memory.rates, memory.rate_us, word, now_us, 0, b.SPANS_S[0])
    found[0] = 2.0 * math.log(quick)
    found[1] = 2.0 * math.log(rate(memory.rates, memory.rate_us, word, now_us, 1, b.SPANS_S[1]))
    found[2] = 2.0 * math.log(rate(memory.rates, memory.rate_us, whole(coarse), now_us, 2, b.SPANS_S[2]))
    risk = BURST_NATS * max(math.log(quick / BURST), 0.0)
    at = keyed(13, 0, device ^ (port if port != 0 else target))
    if outcome < 2:
        risk += WALK_NATS * walk(memory.walks, memory.walk_us, at, now_us, outcome)
    found[3:6] = 0.0
    if target == 0 and port == 0:
        return float(risk)
    slot = int(device % np.uint64(b.DEVICES))
    if memory.fan_owners[slot] != device:
        memory.fan_owners[slot] = device
        memory.fans[slot] = 0
    now_s, lost = int(now_us // 1_000_000), outcome > 0
    hosts = distinct(memory.fans[slot, 0], target, now_s, lost and target != 0)
    ports = distinct(memory.fans[slot, 1], port, now_s, lost and port != 0)
    every = distinct(memory.fans[slot, 2], target, now_s, target != 0)
    found[3], found[4], found[5] = (
        2.0 * math.log(1.0 + hosts),
        2.0 * math.log(1.0 + ports),
        2.0 * math.log(1.0 + every),
    )
    if lost:
        risk += FAN_NATS * max(math.log(max(hosts, ports) / FAN + 1e-9), 0.0)
    return float(risk + ANY_FAN_NATS * max(math.log(every / ANY_FAN + 1e-9), 0.0))


@compiled
def plausible(p: float, suspicion: float) -> float:
    """The weight of an event by its p-value: 1 for a usual one, less the less plausible it is and the more suspect its sender."""
    doubt = min(GATE / p, 1.0) ** 2 * suspicion
    return float(min(max(p - EXTREME, 0.0) / (GATE - EXTREME), 1.0) ** 2 / (1.0 + doubt) ** 2)


@compiled
def accept(memory: Any, place: int, p: float, trust: float) -> None:
    """Count an event among usual ones; extreme ones together never weigh more than their share of what is calibrated."""
    scalars = memory.scalars
    share = trust
    if p < EXTREME:
        total = memory.gate[0] / scalars[GATE_UNIT]
        share *= min(max(EXTREME * total - scalars[EXTREMES], 0.0), 1.0) if scalars[EVENTS] > YOUNG else 1.0
        scalars[EXTREMES] += share
    if share > 0.0:
        grow(memory.gate, place, scalars[GATE_UNIT] * share)
        growth = 2.0 ** (share / USUAL_EVENTS)
        scalars[GATE_UNIT] *= growth
        scalars[EXTREMES] /= growth


@compiled
def echoed(memory: Any, kind: Any, view: int, p: float) -> float:
    """How many odd events of a kind were odd in this way lately: a lone oddity has no precedent, an attack soon has."""
    if p >= ECHOING:
        return 0.0
    place, events = np.int64(keyed(15, view, kind) % np.uint64(b.KINDS)), memory.scalars[EVENTS]
    was = memory.echoes[place, 0] * FADED ** (events - memory.echoes[place, 1])
    memory.echoes[place, 0], memory.echoes[place, 1] = was + 1.0, events
    return float(was)


@compiled
def overly(scalars: Any, risk: float) -> float:
    """How much riskier (nats) an event is than the least risky ones of this fleet, whose level follows it."""
    over = max(risk - scalars[BASE], 0.0)
    scalars[BASE] = max(scalars[BASE] + 0.02 * (LOWEST if risk > scalars[BASE] else LOWEST - 1.0), 0.0)
    return float(over)


@compiled
def suspicion_of(memory: Any, slot: int, now_us: Any) -> float:
    """How much a device is suspected; the last slot is everybody."""
    return float(faded(memory.suspicions[slot], memory.suspect_us[slot], now_us, b.TRUST_S))


@compiled
def keep(memory: Any, values: Any, words: Any, device: Any, near: Any, extras: Any) -> None:
    """Keep one of the first trusted events, and fit to them when it is time."""
    at = int(memory.scalars[LEARNED])
    memory.kept_numbers[at], memory.kept_words[at], memory.kept_devices[at] = values, words, device
    memory.kept_near[at], memory.kept_extras[at] = near, extras
    memory.scalars[LEARNED] += 1.0
    for due in FITS:
        if at + 1 == due:
            learn_again(memory, due)


@compiled
def renew(memory: Any) -> None:
    """One view's table every few events; counts are scaled down before they are too large for 32 bits."""
    scalars = memory.scalars
    scalars[EVENTS] += 1.0
    events = int(scalars[EVENTS])
    if events % c.EVERY == 0:
        view = (events // c.EVERY) % len(memory.nats)
        tabulate(memory.histograms[view], scalars[VIEW_UNIT], memory.nats[view])
    if events % 64 == 0 and memory.gate[0] / scalars[GATE_UNIT] > 100.0:
        place = quantile(memory.gate, REFERENCE_SHARE)
        scalars[USUAL] = max((math.exp(place / c.PER_NAT) - 1.0) / PRECISION, LEAST_UNIT)
    if scalars[GATE_UNIT] > 1e6:
        memory.gate[:] /= scalars[GATE_UNIT]
        scalars[GATE_UNIT] = 1.0
    if scalars[UNIT] > 1e6:
        memory.sketch[:] /= np.float32(scalars[UNIT])
        scalars[TOTAL], scalars[UNIT] = scalars[TOTAL] / scalars[UNIT], 1.0
    if scalars[VIEW_UNIT] > 1e6:
        memory.histograms[:] /= scalars[VIEW_UNIT]
        scalars[VIEW_UNIT] = 1.0


@compiled
def observe(
    memory: Any,
    devices: Any,
    times_us: Any,
    numbers: Any,
    words: Any,
    evidence: Any,
    out: Any,
    p_values: Any,
    views: Any,
) -> None:
    """Score events, then learn them."""
    columns, extras, scalars = len(memory.kinds), memory.kept_extras.shape[1], memory.scalars
    fine, coarse = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    far, found, x = np.zeros(columns), np.zeros(len(memory.weights)), np.zeros(len(memory.precision))
    values, near = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
    first = len(found) - extras
    lately = extras - len(b.SPANS_S) - b.FANS
    risks, outcomes, targets, ports = evidence
    for row in range(len(devices)):
        device, now_us = devices[row], times_us[row]
        for column in range(len(values)):
            values[column] = math.asinh((numbers[row, column] - memory.middles[column]) / memory.cores[column])
        cut(values, words[row], memory.lows, memory.widths, memory.ranges, fine, coarse, far)
        kind = kind_of(device, coarse, memory.kinds)
        mine = int(device % np.uint64(b.DEVICES))
        base = slot_of(kind_of(np.uint64(14), coarse, memory.kinds), memory.owners, memory.ages, memory.levels, -1)
        slot = slot_of(kind, memory.owners, memory.ages, memory.levels, base)
        known = memory.ages[slot] >= r.SETTLED or memory.ages[base] >= r.SETTLED
        budget, dominance = dominated(memory, device, kind, mine)
        numbers_said(memory, values, slot, known, x, found[first : first + lately])
        if known and scalars[JUMPED] >= r.SETTLED:
            nearness(values, memory.levels[slot], memory.scales, near)
        else:
            near[:] = 1.0
        risk = risks[row] + DOMINANCE_NATS * dominance + acted(
            memory, device, coarse, now_us, outcomes[row], targets[row], ports[row], found[first + lately :]
        )
        size, p = 0.0, 1.0
        if scalars[LEARNED] >= START:
            survey(memory, device, fine, coarse, far, scalars[TOTAL], found)
            discount(memory, near, found)
            size, views[row] = judge(memory, found)
        place = sized(PRECISION * (size / scalars[SCALE] + risk / RISK_NATS))
        odds = size / (scalars[SCALE] * scalars[USUAL])
        sure = (scalars[LEARNED] / DOUBT) ** 2
        odds = odds * sure / (odds + sure + 1e-9) + risk / RISK_NATS
        p, told = 1.0, 1.0
        if scalars[LEARNED] >= START:
            p, told = p_value(memory.gate, place, scalars[GATE_UNIT]), conformal.p_value(memory.usual, odds)
        was = suspicion_of(memory, mine, now_us)
        every = max(was, suspicion_of(memory, b.DEVICES, now_us))
        heard = echoed(memory, kind, views[row], p)
        out[row] = odds * (1.0 + BOOST * math.log(1.0 + was * min(GATE / p, 1.0)) + ECHO * every / (1.0 + every) * math.log(1.0 + heard))
        p_values[row] = told
        plain = plausible(p, every * min(scalars[LEARNED] / SURE, 1.0))
        weight = max(budget * plain * math.exp(-overly(scalars, risk)), LEAST_WEIGHT)
        suspect(memory.suspicions, memory.suspect_us, mine, now_us, p, b.RELIEF)
        suspect(memory.suspicions, memory.suspect_us, b.DEVICES, now_us, p, b.RELIEF_TOGETHER)
        numbers_learned(memory, values, slot, known, x, near, weight)
        if base != slot:
            settle(values, memory.ages, base, memory.levels, weight)
        stretch(values, memory.widths, memory.ranges, weight)
        if scalars[LEARNED] >= START:
            trust = 0.0 if was > ACCEPTED and p < DOUBTED else 1.0 / (1.0 + was) ** 2
            accept(memory, place, p, trust)
            if every < ACCEPTED:
                conformal.add(memory.usual, odds)
            teach(memory, device, fine, coarse, weight * scalars[UNIT])
            record(memory, found, weight * scalars[VIEW_UNIT])
            scalars[VIEW_UNIT] *= 2.0 ** (weight / VIEW_EVENTS)
            scalars[TOTAL] += weight * scalars[UNIT]
            scalars[UNIT] *= 2.0 ** (weight / MEMORY_EVENTS)
        if scalars[LEARNED] < KEPT and weight > 0.3:
            keep(memory, values, words[row], device, near, found[first:])
        renew(memory)
