"""A row of the mapping table: what one event type is in OCSF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.event import Envelope
from streams.ocsf.classes import OcsfClass
from streams.ocsf.objects import Object, said, severity_id

T = TypeVar("T", int, str)
Filler = Callable[[Envelope], Object]
INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4, 5
# The event says itself how severe it is.
OWN = -1
SUCCESS, FAILURE = 1, 2


@dataclass(frozen=True, slots=True)
class By(Generic[T]):
    """What depends on a field of the event; `default` for a value that is not named."""

    field: str
    named: dict[str, T]
    default: T

    def chosen(self, envelope: Envelope) -> T:
        """What it is for this event."""
        return self.named.get(str(getattr(envelope.data, self.field, "")), self.default)


@dataclass(frozen=True, slots=True)
class Row:
    """One event type in OCSF: its class, what `fill` says besides what every event has, and `why` it is of this class.

    `severity` may be `OWN`; `status` 0 says nothing of success.
    """

    ocsf: OcsfClass
    fill: Filler
    activity: int | By[int]
    severity: int
    why: str
    status: int | By[int] = 0

    def activity_id(self, envelope: Envelope) -> int:
        """The activity of this event."""
        return _chosen(self.activity, envelope)

    def status_id(self, envelope: Envelope) -> int:
        """Whether what this event tells of succeeded; 0 where that is no question."""
        return _chosen(self.status, envelope)

    def severity_id(self, envelope: Envelope) -> int:
        """The severity of this event."""
        return severity_id(said(envelope, "severity") or "") if self.severity == OWN else self.severity


@dataclass(frozen=True, slots=True)
class Shape:
    """What several event types have in common: the class, and how its attributes are filled."""

    ocsf: OcsfClass
    fill: Filler

    def row(self, activity: str | By[str], severity: int, why: str, status: int | By[int] = 0) -> Row:
        """A row of this shape; the activity by its name in the class (or `Other`), KeyError where the class has none of that name."""
        return Row(self.ocsf, self.fill, self._number(activity), severity, why, status)

    def _number(self, activity: str | By[str]) -> int | By[int]:
        number = self.ocsf.activity_id
        if isinstance(activity, str):
            return number(activity)
        numbers = {value: number(name) for value, name in activity.named.items()}
        return By(activity.field, numbers, number(activity.default))


def _chosen(number: int | By[int], envelope: Envelope) -> int:
    return number if isinstance(number, int) else number.chosen(envelope)
