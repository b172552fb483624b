"""The few words that carry colour. Each has a shape too, so that nobody needs to see the colour."""

from __future__ import annotations

from markupsafe import Markup

from dashboards.theme import CRITICAL, HIGH, LOW, MEDIUM, UNKNOWN, WELL, tone

SHAPES = {
    CRITICAL: "◆",
    HIGH: "▲",
    MEDIUM: "■",
    LOW: "●",
    WELL: "✓",
    UNKNOWN: "○",
}
COLOURS = {
    "critical": CRITICAL,
    "high": HIGH,
    "medium": MEDIUM,
    "low": LOW,
    "open": HIGH,
    "acknowledged": LOW,
    "closed": UNKNOWN,
    "true_positive": CRITICAL,
    "false_positive": WELL,
    "benign_positive": WELL,
    "below_bar": UNKNOWN,
    "expected": WELL,
    "cut_off": UNKNOWN,
    "accepted": WELL,
    "active": WELL,
    "monitored": LOW,
    "restricted": MEDIUM,
    "held": HIGH,
    "revoked": CRITICAL,
    "proposed": MEDIUM,
    "decided": LOW,
    "rejected": UNKNOWN,
    "failed": CRITICAL,
    "monitor": LOW,
    "restrict": MEDIUM,
    "hold": HIGH,
    "revoke": CRITICAL,
    "reinstate": WELL,
    "PROMOTE": WELL,
    "HOLD": MEDIUM,
    "ROLLBACK": CRITICAL,
    "INVALID": UNKNOWN,
    "promoted": WELL,
    "rolled_back": CRITICAL,
    "stopped": UNKNOWN,
    "running": LOW,
    "reporting": WELL,
    "silent": UNKNOWN,
    "well": WELL,
    "late": MEDIUM,
    "differs": MEDIUM,
    "lost": CRITICAL,
    "manufactured": LOW,
    "provisioned": LOW,
    "claimed": LOW,
    "quarantined": HIGH,
    "decommissioned": UNKNOWN,
    "as_desired": WELL,
    "affected": HIGH,
    "under_investigation": MEDIUM,
    "not_affected": WELL,
    "fixed": WELL,
}


def colour_of(word: str) -> str:
    """The one colour of a word; grey for a word that has none."""
    return COLOURS.get(word, UNKNOWN)


def badge(word: str, text: str = "") -> Markup:
    """`word` with its shape in its colour; `text` where it should read differently."""
    colour = colour_of(word)
    shown = text or word.replace("_", " ")
    return Markup("<span class='badge'><span style='color:{}' aria-hidden='true'>{}</span> {}</span>").format(
        tone(colour), SHAPES[colour], shown
    )
