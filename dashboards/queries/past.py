"""What was known of a moment, and what is known of it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store
from schemas.as_of.comparison import Comparison, compared
from schemas.as_of.moment import moment_of
from schemas.as_of.question import Kind, question_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a person wrote it; see `schemas.as_of.moment` for what `at` and `known` may be."""

    kind: Kind
    name: str
    at: str
    known: str


def compare(store: Store, tenants: Sequence[str], asked: Asked, now: datetime) -> Comparison:
    """Both answers; raises Rejected with what is accepted, and StoreUnavailable."""
    question = question_of(store.named, asked.kind, list(tenants), asked.name)
    # A fleet of nobody has no tenant: its moments are looked for among those shown.
    owners = list(question.tenants) or list(tenants)
    moment = moment_of(store.named, owners, asked.at, asked.known, now)
    return compared(store.named, question, moment, now)
