"""Univariate recordings in the shape of the Numenta Anomaly Benchmark, scored as it scores."""

from __future__ import annotations

import math
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from detectors.series import memory
from detectors.series.detector import score_series
from schemas.errors import Rejected
from tests.bench.quality import nab_score, scores_file
from tests.bench.quality.nab_files import Recording, read

ALARM = 0.5
RUNS = 3


def measure(paths: list[Path], scores: Path | None) -> dict[str, Any]:
    """NAB's three scores with the best single threshold for all files, as NAB takes it, and with the detector's own; cost a row."""
    recordings, left_out = read(paths)
    if not any(one.windows for one in recordings):
        raise Rejected(
            "no_window", str(paths[0]), "no labelled window in any file: a score would mean nothing"
        )
    found = [score_series(one.times_us, one.values).scores for one in recordings]
    if scores is not None:
        for one, each in zip(recordings, found, strict=True):
            scores_file.write(scores, one.name, one.stamps, each)
    corpus = [nab_score.Labelled(each, one.windows) for one, each in zip(recordings, found, strict=True)]
    best = {profile.name: nab_score.score(corpus, profile) for profile in nab_score.PROFILES}
    return {
        "version": memory.VERSION,
        "setting": setting(),
        "files": len(recordings),
        "rows": sum(len(one.values) for one in recordings),
        "windows": sum(len(one.windows) for one in recordings),
        "left_out": left_out,
        "scores": {name: one.score for name, one in best.items()},
        "thresholds": {name: finite(one.threshold) for name, one in best.items()},
        "scores_at_alarm": {
            one.name: nab_score.score(corpus, one, ALARM).score for one in nab_score.PROFILES
        },
        "us_per_event": us_per_event(recordings),
        "bytes_per_series": memory.STATE.itemsize,
        "per_file": per_file(recordings, best["standard"]),
    }


def setting() -> dict[str, Any]:
    """The one setting for every recording: the kernel's constants."""
    return {
        "kept": memory.KEPT,
        "power": memory.POWER,
        "context_weight": memory.CONTEXT_WEIGHT,
        "alarm_nats": memory.ALARM_NATS,
        "rest_rows": memory.REST_ROWS,
        "rest_factor": memory.REST_FACTOR,
        "memories": memory.MEMORIES,
        "windows": memory.WINDOWS,
        "shift_windows": memory.SHIFT_WINDOWS,
        "tail_prior": [memory.PRIOR_VALUES, memory.PRIOR_INDEX, memory.MAX_INDEX],
    }


def us_per_event(recordings: list[Recording]) -> float:
    """Processor microseconds a row, median of several runs, compiled before."""
    rows, runs = sum(len(one.values) for one in recordings), []
    for _ in range(RUNS):
        started = time.process_time()
        for one in recordings:
            score_series(one.times_us, one.values)
        runs.append((time.process_time() - started) / rows * 1e6)
    return statistics.median(runs)


def finite(threshold: float) -> float | None:
    """A threshold as JSON can hold it: none where no alarm at all was best."""
    return threshold if math.isfinite(threshold) else None


def per_file(recordings: list[Recording], best: nab_score.Result) -> dict[str, dict[str, Any]]:
    """What the standard profile counted in each file, and its normalised score (none without a window)."""
    figures = {}
    for place, one in enumerate(recordings):
        windows, points = len(one.windows), best.points[place]
        figures[one.name] = {
            "score": 100.0 * (points + windows) / (2.0 * windows) if windows else None,
            "points": points,
            "rows": len(one.values),
            "missing": int(np.count_nonzero(~np.isfinite(one.values))),
            "windows": windows,
            "caught": best.caught[place],
            "false_alarms": best.false_alarms[place],
        }
    return figures


def table(figures: dict[str, Any]) -> list[str]:
    """The scores, then a line a file."""
    lines = [f"{'file':<58} {'score':>6} {'caught':>7} {'false':>6}"]
    for name, one in figures["per_file"].items():
        score = "-" if one["score"] is None else f"{one['score']:.1f}"
        lines.append(f"{name:<58} {score:>6} {one['caught']:>3} of {one['windows']} {one['false_alarms']:>6}")
    lines += [f"left out  {one}" for one in figures["left_out"]]
    lines += [
        "",
        f"{figures['files']} files, {figures['rows']} rows, {figures['windows']} windows, detector version {figures['version']}",
    ]
    for name, value in figures["scores"].items():
        threshold = figures["thresholds"][name]
        at = "silence" if threshold is None else f"threshold {threshold:.4f}"
        own = figures["scores_at_alarm"][name]
        lines.append(f"{name:<10} {value:5.1f} at {at} ({own:5.1f} at the detector's own {ALARM})")
    return [
        *lines,
        f"cost       {figures['us_per_event']:.2f} us an event, {figures['bytes_per_series']} bytes a series",
    ]
