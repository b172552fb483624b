"""What was known of a moment, in a sentence, and values of all kinds in a table's cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dashboards.components.numbers import count, counted, figure
from dashboards.components.times import Reader
from schemas.as_of.comparison import Comparison, Line

NOTHING = "nothing"
Known = dict[str, Any]


def stood(found: Comparison, reader: Reader) -> str:
    """How it stood as far as it was known then; and where nothing was, that."""
    when, known = reader.exact(found.moment.at), reader.exact(found.moment.known)
    by = "" if when == known else f", as known {known}"
    if not found.then.get("exists"):
        later = " What is known of it now came in later." if found.now.get("exists") else ""
        return f"{when}{by}: nothing was known of {named(found)}.{later}"
    return f"{when}{by}: {SENTENCES[found.question.kind](found, reader)}"


def learned(found: Comparison) -> str:
    """How much of that is different now, in a sentence."""
    # That it exists is said by the sentence above.
    differences = [line for line in found.differences if line.path != ("exists",)]
    if not found.then.get("exists") and not found.now.get("exists"):
        return "Nothing is known of it now either. A moment after its first event has an answer."
    if not differences:
        return "Nothing that came in since changes the answer."
    first = ", ".join(thing(line) for line in differences[:3])
    more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
    are = "1 thing is" if len(differences) == 1 else f"{count(len(differences))} things are"
    return f"{are} known otherwise now: {first}{more}."


def named(found: Comparison) -> str:
    """What the question is about."""
    if found.question.kind == "fleet":
        return f"the fleet of {', '.join(found.question.tenants) or 'nobody'}"
    return f"the {found.question.kind} {found.question.name} of {found.question.tenants[0]}"


def thing(line: Line) -> str:
    """What a line is about, in words."""
    return " ".join(
        part.replace("_", " ") if place == 0 or len(line.path) < 3 else part
        for place, part in enumerate(line.path)
    )


def value(given: Any, reader: Reader) -> str:
    """A value in one line, times in the reader's zone."""
    match given:
        case None | "":
            said = NOTHING
        case datetime():
            said = reader.clock(given)
        case bool():
            said = "yes" if given else "no"
        case float():
            said = figure(given)
        case dict() | list() | tuple() if not given:
            said = NOTHING
        case dict():
            told = {name: item for name, item in given.items() if item not in (None, "")}
            said = ", ".join(f"{name.replace('_', ' ')} {value(item, reader)}" for name, item in told.items())
        case list() | tuple():
            said = ", ".join(value(item, reader) for item in given)
        case _:
            said = str(given)
    return said


def _device(found: Comparison, reader: Reader) -> str:
    then = found.then
    who = " ".join(part for part in (then["model"], "at " + then["site"] if then["site"] else "") if part)
    heard = (
        f"last heard {reader.clock(then['telemetry']['event_time'])}"
        if then["telemetry"]
        else "never heard of"
    )
    sessions = counted(len(then["sessions"]), "session") if then["sessions"] else "no session"
    alerts = (
        f"{counted(len(then['alerts']), 'open alert')}, risk {then['risk']}"
        if then["alerts"]
        else "no open alert"
    )
    return (
        f"{found.question.name} ({who or 'unknown model'}, firmware {then['firmware'] or 'unknown'}) was {heard}, "
        f"{sessions} open, {alerts}, credential {_credential_words(then['credential'])}."
    )


def _credential(found: Comparison, reader: Reader) -> str:
    then = found.then
    why = f", because {then['reason']}" if then.get("reason") else ""
    return f"the credential of {found.question.name} was {_credential_words(then)}{why}."


def _credential_words(stood: Known) -> str:
    wanted = f", {stood['wanted']} wanted and not yet proven" if stood["pending"] else ""
    return f"{stood['state']}{wanted}"


def _alert(found: Comparison, reader: Reader) -> str:
    then = found.then
    judged = f" as {then['verdict'].replace('_', ' ')}" if then["verdict"] else ""
    pieces = counted(len(then["evidence"]), "piece of evidence", "pieces of evidence")
    return f"{then['title']} on {then['device']} was {then['status']}{judged}, {then['severity']}, risk {then['risk']} of 100, on {pieces}."


def _rollout(found: Comparison, reader: Reader) -> str:
    then = found.then
    if "state" not in then:
        return f"{found.question.name} was not defined, but judged."
    gate = (then["by_stage"].get(str(then["stage"])) or {}).get("gate")
    said = f"; the gate said {gate['outcome']}" if gate else "; the gate had not said anything"
    return f"{found.question.name} was {then['state'].replace('_', ' ')} in stage {then['stage']} of {then['stages']}{said}."


def _fleet(found: Comparison, reader: Reader) -> str:
    then = found.then
    devices, credentials, alerts = then["devices"], then["credentials"], then["open_alerts"]
    open_now = ", ".join(f"{count} {severity}" for severity, count in alerts.items() if count)
    return (
        f"{devices['reporting']} of {counted(devices['known'], 'device')} reported, {devices['silent']} silent; "
        f"{counted(sum(alerts.values()), 'open alert')}{f' ({open_now})' if open_now else ''}; "
        f"{credentials['held']} held, {credentials['revoked']} revoked; {counted(len(then['rollouts']), 'rollout')}."
    )


SENTENCES: dict[str, Callable[[Comparison, Reader], str]] = {
    "device": _device,
    "credential": _credential,
    "alert": _alert,
    "rollout": _rollout,
    "fleet": _fleet,
}
