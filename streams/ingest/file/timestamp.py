"""Reading the times of recordings, which come in many forms; a form is chosen once a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

EPOCHS = {"epoch_s": 1.0, "epoch_ms": 1e3, "epoch_us": 1e6}
# Plausible years 2000 to 2100, in seconds.
EARLIEST_S, LATEST_S = 946_684_800, 4_102_444_800
FORMATS = (
    "%d-%b-%y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%a %b %d %H:%M:%S %Y",
)
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class Stamp(msgspec.Struct, frozen=True):
    """One form of times: `iso`, an epoch, or a strptime format. Times without a zone are taken as UTC."""

    form: str

    def parse(self, text: str) -> datetime:
        """The aware UTC time; ValueError where the text has another form."""
        text = text.strip()
        if self.form in EPOCHS:
            return _from_epoch(float(text) / EPOCHS[self.form])
        time = datetime.fromisoformat(text) if self.form == "iso" else datetime.strptime(text, self.form)  # noqa: DTZ007
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def stamp_for(texts: Sequence[str], form: str = "", *, epoch: bool = True) -> Stamp | None:
    """The first form that reads at least half of the texts (a recording may have bad rows); None where none does.

    `epoch` allows bare numbers. Day before month is tried first where both are possible; give `form` for the other.
    """
    if not texts:
        return None
    forms = [form] if form else ["iso", *(EPOCHS if epoch else ()), *FORMATS]
    return next((Stamp(each) for each in forms if _reads(Stamp(each), texts)), None)


def _reads(stamp: Stamp, texts: Sequence[str]) -> bool:
    good = 0
    for text in texts:
        # fromisoformat also takes 20240101, which is more often a number.
        if stamp.form == "iso" and not ("-" in text or ":" in text):
            continue
        try:
            stamp.parse(text)
        except (ValueError, OverflowError):
            continue
        good += 1
    return good * 2 >= len(texts)


def _from_epoch(seconds: float) -> datetime:
    if not EARLIEST_S <= seconds <= LATEST_S:
        raise ValueError("not a time between 2000 and 2100")
    return ZERO + timedelta(seconds=seconds)
