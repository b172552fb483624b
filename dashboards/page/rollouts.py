"""Rollouts: may the next stage start, and if not, what would change that?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboards.components import sentences
from dashboards.components.badge import badge
from dashboards.components.charts.sequential_test import sequential_test
from dashboards.components.markup import show
from dashboards.components.numbers import count, points, share
from dashboards.components.table import Column, table
from dashboards.components.times import duration
from dashboards.queries import rollouts
from dashboards.queries.rollouts import GateVerdict, Rollout, Stage
from dashboards.view import View, header, live


def draw() -> None:
    """Draw the page; the campaign shown is named by the URL, else the one that goes on."""
    live(_content)


def _content(view: View) -> None:
    found = rollouts.campaigns(view.store, view.tenants)
    if not found:
        header(
            view, "Rollouts", "No rollout is defined. One appears with POST /v1/rollouts of the control API."
        )
        return
    chosen = _chosen(found)
    # Another tenant may have a rollout of the same name.
    verdicts = rollouts.verdicts(view.store, (chosen.tenant,), chosen.rollout, chosen.stage)
    verdict = verdicts[-1] if verdicts else None
    header(view, "Rollouts", sentences.rollout(chosen), _gate(chosen, verdict))
    if verdict is not None:
        _test(view, chosen, verdicts)
        _arms(verdict)
    _stages(view, chosen)
    _campaigns(view, found)


def _chosen(found: list[Rollout]) -> Rollout:
    named, tenant = st.query_params.get("rollout", ""), st.query_params.get("tenant", "")
    return next((r for r in found if r.rollout == named and tenant in ("", r.tenant)), found[0])


def _gate(chosen: Rollout, verdict: GateVerdict | None) -> Markup | str:
    if verdict is None:
        return (
            ""
            if chosen.stage == 0
            else "The gate says nothing yet: it judges once devices of the stage report."
        )
    said = verdict.explanation.removeprefix(verdict.outcome).strip(": .")
    return Markup("{}: {}.").format(badge(verdict.outcome), said)


def _test(view: View, chosen: Rollout, verdicts: list[GateVerdict]) -> None:
    title = f"{chosen.rollout}, stage {chosen.stage}: how far the verdict is"
    show(Markup("<h3>{}</h3>").format(title))
    chart = sequential_test(
        [v.time for v in verdicts],
        [v.difference for v in verdicts],
        [v.low for v in verdicts],
        [v.high for v in verdicts],
        margin=verdicts[-1].margin,
        dark=view.reader.dark,
    )
    st.altair_chart(chart, width="stretch", key="sequential", alt=title)
    last = verdicts[-1]
    show(
        Markup(
            "<p class='faint'>Line: estimated difference, now {}. Band: {} interval, valid at any time, now {} to {}. PROMOTE once all of "
            "it is below the margin of {}, ROLLBACK once all of it is above 0. {}</p>"
        ).format(
            points(last.difference),
            share(round(1000 * (1 - last.alpha)), 1000),
            points(last.low),
            points(last.high),
            points(last.margin),
            sentences.remaining(last),
        )
    )


Arm = tuple[str, int, int, int, int, int]


def _arms(verdict: GateVerdict) -> None:
    rows = [
        ("new firmware (treatment)", *_counts(verdict, "treatment")),
        ("old firmware (control)", *_counts(verdict, "control")),
    ]
    columns = [
        Column[Arm]("Arm", lambda r: r[0], wide=True),
        Column[Arm]("Assigned", lambda r: count(r[1]), number=True),
        Column[Arm]("Healthy", lambda r: count(r[2]), number=True),
        Column[Arm]("Rebooted", lambda r: count(r[3]), number=True),
        Column[Arm]("Silent", lambda r: count(r[4]), number=True),
        Column[Arm]("Not known yet", lambda r: count(r[5]), number=True),
        Column[Arm]("Failed of those known", lambda r: share(r[3] + r[4], r[2] + r[3] + r[4]), number=True),
    ]
    table(rows, columns, caption="Devices", empty="")


def _counts(verdict: GateVerdict, arm: str) -> tuple[int, int, int, int, int]:
    names = ("assigned", "healthy", "rebooted", "silent", "pending")
    assigned, healthy, rebooted, silent, pending = (getattr(verdict, f"{arm}_{name}") for name in names)
    return assigned, healthy, rebooted, silent, pending


def _stages(view: View, chosen: Rollout) -> None:
    columns = [
        Column[Stage]("Stage", lambda s: str(s.stage), number=True),
        Column[Stage]("Outcome", lambda s: badge(s.outcome or "running")),
        Column[Stage]("Gate", lambda s: badge(s.gate) if s.gate else "not judged yet"),
        Column[Stage]("Treatment", lambda s: count(s.treatment), number=True),
        Column[Stage]("Control", lambda s: count(s.control), number=True),
        Column[Stage]("Why", lambda s: s.gate_explanation, wide=True),
        Column[Stage]("Started", lambda s: view.moment(s.started_time)),
        Column[Stage]("Finished", lambda s: view.moment(s.finished_time) if s.finished_time else ""),
    ]
    caption = f"Stages of {chosen.rollout}: {chosen.previous} to {chosen.firmware}"
    found = rollouts.stages(view.store, (chosen.tenant,), chosen.rollout)
    table(found, columns, caption=caption, empty="No stage has started. Start one through the control API.")
    show(
        Markup(
            "<p class='faint'>A device is healthy after {} of reports, silent after {} without one; margin {}, error {}.</p>"
        ).format(
            duration(chosen.soak_s),
            duration(chosen.silence_s),
            points(chosen.margin),
            share(round(1000 * chosen.alpha), 1000),
        )
    )


def _campaigns(view: View, found: list[Rollout]) -> None:
    columns = [
        Column[Rollout]("Rollout", lambda r: view.rollout(r.tenant, r.rollout)),
        Column[Rollout]("Tenant", lambda r: r.tenant),
        Column[Rollout]("Firmware", lambda r: f"{r.previous} to {r.firmware}"),
        Column[Rollout]("State", lambda r: badge(r.state)),
        Column[Rollout]("Stage", lambda r: f"{r.stage} of {r.stages}", number=True),
        Column[Rollout]("Gate", lambda r: badge(r.gate) if r.gate else "not judged yet"),
        Column[Rollout]("Why", lambda r: r.gate_explanation, wide=True),
        Column[Rollout]("Changed", lambda r: view.moment(r.updated_time)),
    ]
    table(found, columns, caption="All rollouts", empty="")
