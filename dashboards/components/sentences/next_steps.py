"""What a person does about an open alert, by what was found."""

from __future__ import annotations

from detectors.triage.urgency import ENDINGS

# By the beginning of an alert's kind, the first that fits.
NEXT_STEPS = (
    *(
        (kind, "Find out what it was (power, network, somebody at the device), then give a verdict.")
        for kind in ENDINGS
    ),
    (
        "silence.",
        "Find out whether power or network failed there or somebody switched it off; the alert says when it reports again.",
    ),
    (
        "clock.",
        "Set its clock, or find out why it does not keep time (NTP, battery); the alert says when it is right again.",
    ),
    (
        "cohort.outlier",
        "Find out what is different about it alone (its place, its load, its settings, what was done to it lately); then give a verdict.",
    ),
    (
        "cohort.pattern",
        "Look below which of its metrics left the others: a sensor that lies moves alone, a fault or misuse moves"
        " several; then give a verdict.",
    ),
    (
        "cohort.shift",
        "Find out what all of them share and what was just done to it: a firmware, a configuration, a gateway, their surroundings;"
        " then give a verdict.",
    ),
    (
        "cohort.poisoned",
        "Find out since when it is led away and by which devices. If that was no wear or season, let detection forget what they taught,"
        " on the device's page.",
    ),
    (
        "baseline.restarts",
        "Find out what restarts it (power, watchdog, an update that fails, somebody at the device); then give a verdict.",
    ),
    (
        "baseline.drift",
        "Compare it with its peers below. A slow change on one device is usually wear: have it serviced and close as benign.",
    ),
    (
        "baseline.",
        "Look below whether a firmware, configuration or login came just before; then give a verdict.",
    ),
    (
        "flow.",
        "Find out what on the device opens such flows and whether it should. If nothing explains them, cut it off the network; then give a"
        " verdict.",
    ),
    ("", "Read the evidence below, then give a verdict."),
)


def next_step(kind: str) -> str:
    """What to do about an alert of a kind."""
    return next(text for start, text in NEXT_STEPS if kind.startswith(start))
