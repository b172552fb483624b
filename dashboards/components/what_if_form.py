"""The form of a what-if: only what is filled in is changed, everything else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import streamlit as st

from detectors.baseline.parameters import DEFAULTS
from detectors.revocation.policy import ACTIONS
from detectors.rules import account_takeover
from detectors.rules.engine import RULES
from detectors.triage.decider import WINDOW
from schemas.event import rfc3339
from schemas.rollout import GatePolicy

AS_IT_IS = "as it is"
STRETCHES: dict[str, timedelta | None] = {
    "Everything": None,
    "Last hour": timedelta(hours=1),
    "Last day": timedelta(days=1),
    "Last week": timedelta(days=7),
}
BETWEEN = "Between"
RULE_KINDS = tuple(rule.kind for rule in RULES)
ANSWERS = (AS_IT_IS, "none", "monitor", "restrict", "hold", "revoke")
BASELINE = {
    "spike_z": "Spike: deviations off the level",
    "spike_factor": "Spike: times what the cohort reaches",
    "drift_factor": "Drift: times what the cohort reaches",
    "warm_up": "Reports before anything is said",
}
GATE = {
    "margin": "Margin (share)",
    "alpha": "Error probability",
    "min_devices": "Least devices an arm",
    "soak_s": "Soak, s",
    "silence_s": "Silent after, s",
    "max_reboots": "Reboots allowed",
}
# What each preset puts into the form; all other fields are emptied.
PRESETS: dict[str, dict[str, Any]] = {
    "Nothing changed": {},
    "More sensitive baseline": {
        "baseline.spike_z": 6.0,
        "baseline.spike_factor": 1.5,
        "baseline.drift_factor": 1.5,
    },
    "Calmer baseline": {
        "baseline.spike_z": 14.0,
        "baseline.spike_factor": 3.0,
        "baseline.drift_factor": 3.0,
    },
    "No baseline": {"baseline.on": False},
    "Silence not told": {"silence.on": False},
    "Cohorts not told": {"cohorts.on": False},
    "Unusual flows not told": {"flows.on": False},
    "Wrong clocks not told": {"clocks.on": False},
    "No account take-over rule": {"rules": [kind for kind in RULE_KINDS if kind != "rule.account_takeover"]},
    "Only people decide": {f"actions.{kind}": "none" for kind in ACTIONS},
    "Hold, never revoke": {"actions.rule.credential_cloned": "hold"},
    "Stricter gate": {"gate.margin": 0.05},
    "Twice the soak": {"gate.soak_s": 60.0},
}


def empty() -> dict[str, Any]:
    """Every field of the form as it is when nothing is changed."""
    fields: dict[str, Any] = {
        "rules": list(RULE_KINDS),
        "baseline.on": True,
        "silence.on": True,
        "cohorts.on": True,
        "flows.on": True,
        "clocks.on": True,
        "guesses": None,
        "window_min": None,
        "feedback": True,
    }
    fields |= {f"baseline.{name}": None for name in BASELINE} | {f"gate.{name}": None for name in GATE}
    return fields | {f"actions.{kind}": AS_IT_IS for kind in ACTIONS} | {"max_decisions": None}


def variant_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The variant that a filled form means, as the control API takes it."""
    rules: dict[str, dict[str, Any]] = {
        kind.removeprefix("rule."): {"on": False} for kind in RULE_KINDS if kind not in fields["rules"]
    }
    if fields["guesses"] is not None:
        rules.setdefault("account_takeover", {})["guesses"] = fields["guesses"]
    baseline = _filled(fields, "baseline.", BASELINE)
    if not fields["baseline.on"]:
        baseline["on"] = False
    response: dict[str, Any] = {}
    actions = {kind: fields[f"actions.{kind}"] for kind in ACTIONS if fields[f"actions.{kind}"] != AS_IT_IS}
    if actions:
        response["actions"] = actions
    if fields["max_decisions"] is not None:
        response["max_decisions"] = fields["max_decisions"]
    triage: dict[str, Any] = {} if fields["feedback"] else {"feedback": False}
    if fields["window_min"] is not None:
        triage["window_s"] = fields["window_min"] * 60.0
    parts = {"rules": rules, "baseline": baseline, "triage": triage, "response": response}
    for part in ("silence", "cohorts", "flows", "clocks"):
        if not fields[f"{part}.on"]:
            parts[part] = {"on": False}
    parts["gate"] = _filled(fields, "gate.", GATE)
    return {name: part for name, part in parts.items() if part}


def form(zone: tzinfo, now: datetime) -> dict[str, Any] | None:
    """Draw the form; the variant when somebody asks for it."""
    for name, value in empty().items():
        st.session_state.setdefault(name, value)
    st.selectbox("Start from", list(PRESETS), key="preset", on_change=_preset)
    stretch = st.selectbox("Over", [*STRETCHES, BETWEEN], key="stretch")
    limits = _between(zone, now) if stretch == BETWEEN else _last(STRETCHES[stretch], now)
    _rules()
    _baseline()
    _response()
    _gate()
    name = st.text_input("Name", key="name", placeholder="To find it again")
    if not st.button("What if?", key="ask", type="primary", icon=":material/play_arrow:"):
        return None
    variant = {**limits, **variant_of({field: st.session_state[field] for field in empty()})}
    return {"name": name, **variant} if name else variant


def _preset() -> None:
    for name, value in {**empty(), **PRESETS[st.session_state["preset"]]}.items():
        st.session_state[name] = value


def _rules() -> None:
    with st.expander("Rules and alerts"):
        st.multiselect(
            "Rules that are on",
            RULE_KINDS,
            key="rules",
            format_func=lambda kind: kind.removeprefix("rule.").replace("_", " "),
        )
        _number(
            "guesses", "Failed logins of a take-over", account_takeover.GUESSES, 1, account_takeover.FAILURES
        )
        _number(
            "window_min", "Minutes within which findings are one alert", WINDOW.total_seconds() / 60, 0.1, 1e4
        )
        st.toggle("Verdicts and exceptions set findings aside", key="feedback")


def _baseline() -> None:
    with st.expander("Baseline, silence, cohorts, flows and clocks"):
        st.toggle("Silence is told", key="silence.on")
        st.toggle("What stands out in a cohort is told", key="cohorts.on")
        st.toggle("Unusual network flows are told", key="flows.on")
        st.toggle("Wrong clocks are told", key="clocks.on")
        st.toggle("On", key="baseline.on")
        for name, label in BASELINE.items():
            default = getattr(DEFAULTS, name)
            _number(f"baseline.{name}", label, default, 1 if isinstance(default, int) else 0.1, 10_000)


def _response() -> None:
    with st.expander("Credentials"):
        for kind, action in ACTIONS.items():
            label = f"{kind.removeprefix('rule.').replace('_', ' ').capitalize()}: {action}, unless"
            st.selectbox(label, ANSWERS, key=f"actions.{kind}")
        _number("max_decisions", "Most decisions an hour by itself", None, 1, 1_000_000)


def _gate() -> None:
    with st.expander("Rollout gate"):
        whole = {"min_devices", "max_reboots"}
        for name, label in GATE.items():
            default = getattr(GatePolicy(), name)
            least: float = 0 if name == "max_reboots" else 1 if name in whole else 0.001
            most: float = {"margin": 0.999, "alpha": 0.499}.get(name, 1_000_000)
            _number(f"gate.{name}", label, type(default)(), least, most, shown=AS_IT_IS)


def _number(key: str, label: str, default: float | None, least: float, most: float, shown: str = "") -> None:
    """A number that is empty while nothing is changed; what is there now stands in its place."""
    whole = isinstance(default, int) or default is None
    kind = int if whole else float
    there = shown or (AS_IT_IS if default is None else f"{default:g}, {AS_IT_IS}")
    st.number_input(
        label,
        min_value=kind(least),
        max_value=kind(most),
        value=None,
        step=1 if whole else None,
        format="%d" if whole else "%g",
        key=key,
        placeholder=there,
    )


def _last(length: timedelta | None, now: datetime) -> dict[str, str]:
    return {"since": rfc3339(now - length)} if length else {}


def _between(zone: tzinfo, now: datetime) -> dict[str, str]:
    today = now.astimezone(zone).date()
    found = {}
    for name, day, clock in (("since", today, time(0, 0)), ("until", today + timedelta(days=1), time(0, 0))):
        left, right = st.columns(2)
        chosen = left.date_input(f"{name.capitalize()}", day, key=f"{name}_day")
        hour = right.time_input("at", clock, key=f"{name}_time", label_visibility="hidden", step=60)
        if isinstance(chosen, date) and hour is not None:
            found[name] = rfc3339(datetime.combine(chosen, hour, zone).astimezone(UTC))
    return found


def _filled(fields: Mapping[str, Any], prefix: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name in names if (value := fields[prefix + name]) is not None}
