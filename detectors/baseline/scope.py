"""What a baseline finding may be a part of: devices of one model and site that do the same at about the same time."""

from __future__ import annotations

from detectors.baseline.row import DRIFT, SPIKE
from schemas.detection import Scope


def scope_of(kind: int, name: str, said: str, like: tuple[str, str], *, up: bool) -> Scope | None:
    """The devices like this one (of its model and site), None where a report says of neither; up is another thing than down.

    `name` is the finding's kind, `said` what such devices do, the same of one that is far out as of one that is less. Each finding tells
    of its own device only: when the first of many is found nobody knows of the others.
    """
    place = ", ".join(part for part in like if part)
    if not place:
        return None
    way = f" {'up' if up else 'down'}" if kind in (SPIKE, DRIFT) else ""
    return Scope(key=f"{name}{way} {place}", members=1, what=f"devices ({place}): {said}")
