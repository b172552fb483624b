"""Labelled events of devices (flows, requests, readings): how well attacks rank above everything else, learning on all the while."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.traffic import (
    acquaintance,
    custom,
    dominance,
    evidence,
    joint,
    kernel,
    lesson,
    levels,
    memory,
    survey,
    testimony,
    trust,
    verdict,
)
from detectors.traffic.detector import Scores
from detectors.traffic.evidence import evidence_of
from detectors.traffic.words import hashed
from tests.bench.quality import scores_file
from tests.bench.quality.auc import area, caught
from tests.bench.quality.labelled_files import LOOKED_AT, Events, read

ALARM = 0.5
FALSE_SHARE = 0.001
Floats = npt.NDArray[np.float64]


def measure(paths: list[Path], scores: Path | None) -> dict[str, Any]:
    """Area under the ROC curve and true positives at `FALSE_SHARE` false ones per file, and their means; a file is one cohort.

    Labels are read by the figures only. A file without both kinds of events has no such figure.
    """
    compile_first()
    per_file = {}
    for one in read(paths):
        started = time.process_time()
        found = score(one)
        seconds = time.process_time() - started
        if scores is not None:
            scores_file.write(scores, one.name.removesuffix(".gz"), one.stamps, found.scores)
        per_file[one.name] = {**figures(found.scores, one), "us_per_event": seconds / len(one.attack) * 1e6}
    return {
        "version": kernel.VERSION,
        "setting": setting(),
        "files": len(per_file),
        **{
            name: mean([one[name] for one in per_file.values()])
            for name in ("auc", "tpr_at_0.1%_fpr", "us_per_event")
        },
        "per_file": per_file,
    }


def setting() -> dict[str, Any]:
    """The one setting for every file: the detector's constants."""
    return {
        "memory_events": lesson.MEMORY_EVENTS,
        "view_events": lesson.VIEW_EVENTS,
        "usual_events": trust.USUAL_EVENTS,
        "prior_events": survey.PRIOR,
        "gate": trust.GATE,
        "extreme": trust.EXTREME,
        "loud_nats": survey.LOUD,
        "risk_nats": verdict.RISK_NATS,
        "rarity": verdict.RARITY,
        "echo": verdict.ECHO,
        "riskiness": verdict.RISKINESS,
        "most_precedents": verdict.MOST_PRECEDENTS,
        "met": acquaintance.MET,
        "outside_nats": evidence.OUTSIDE,
        "unspoken_nats": evidence.UNSPOKEN,
        "customary": [custom.BLOCK_EVENTS, custom.COVERED, custom.MOST_SHARE],
        "kind_spread": levels.SPREAD_POWER,
        "fair_share": dominance.FAIR,
        "dominance_nats": testimony.DOMINANCE_NATS,
        "start_events": memory.START,
        "fits": memory.FITS,
        "most_pairs": memory.MOST_PAIRS,
        "alarm_odds": verdict.ALARM_ODDS,
        "cohesion": [joint.LOOSE, joint.COHESIVE],
        "told_power": joint.TOLD_POWER,
    }


def compile_first() -> None:
    """Compile what is timed: as many events as it takes until everything was fitted once."""
    rows = max(memory.FITS) + 1
    numbers = np.random.default_rng(0).random((rows, 2))
    words = [str(row % 3) for row in range(rows)]
    times_us = np.arange(rows) * 1_000_000
    score(
        Events("", [""] * rows, times_us, words, ["a", "b", "c"], numbers, [words], np.zeros(rows, np.bool_))
    )


def score(one: Events) -> Scores:
    """The detector on one file's columns. Rows that told what the columns are have score 0: they were not known before."""
    words = [hashed(text) for text in one.texts]
    columns = np.column_stack(words) if words else np.zeros((len(one.devices), 0), np.uint64)
    count = one.numbers.shape[1]
    numeric = {name: one.numbers[:, place] for place, name in enumerate(one.columns[:count])}
    known = evidence_of(len(one.devices), numeric, dict(zip(one.columns[count:], one.texts, strict=True)))
    found = joint.observe(
        joint.Joint(count, len(words)), hashed(one.devices), one.times_us, one.numbers, columns, known
    )
    found.scores[:LOOKED_AT] = 0.0
    return found


def figures(found: Floats, one: Events) -> dict[str, Any]:
    """One file's figures."""
    attack = one.attack
    return {
        "rows": len(attack),
        "attack_share": float(attack.mean()),
        "columns": one.columns,
        "auc": area(found, attack),
        "tpr_at_0.1%_fpr": caught(found, attack, FALSE_SHARE),
        "alarms_of_attacks": share(found[attack] > ALARM),
        "alarms_of_others": share(found[~attack] > ALARM),
    }


def share(flags: npt.NDArray[np.bool_]) -> float | None:
    """A share; none of nothing."""
    return float(flags.mean()) if len(flags) else None


def mean(values: list[float | None]) -> float | None:
    """The mean of the values that are there."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def table(figures: dict[str, Any]) -> list[str]:
    """A line a file, then the means."""
    lines = [f"{'file':<50} {'rows':>8} {'attacks':>8} {'AUC':>7} {'TPR':>7} {'us':>6}"]
    for name, one in {**figures["per_file"], "mean": figures}.items():
        rows, attacks = one.get("rows", ""), one.get("attack_share")
        told = [
            f"{value:7.4f}" if value is not None else "      -"
            for value in (one["auc"], one["tpr_at_0.1%_fpr"])
        ]
        attacked = f"{100 * attacks:.1f}%" if attacks is not None else ""
        lines.append(f"{name:<50} {rows:>8} {attacked:>8} {' '.join(told)} {one['us_per_event']:>6.1f}")
    return [
        *lines,
        "",
        f"TPR at {100 * FALSE_SHARE:.1f}% false positives; detector version {figures['version']}",
    ]
