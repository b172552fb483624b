"""Recordings of several sensors of one machine in the shape of the Skoltech Anomaly Benchmark, scored as it scores."""

from __future__ import annotations

import statistics
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.plant import memory
from detectors.plant.detector import Findings, score_plant
from schemas.errors import Rejected
from tests.bench.quality import scores_file, skab_score
from tests.bench.quality.skab_files import Run, read

ALARM = 0.5
REPEATS = 3
CHANGES = "changepoints"


def measure(paths: list[Path], scores: Path | None) -> dict[str, Any]:
    """F1 and alarm rates over all rows behind the training rows, pooled; the change-point scores; cost a row.

    `scores` gets a file a run (more than 0.5 is an alarm), and in its folder `changepoints` one with 1 where a change is announced.
    """
    runs, left_out = read(paths)
    found = [score_plant(run.values) for run in runs]
    if scores is not None:
        for run, one in zip(runs, found, strict=True):
            scores_file.write(scores, run.name, run.stamps, one.scores)
            scores_file.write(scores / CHANGES, run.name, run.stamps, one.changes)
    per_run = [figures(run, one) for run, one in zip(runs, found, strict=True)]
    rates = skab_score.total([one for one, _ in per_run])
    changes = [one for _, one in per_run]
    return {
        "version": memory.VERSION,
        "setting": setting(),
        "files": len(runs),
        "rows": sum(len(run.values) for run in runs),
        "rows_scored": sum(rates),
        "left_out": left_out,
        "f1": rates.f1,
        "far": rates.false_alarm_rate,
        "mar": rates.missed_alarm_rate,
        "changepoint": {one.name: skab_score.score(changes, one) for one in skab_score.PROFILES},
        "changepoint_caught": sum(len(one.delays) for one in changes),
        "changepoint_missed": sum(one.missed for one in changes),
        "changepoint_false": sum(one.false for one in changes),
        "us_per_event": us_per_event(runs),
        "bytes_per_plant": memory.STATE.itemsize,
        "per_file": {run.name: file_figures(*one) for run, one in zip(runs, per_run, strict=True)},
    }


def setting() -> dict[str, Any]:
    """The one setting for every run: the kernel's constants."""
    return {
        "train_rows": memory.TRAIN_ROWS,
        "window_rows": memory.WINDOW,
        "limits": dict(zip(memory.VIEWS, memory.LIMITS, strict=True)),
        "off": memory.OFF,
        "rest": memory.REST,
        "drift": [memory.DRIFT, memory.DRIFT_POWER],
        "change_rows": [memory.AFTER, memory.BEFORE],
        "change_limit": memory.CHANGE_LIMIT,
        "change_rest_rows": memory.CHANGE_REST_ROWS,
        "change_window_s": skab_score.WINDOW_S,
    }


def figures(run: Run, found: Findings) -> tuple[skab_score.Rates, skab_score.Changes]:
    """What one run counts behind its training rows."""
    rest = slice(memory.TRAIN_ROWS, None)
    rates = skab_score.rates(found.scores[rest] > ALARM, run.anomaly[rest])
    return rates, skab_score.match(found.changes[rest], run.changepoint[rest], seconds(run)[rest])


def seconds(run: Run) -> npt.NDArray[np.float64]:
    """The rows' times since the first one; Rejected for one that is no time."""
    try:
        times = [datetime.fromisoformat(stamp.strip()) for stamp in run.stamps]
        return np.array([(time - times[0]).total_seconds() for time in times])
    except (ValueError, TypeError, AttributeError) as error:
        raise Rejected("not_a_time", run.name, str(error)) from None


def file_figures(rates: skab_score.Rates, changes: skab_score.Changes) -> dict[str, Any]:
    """One run's line."""
    return {
        "f1": rates.f1,
        "far": rates.false_alarm_rate,
        "mar": rates.missed_alarm_rate,
        "changepoint": skab_score.score([changes], skab_score.PROFILES[0]),
        "caught": len(changes.delays),
        "missed": changes.missed,
        "false": changes.false,
    }


def us_per_event(runs: list[Run]) -> float:
    """Processor microseconds a row, median of several passes, compiled before."""
    rows, passes = sum(len(run.values) for run in runs), []
    for _ in range(REPEATS):
        started = time.process_time()
        for run in runs:
            score_plant(run.values)
        passes.append((time.process_time() - started) / rows * 1e6)
    return statistics.median(passes)


def table(figures: dict[str, Any]) -> list[str]:
    """A line a run, then the whole."""
    lines = [
        f"{'file':<40} {'F1':>6} {'FAR %':>6} {'MAR %':>6} {'change':>7} {'caught':>6} {'missed':>6} {'false':>6}"
    ]
    for name, one in figures["per_file"].items():
        lines.append(
            f"{name:<40} {one['f1']:>6.3f} {100 * one['far']:>6.1f} {100 * one['mar']:>6.1f} {one['changepoint']:>7.1f} "
            f"{one['caught']:>6} {one['missed']:>6} {one['false']:>6}"
        )
    lines += [f"left out  {one}" for one in figures["left_out"]]
    change = ", ".join(f"{name} {value:.1f}" for name, value in figures["changepoint"].items())
    return [
        *lines,
        "",
        f"{figures['files']} files, {figures['rows_scored']} rows behind the first "
        f"{figures['setting']['train_rows']} of each, detector version {figures['version']}",
        f"rows     F1 {figures['f1']:.3f}, false alarms {100 * figures['far']:.1f}%, missed {100 * figures['mar']:.1f}%",
        f"changes  {change}; {figures['changepoint_caught']} caught within {figures['setting']['change_window_s']:.0f} s, "
        f"{figures['changepoint_missed']} missed, {figures['changepoint_false']} false",
        f"cost     {figures['us_per_event']:.2f} us an event, {figures['bytes_per_plant']} bytes a plant",
    ]
