"""The sentences that answer a page's question: subject first, then the number, then what is usual, then what was done.

Pure functions of what the queries found, so they can be tested without a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

from dashboards.components import feedback
from dashboards.components.numbers import count, counted, share
from dashboards.components.times import Reader, duration, span
from dashboards.queries.alerts import Alert, SeverityCount
from dashboards.queries.credentials import Credential, Decision
from dashboards.queries.detections import Detection
from dashboards.queries.devices import SILENT_AFTER_S, Device, Fleet, Peers
from dashboards.queries.ledger import Account, Freshness
from dashboards.queries.rollouts import GateVerdict, Rollout
from detectors.triage.urgency import ENDINGS

OLD_S = 30
PROVEN = {"held": "held", "revoked": "revoked", "active": "active again", "restricted": "restricted"}
VERDICTS = {
    "true_positive": "true positive",
    "false_positive": "false positive",
    "benign_positive": "benign positive",
    "unknown": "unknown",
}


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


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def cut_offs(credentials: Sequence[Credential]) -> str:
    """Who is cut off now and how long it took."""
    cut = [c for c in credentials if c.state in ("held", "revoked")]
    if not cut:
        return "No credential is cut off."
    states = [
        f"{count(number)} {state}"
        for state in ("revoked", "held")
        if (number := sum(c.state == state for c in cut))
    ]
    return f"{counted(len(cut), 'device')} cut off ({listed(states)}){_took(cut)}."


def _took(cut: Sequence[Credential]) -> str:
    took = [c.cut_off_s for c in cut if c.cut_off_s is not None]
    if not took:
        return ""
    if len(took) == 1:
        return f"; it took {duration(took[0])} from the event"
    middle, slowest = duration(median(took)), duration(max(took))
    if middle == slowest:
        return f", each within {slowest} of the event"
    return f"; half of them within {middle} of the event, the slowest in {slowest}"


def outstanding(credentials: Sequence[Credential], proposals: Sequence[Decision]) -> str:
    """Who should be cut off (or let back in) and isn't yet."""
    late = [c for c in credentials if c.pending]
    told = []
    if late:
        names = listed(
            [c.device for c in late[:3]] + ([f"{count(len(late) - 3)} more"] if len(late) > 3 else [])
        )
        verb = "is" if len(late) == 1 else "are"
        told.append(f"{names} {verb} decided on but not yet proven done.")
    if proposals:
        told.append(
            f"{counted(len(proposals), 'proposal')} {'waits' if len(proposals) == 1 else 'wait'} for a person."
        )
    return " ".join(told) or "Everything decided is done."


def fleet(fleet: Fleet) -> str:
    """Whether the fleet is well."""
    if not fleet.devices:
        return "No device is known yet. One appears with its first report."
    silent = (
        f"{counted(fleet.silent, 'device')} silent for {span(SILENT_AFTER_S)} or more"
        if fleet.silent
        else "none silent"
    )
    if fleet.silences:
        silent += f" ({counted(fleet.silences, 'alert')} of a silence that is not usual)"
    alerted = f"{count(fleet.alerted)} with an open alert" if fleet.alerted else "none with an open alert"
    return f"{count(fleet.reporting)} of {counted(fleet.devices, 'device')} report; {silent}, {alerted}."


def trust(account: Account | None, freshness: Freshness | None, reader: Reader) -> str:
    """Whether the numbers can be trusted: does everything add up, and how old is it."""
    if account is None or freshness is None or freshness.archived_time is None:
        return "Nothing came in yet, so there is nothing to trust or doubt."
    return f"{balance(account)} {_age(freshness, reader)}".strip()


def balance(account: Account) -> str:
    """Whether everything that was accepted is stored or dead-lettered."""
    if account.difference == 0:
        return (
            f"All {count(account.accepted)} accepted events are accounted for; "
            f"{count(account.dead_lettered + account.rejected)} refused with a reason."
        )
    if account.difference > 0:
        return (
            f"{counted(account.difference, 'accepted event')} not stored yet, of {count(account.accepted)}."
        )
    return f"{counted(-account.difference, 'event')} stored that the edge has not counted yet, of {count(account.archived)}."


def _age(freshness: Freshness, reader: Reader) -> str:
    if freshness.archived_time is None:
        return ""
    age_s = (reader.now - freshness.archived_time).total_seconds()
    return f"Nothing new was stored for {span(age_s)}." if age_s > OLD_S else ""


def may_connect(device: str, credential: Credential | None, reader: Reader) -> str:
    """Whether a device may still connect, and since when not."""
    if credential is None or not credential.decision:
        return f"{device} may connect: nothing was ever decided about its certificate."
    if credential.state in ("held", "revoked"):
        since = credential.revocation_visible_at or credential.ca_updated_at
        when = f" since {reader.clock(since)}" if since else ""
        took = (
            f", {duration(credential.cut_off_s)} after the event" if credential.cut_off_s is not None else ""
        )
        return f"{device} may not connect: its certificate is {credential.state}{when}{took}."
    if credential.pending:
        failed = (
            f" The last try failed: {credential.failure}."
            if credential.failed_at and credential.failure
            else ""
        )
        return f"{device} may still connect: its certificate should be {credential.wanted}, which is not proven yet.{failed}"
    if credential.action == "reinstate":
        by = f" by {credential.actor}" if credential.actor else ""
        when = f" at {reader.clock(credential.reinstated_at)}" if credential.reinstated_at else ""
        return f"{device} may connect: its certificate was reinstated{by}{when}."
    return f"{device} may connect."


def what_was_done(alert: Alert, credential: Credential | None, reader: Reader) -> str:
    """What the system and people did about an alert."""
    acted = may_connect(alert.device, credential, reader) if credential and credential.decision else ""
    if not acted:
        acted = "No credential was touched."
    if alert.is_set_aside:
        return f"{acted} {feedback.set_aside(alert)}"
    if alert.status == "closed":
        return f"{acted} Closed as {VERDICTS.get(alert.verdict, alert.verdict)} by {alert.actor or 'nobody named'}."
    if alert.status == "acknowledged":
        return f"{acted} {alert.actor or 'Somebody'} works on it."
    return f"{acted} Nobody works on it yet."


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


def what_to_do(alert: Alert, credential: Credential | None, proposals: int = 0) -> str:
    """The next step for a person; `proposals` exceptions wait that verdicts on it proposed."""
    cut_off = credential is not None and credential.state in ("held", "revoked")
    if alert.status == "closed" and proposals:
        return f"Accept or reject the {'exception' if proposals == 1 else 'exceptions'} proposed below."
    if alert.status == "closed":
        return _after_closing(alert, credential)
    if cut_off and credential is not None and credential.state == "held":
        return "Decide whether it was an attack. If it was, keep the certificate held; if not, close it as false and reinstate."
    if cut_off:
        return (
            "Find out how it happened and give the device a new certificate; this one stays revoked for ever."
        )
    return next(text for start, text in NEXT_STEPS if alert.kind.startswith(start))


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


def device(found: Device, peers: Peers, reader: Reader, silence: Detection | None = None) -> str:
    """Who a device is and what it is doing; `silence` is the newest finding about a silence of it."""
    where = f" at {found.site}" if found.site else ""
    firmware = f" with firmware {found.firmware}" if found.firmware else ""
    who = f"{found.device} is a {found.model or 'device of unknown model'} of {found.tenant}{where}{firmware}"
    if found.last_received is None:
        return f"{who}; it never sent telemetry."
    heard = reader.age(found.last_received)
    doing = f"silent, last heard {heard}" if found.is_silent(reader.now) else f"reporting, last heard {heard}"
    return f"{who}; {doing}.{_silence(silence, reader)} {_peers(peers)}"


def _silence(found: Detection | None, reader: Reader) -> str:
    """What detection said last of a silence of a device, where that is of the last day or goes on."""
    if found is None or (found.kind in ENDINGS and reader.now - found.time > timedelta(days=1)):
        return ""
    return (
        f" {found.explanation}"
        if found.kind in ENDINGS
        else f" Told as silent {reader.age(found.time)}: {found.explanation}"
    )


def _peers(peers: Peers) -> str:
    if not peers.peers:
        return "It has no peers of the same model, site and firmware."
    if not peers.alerted:
        return f"None of its {counted(peers.peers, 'peer')} has an open alert."
    verb = "has" if peers.alerted == 1 else "have"
    return f"{count(peers.alerted)} of its {counted(peers.peers, 'peer')} {verb} an open alert."


def rollout(found: Rollout) -> str:
    """Whether the next stage may start, in one sentence; what would change it is the gate's own explanation."""
    stage = f"stage {found.stage} of {found.stages}"
    settled = {
        "defined": f"{found.rollout} ({found.previous} to {found.firmware}) has no stage running: start stage 1 with the control API.",
        "rolled_back": f"{found.rollout} was rolled back in {stage}: {found.firmware} must not go on.",
        "promoted": f"{found.rollout} is finished: {found.firmware} passed all {counted(found.stages, 'stage')}.",
        "stopped": f"{found.rollout} was stopped in {stage}.",
        "waiting": f"{found.rollout}, {stage} passed: stage {found.stage + 1} may go on.",
    }
    judged = {
        "PROMOTE": "may go on",
        "HOLD": "may not go on yet",
        "ROLLBACK": "must go back",
        "INVALID": "may not go on: the comparison is not valid",
        "": "may not go on: the gate has not judged it yet",
    }
    running = f"{found.rollout}, {stage}, {judged.get(found.gate, 'may not go on')}."
    return settled.get(found.state, running)


def remaining(verdict: GateVerdict) -> str:
    """What the picture of a sequential test does not show: which rule decided, or how much is missing."""
    if verdict.outcome == "ROLLBACK" and verdict.low <= 0:
        return "The order in which devices failed decided, before the interval could: nearly all of the first ones are treated."
    return (
        f"About {count(verdict.needed)} devices an arm are needed for a clean PROMOTE."
        if verdict.needed
        else ""
    )


def refused(account: Account) -> str:
    """How much of what came in was refused."""
    dead = account.dead_lettered + account.rejected
    return f"{count(dead)} of {count(account.received)} received ({share(dead, account.received)}) were refused and kept."
