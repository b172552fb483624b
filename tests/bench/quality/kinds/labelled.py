"""Labelled events of devices (flows, requests, readings): how well attacks rank above everything else, learning on all the while."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.traffic import kernel
from detectors.traffic.detector import Scores, hashed, observe
from detectors.traffic.model import Model
from tests.bench.quality import scores_file
from tests.bench.quality.labelled_files import Events, read

ALARM = 0.5
FALSE_SHARE = 0.001
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def measure(paths: list[Path], scores: Path | None) -> dict[str, Any]:
    """Area under the ROC curve and true positives at `FALSE_SHARE` false ones per file, and their means; a file is one cohort.

    Labels are read by the figures only. A file without both kinds of events has no such figure.
    """
    score(Model(1, 1), np.zeros(1), np.zeros((1, 1)), [["x"]], ["d"])  # compiled before it is timed
    per_file = {}
    for one in read(paths):
        started = time.process_time()
        found = score(
            Model(one.numbers.shape[1], len(one.texts)), one.times_us, one.numbers, one.texts, one.devices
        )
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
    """The one setting for every file: the kernel's constants."""
    return {
        "bins": kernel.RESOLUTIONS,
        "prior_events": kernel.PRIOR,
        "memory_events": kernel.MEMORY_EVENTS,
        "gate": kernel.GATE,
        "trust_s": kernel.TRUST_S,
        "spans_s": kernel.SPANS_S,
        "start_events": kernel.START,
        "fits": kernel.FITS,
        "most_pairs": kernel.MOST_PAIRS,
        "alarm_nats": kernel.LIMIT,
    }


def score(model: Model, times_us: Any, numbers: Floats, texts: list[list[str]], devices: list[str]) -> Scores:
    """The detector on one file's columns."""
    words = [hashed(text) for text in texts]
    columns = np.column_stack(words) if words else np.zeros((len(devices), 0), np.uint64)
    return observe(model, hashed(devices), times_us, numbers, columns)


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


def area(found: Floats, attack: Flags) -> float | None:
    """The probability that an attack scores above another event, ties half (Mann & Whitney 1947); none without both."""
    positives, negatives = int(attack.sum()), int((~attack).sum())
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(found, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[attack].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def caught(found: Floats, attack: Flags, false_share: float) -> float | None:
    """The share of attacks above the threshold that at most that share of other events is above; none without both."""
    if attack.all() or not attack.any():
        return None
    others = np.sort(found[~attack])[::-1]
    return float((found[attack] > others[int(false_share * len(others))]).mean())


def share(flags: Flags) -> float | None:
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
