"""Which erasures are asked for and how far each is: a fold of the topic `privacy`. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from schemas.event import Envelope
from schemas.privacy import RetentionApplied, SubjectErase, SubjectErased, SubjectKeyDestroyed


@dataclass(slots=True)
class Requests:
    """The requests in the order they were made, and which of them have got how far."""

    asked: dict[str, Envelope] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    retained_time: datetime | None = None

    def add(self, event: Envelope) -> None:
        """Take one event of the topic; repeats change nothing."""
        match event.data:
            case SubjectErase():
                self.asked.setdefault(event.id, event)
            case SubjectKeyDestroyed(request=request):
                self.destroyed.add(request)
            case SubjectErased(request=request):
                self.erased.add(request)
            case RetentionApplied():
                self.retained_time = event.time

    @property
    def pending(self) -> list[Envelope]:
        """The requests that are not complete, oldest first."""
        return [event for id_, event in self.asked.items() if id_ not in self.erased]
