"""What needs a person, what was done about an alert, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.components import feedback
from dashboards.components.numbers import count, counted
from dashboards.components.sentences.credentials import may_connect, proposal
from dashboards.components.sentences.enumeration import listed
from dashboards.components.sentences.next_steps import next_step
from dashboards.components.times import Reader
from dashboards.queries.alerts import Alert, SeverityCount
from dashboards.queries.credentials import Credential, Decision

VERDICTS = {
    "true_positive": "true positive",
    "false_positive": "false positive",
    "benign_positive": "benign positive",
    "unknown": "unknown",
}


# Whoever holds what shall be held has approved that.
HOLD = "Decide whether it is cut off: hold it below, which approves the proposal, or reject it on the Credentials page."


def attention(waiting: Sequence[SeverityCount], proposals: int) -> str:
    """What needs a person: open alerts by severity and decisions to approve."""
    if not waiting and not proposals:
        return "Nothing needs you: no alert is open and no decision waits."
    parts = [f"{count(row.alerts)} {row.severity}" for row in waiting]
    alerts, untouched = sum(row.alerts for row in waiting), sum(row.untouched for row in waiting)
    told = []
    if alerts:
        taken = _taken(alerts, untouched)
        told.append(f"{listed(parts)} {'alert is' if alerts == 1 else 'alerts are'} open, {taken}.")
    if proposals:
        told.append(
            f"{counted(proposals, 'decision')} {'waits' if proposals == 1 else 'wait'} for your approval."
        )
    return " ".join(told)


def _taken(alerts: int, untouched: int) -> str:
    if untouched == 0:
        return "all taken"
    if untouched == alerts:
        return "nobody has taken it" if alerts == 1 else "nobody has taken any"
    return f"{count(untouched)} not yet taken"


def what_was_done(
    alert: Alert, credential: Credential | None, reader: Reader, waiting: Decision | None = None
) -> str:
    """What the system and people did about an alert; `waiting` is what is proposed about its device's certificate."""
    touched = credential is not None and credential.decision
    acted = (
        may_connect(alert.device, credential, reader, waiting)
        if touched
        else f"No credential was touched. {proposal(waiting)}".strip()
    )
    if alert.is_set_aside:
        return f"{acted} {feedback.set_aside(alert)}"
    if alert.status == "closed":
        return f"{acted} Closed as {VERDICTS.get(alert.verdict, alert.verdict)} by {alert.actor or 'nobody named'}."
    if alert.status == "acknowledged":
        return f"{acted} {alert.actor or 'Somebody'} works on it."
    return f"{acted} Nobody works on it yet."


def what_to_do(
    alert: Alert, credential: Credential | None, proposals: int = 0, waiting: Decision | None = None
) -> str:
    """The next step for a person; `proposals` exceptions wait that verdicts on it proposed, `waiting` is a decision that waits."""
    cut_off = credential is not None and credential.state in ("held", "revoked")
    if alert.status == "closed" and proposals:
        return f"Accept or reject the {'exception' if proposals == 1 else 'exceptions'} proposed below."
    if waiting is not None:
        settle = f"Approve or reject the proposed {waiting.action} on the Credentials page."
        return HOLD if waiting.action == "hold" else settle
    if alert.status == "closed":
        return _after_closing(alert, credential)
    if cut_off and credential is not None and credential.state == "held":
        return "Decide whether it was an attack. If it was, keep the certificate held; if not, close it as false and reinstate."
    if cut_off:
        return (
            "Find out how it happened and give the device a new certificate; this one stays revoked for ever."
        )
    return next_step(alert.kind)


def _after_closing(alert: Alert, credential: Credential | None) -> str:
    if alert.is_set_aside and alert.verdict == "cut_off":
        return "Nothing, unless it should be back: then reinstate it or give it a new certificate."
    if alert.is_set_aside:
        return "Nothing. If it was an attack or a fault, say so: a true verdict takes the bar away at once."
    held = credential is not None and credential.state == "held"
    wrong = alert.verdict in ("false_positive", "benign_positive")
    return (
        "Reinstate the certificate: the verdict says nothing was wrong."
        if held and wrong
        else "Nothing: it is closed."
    )
