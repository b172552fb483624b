"""The story's letters, checked one by one: what was done to the fleet against what the store shows and the device saw. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.simulator.audit import Audit
from infra.simulator.observed import Observed, Row, of

KINDS = {
    "a": "rule.account_takeover",
    "b": "rule.credential_cloned",
    "c": "rule.attestation_failed",
}
WHAT = {
    "a": "guessed passwords, then a login and a configuration change from a new address",
    "b": "its credential used from two places",
    "c": "its attestation failed",
    "d": "its temperature sensor slowly fails",
    "e": "a healthy firmware",
    "f": "a firmware that crashes or hangs on a third of its devices",
    "h": "it begins to look for telnet servers",
}
TOUCHED = ("hold", "revoke", "restrict")


@dataclass(slots=True)
class Letter:
    """How one letter went; `problems` says what is missing, and it is well where there is none."""

    what: str
    detected_s: float | None = None
    cut_off_s: float | None = None
    facts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def must(self, holds: bool, problem: str) -> None:
        """Note a problem unless this holds."""
        if not holds:
            self.problems.append(problem)

    def summary(self) -> dict[str, Any]:
        """The part of the summary."""
        text = f"{self.what}: {'; '.join([*self.problems, *self.facts])}"
        return {
            "ok": not self.problems,
            "detected_s": self.detected_s,
            "cut_off_s": self.cut_off_s,
            "text": text,
        }


def check(truth: dict[str, Any], observed: Observed, audit: Audit) -> dict[str, dict[str, Any]]:
    """Every letter's part of the summary. A letter that is missing from the truth has not happened, so it is not well."""
    story = truth["story"]
    letters = {letter: _attack(letter, story[letter], observed) for letter in KINDS}
    letters["d"] = _found("d", story["d"], observed, "temperature_c", "about its temperature")
    letters |= {letter: _rollout(letter, story[letter], observed) for letter in "ef"}
    letters["g"] = _hostile(audit)
    letters["h"] = _found("h", story["h"], observed, "flow.unusual", "about its connections")
    return {letter: found.summary() for letter, found in letters.items()}


def untouched(truth: dict[str, Any], observed: Observed) -> list[str]:
    """What was done to the credentials of devices nobody attacked; empty where all is well."""
    attacked = {(truth["story"][letter]["tenant"], truth["story"][letter]["device"]) for letter in KINDS}
    problems = [
        f"{row['tenant']}/{row['device']}: {row['action']} was {row['state']} though nobody attacked it"
        for row in observed.decisions
        if (row["tenant"], row["device"]) not in attacked and row["action"] in TOUCHED
    ]
    problems += [
        f"{row['tenant']}/{row['device']} is {row['state']} though nobody attacked it"
        for row in observed.credentials
        if (row["tenant"], row["device"]) not in attacked and row["state"] != "active"
    ]
    if truth["healthy_sessions_dropped"]:
        problems.append(f"{truth['healthy_sessions_dropped']} MQTT sessions of healthy devices were dropped")
    return problems


def healthy_alerts(truth: dict[str, Any], observed: Observed) -> list[str]:
    """The devices that had an alert though nothing befell them, as `tenant/device`, one for each alert."""
    story = truth["story"]
    odd = {(story[letter]["tenant"], story[letter]["device"]) for letter in "abcdh"}
    odd |= {
        (story["f"]["tenant"], device)
        for name in ("crashing", "hanging")
        for device in story["f"].get(name, [])
    }
    alerts = {(row["tenant"], row["device"], row["alert"]) for row in observed.alerts}
    return sorted(f"{tenant}/{device}" for tenant, device, _ in alerts if (tenant, device) not in odd)


def _attack(letter: str, truth: Row, observed: Observed) -> Letter:
    result = Letter(f"{truth['device']}, {WHAT[letter]}")
    if truth["decisive"] is None:
        result.problems.append("it never happened")
        return result
    credential = next(iter(of(observed.credentials, truth)), None)
    state = credential["state"] if credential else "active"
    result.must(state in ("held", "revoked"), f"its credential is {state}")
    seen = _alerted(truth, observed, KINDS[letter])
    # The alert was there no later than the decision it caused was read.
    known = [time for time in (seen, credential and credential["decided_at"]) if time and seen]
    result.detected_s = _since(truth["decisive"], min(known)) if known else None
    result.must(seen is not None, f"no alert from {KINDS[letter]}")
    if known:
        result.facts.append(f"alert after {result.detected_s} s")
    _cut_off(truth, state, result)
    return result


def _cut_off(truth: Row, state: str, result: Letter) -> None:
    sessions = truth["sessions"]
    result.must(bool(sessions) and all(s["connected"] for s in sessions), "a session of it never began")
    dropped = [session["dropped"] for session in sessions if session["dropped"]]
    if not dropped or len(dropped) < len(sessions):
        result.problems.append("its session was not dropped")
        return
    result.cut_off_s = _since(truth["decisive"], max(map(_time, dropped)))
    result.facts.append(f"{state}, its session dropped after {result.cut_off_s} s")
    result.must(all(s["refused"] for s in sessions), "no reconnect was refused")
    returns = sum(session["returns"] for session in sessions)
    result.must(not returns, f"it got in again {returns} times")
    result.facts.append(f"{sum(session['refusals'] for session in sessions)} reconnects refused")


def _found(letter: str, truth: Row, observed: Observed, kind: str, about: str) -> Letter:
    """A device that must be found, and whose credential is nobody's business."""
    result = Letter(f"{truth['device']}, {WHAT[letter]}")
    if truth["decisive"] is None:
        result.problems.append("it never happened")
        return result
    seen = _alerted(truth, observed, kind)
    result.must(seen is not None, f"no alert {about}")
    if seen is not None:
        result.detected_s = _since(truth["began"], seen)
        result.must(result.detected_s >= 0, "the alert came before it began")
        result.facts.append(f"alert after {result.detected_s} s")
    touched = [row for row in of(observed.decisions, truth) if row["action"] in TOUCHED]
    result.must(not touched, "a decision was taken against its credential")
    if not touched:
        result.facts.append("its credential untouched")
    return result


def _rollout(letter: str, truth: Row, observed: Observed) -> Letter:
    result = Letter(f"{truth['rollout']} of {truth['tenant']}, {WHAT[letter]}")
    wanted, gate = truth["expects"], {"promoted": "PROMOTE", "rolled_back": "ROLLBACK"}[truth["expects"]]
    if truth.get("problem"):
        result.problems.append(truth["problem"])
    rows = [
        row
        for row in observed.stages
        if (row["tenant"], row["rollout"]) == (truth["tenant"], truth["rollout"])
    ]
    outcome = rows[0]["outcome"] if rows else ""
    result.must(outcome == wanted, f"it is {outcome or 'not finished'} and not {wanted}")
    verdict = next((row for row in observed.verdicts if rows and row["verdict"] == rows[0]["verdict"]), None)
    result.must(verdict is not None and verdict["outcome"] == gate, f"the gate did not say {gate}")
    last = verdict["explanation"] if verdict else (truth.get("gate") or {}).get("explanation")
    if last:
        result.facts.append(str(last))
    return result


def _hostile(audit: Audit) -> Letter:
    result = Letter("hostile messages over all three ways in", problems=list(audit.problems))
    result.must(audit.hostile.total() > 0, "none was sent")
    names = {"dead_letter": "dead-lettered with the right reason", "nothing": "stopped by the broker"}
    result.facts += [f"{count} {names.get(name, name)}" for name, count in sorted(audit.hostile.items())]
    return result


def _alerted(truth: Row, observed: Observed, kind: str) -> datetime | None:
    """When the first alert resting on a detection of this kind about the device was stored."""
    found = {row["detection"] for row in of(observed.detections, truth) if kind in row["kind"]}
    times = [row["archived_time"] for row in of(observed.alerts, truth) if row["detection"] in found]
    return min(times, default=None)


def _since(began: str, until: datetime) -> float:
    return round((until - _time(began)).total_seconds(), 3)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
