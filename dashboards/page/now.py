"""Now: what needs me, what did the system do by itself, is the fleet well, can I trust these numbers?"""

from __future__ import annotations

from markupsafe import Markup

from dashboards import theme
from dashboards.components import sentences
from dashboards.components.alert_table import alert_table
from dashboards.components.badge import badge
from dashboards.components.markup import joined, show
from dashboards.components.numbers import count
from dashboards.components.table import Column, table
from dashboards.components.times import Reader, duration
from dashboards.queries import alerts, credentials, devices, ledger, rollouts
from dashboards.queries.alerts import Alert, SeverityCount
from dashboards.queries.credentials import Credential, Decision
from dashboards.queries.ledger import Account
from dashboards.queries.rollouts import Rollout
from dashboards.theme import CRITICAL, HIGH, LOW, MEDIUM, UNKNOWN, WELL
from dashboards.view import View, header, live

SHOWN = 6
TONES = {"critical": CRITICAL, "high": HIGH, "medium": MEDIUM, "low": LOW}


def draw() -> None:
    """Draw the page."""
    live(_content)


def _content(view: View) -> None:
    waiting = alerts.waiting(view.store, view.tenants)
    proposals = credentials.proposed(view.store, view.tenants)
    touched = credentials.touched(view.store, view.tenants)
    worst = alerts.queue(view.store, view.tenants, limit=SHOWN)
    header(view, "Now", _first(view, worst))
    show(_tiles(view, waiting, proposals, touched))
    alert_table(
        view,
        worst,
        caption="Open alerts, worst first",
        empty="No alert is open. One opens when detection finds something odd.",
    )
    _acted(view, touched)
    _campaigns(view)


def _first(view: View, worst: list[Alert]) -> Markup | str:
    if not worst:
        return "No alert is open."
    top = worst[0]
    named = top.is_shared or top.device in top.title
    where = Markup("") if named else Markup(" on {}").format(view.device(top.tenant, top.device))
    return Markup("First {}{}: {}, risk {} of 100, since {}.").format(
        view.alert(top.alert, top.title),
        where,
        badge(top.severity),
        top.risk,
        view.moment(top.since or top.opened_time),
    )


def _tiles(
    view: View, waiting: list[SeverityCount], proposals: list[Decision], touched: list[Credential]
) -> Markup:
    fleet = devices.fleet(view.store, view.tenants, view.reader.now)
    account = ledger.account(view.store)
    freshness = ledger.freshness(view.store)
    cut = sentences.cut_off_by_itself(touched)
    done = f"{sentences.cut_offs(touched)} {sentences.outstanding(touched, proposals)}"
    needs = sum(row.alerts for row in waiting) + len(proposals)
    return Markup("<div class='tiles'>{}</div>").format(
        joined(
            (
                _tile(
                    "Needs you",
                    count(needs),
                    sentences.attention(waiting, len(proposals)),
                    _tone(waiting, proposals),
                ),
                _tile("Done by itself", f"{count(cut)} cut off", done, HIGH if cut else WELL),
                _tile(
                    "Fleet",
                    _reporting(fleet.reporting, fleet.devices),
                    sentences.fleet(fleet),
                    UNKNOWN if fleet.silent else WELL,
                ),
                _tile(
                    "These numbers",
                    sentences.standing(account, view.reader) if account else "nothing yet",
                    sentences.trust(account, freshness, view.reader),
                    _doubt(account, view.reader),
                ),
            ),
            "",
        )
    )


def _tile(question: str, number: str, sentence: str, tone: str) -> Markup:
    return Markup(
        "<section class='tile' style='--tone:{}'><span class='faint'>{}</span><b>{}</b><p>{}</p></section>"
    ).format(theme.tone(tone), question, number, sentence)


def _tone(waiting: list[SeverityCount], proposals: list[Decision]) -> str:
    if waiting:
        return TONES.get(waiting[0].severity, UNKNOWN)
    return MEDIUM if proposals else WELL


def _reporting(reporting: int, known: int) -> str:
    return f"{count(reporting)} of {count(known)} report" if known else "no devices"


def _doubt(account: Account | None, reader: Reader) -> str:
    if account is None:
        return UNKNOWN
    return WELL if sentences.is_settled(account, reader) else MEDIUM


def _acted(view: View, touched: list[Credential]) -> None:
    columns = [
        Column[Credential]("Device", lambda c: view.device(c.tenant, c.device)),
        Column[Credential]("Certificate", lambda c: badge(c.state)),
        Column[Credential]("Why", lambda c: c.reason, wide=True),
        Column[Credential](
            "Cut off after", lambda c: duration(c.cut_off_s) if c.cut_off_s is not None else "", number=True
        ),
        Column[Credential]("By", lambda c: c.actor or c.policy or "policy"),
        Column[Credential]("Decided", lambda c: view.moment(c.decided_time)),
    ]
    empty = "No certificate was held or revoked. Response does so when an alert's kind calls for it."
    table(touched[:SHOWN], columns, caption="Whose certificate was decided about", empty=empty)


def _campaigns(view: View) -> None:
    columns = [
        Column[Rollout]("Rollout", lambda r: view.rollout(r.tenant, r.rollout)),
        Column[Rollout]("Stage", lambda r: f"{r.stage} of {r.stages}", number=True),
        Column[Rollout]("State", lambda r: badge(r.state)),
        Column[Rollout]("Gate", lambda r: badge(r.gate) if r.gate else "not judged yet"),
        Column[Rollout]("Why", lambda r: r.gate_explanation, wide=True),
        Column[Rollout]("Judged", lambda r: view.moment(r.gate_time)),
    ]
    found = rollouts.campaigns(view.store, view.tenants)
    table(
        found[:SHOWN],
        columns,
        caption="Rollouts",
        empty="No rollout is defined. One appears with POST /v1/rollouts of the control API.",
    )
