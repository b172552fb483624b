"""Which exceptions a verdict proposes; nothing follows from one until a person accepts it."""

from __future__ import annotations

from collections.abc import Collection

from detectors.feedback import exceptions
from detectors.feedback.bar import false_on
from detectors.feedback.bounds import LEAST_MISFITS, MISFIT
from detectors.triage.case import Alert, Case, Cases
from schemas.alert import Verdict
from schemas.event import Envelope
from schemas.exception import ExceptionProposal
from schemas.ids import derive


def proposed(
    state: Cases, case: Case, alert: Alert, event: Envelope, verdict: Verdict
) -> tuple[ExceptionProposal, ...]:
    """One for each kind and direction of the alert that the verdict says is to be expected."""
    keys = _expected(state, alert, event, verdict)
    return tuple(
        exceptions.propose(
            derive("exception", event.tenant, event.subject, key, event.id),
            key,
            sign,
            case.exceptions,
            alert.id,
            alert.last,
        )
        for key, sign in alert.signs.items()
        if key in keys
    )


def _expected(state: Cases, alert: Alert, event: Envelope, verdict: Verdict) -> Collection[str]:
    """The kinds and directions of an alert that a verdict says are to be expected: of a benign one all; of a false one those beside which
    the device is called odd again and again."""
    if verdict == "benign_positive":
        return alert.signs
    if verdict != "false_positive":
        return ()
    return [key for key in alert.signs if key.startswith(MISFIT) and _misfits(state, alert, event, key)]


def _misfits(state: Cases, alert: Alert, event: Envelope, key: str) -> bool:
    before = false_on(state.cells.get(f"{event.tenant}/{key}"), event.subject, alert.last)
    return before + 1 >= LEAST_MISFITS
