"""Pipeline: is everything that came in accounted for, and how old is what I see?"""

from __future__ import annotations

from markupsafe import Markup

from dashboards.components import feedback, sentences
from dashboards.components.audited import audited
from dashboards.components.badge import badge
from dashboards.components.dead_letters import dead_letters
from dashboards.components.numbers import count
from dashboards.components.roll_backs import roll_back_table
from dashboards.components.table import Column, table
from dashboards.queries import audit, exceptions, ledger, roll_backs
from dashboards.queries.dead_letters import causes
from dashboards.queries.ledger import Account, Channel, Judged, Progress
from dashboards.view import View, header, live


def draw() -> None:
    """Draw the page."""
    live(_content)


def _content(view: View) -> None:
    account = ledger.account(view.store)
    freshness = ledger.freshness(view.store)
    header(
        view,
        "Pipeline",
        sentences.trust(account, freshness, view.reader),
        sentences.refused(account) if account else "",
        feedback.accounted(exceptions.findings(view.store, view.tenants)),
    )
    if account:
        _account(view, account)
    _channels(view)
    _judged(view, ledger.judged(view.store))
    roll_back_table(view, roll_backs.listed(view.store, view.tenants), caption="Models rolled back")
    dead_letters(view, causes(view.store, view.tenants))
    audited(view, audit.audit(view.store), audit.differences(view.store, view.tenants))
    _topics(view)


def _account(view: View, account: Account) -> None:
    state = "well" if sentences.is_settled(account, view.reader) else "late"
    told = sentences.standing(account, view.reader)
    rows = [
        ("received", account.received, "messages and events that reached the edge"),
        ("dead-lettered by the edge", account.dead_lettered, "refused, kept with their bytes and the reason"),
        ("accepted", account.accepted, "received less refused"),
        ("stored", account.stored, stored(account)),
        ("accepted twice", max(account.duplicates, 0), "the same event sent again; stored and shown once"),
        ("dead-lettered later", account.rejected, "accepted, but the archive could not decode them"),
        (
            "difference",
            account.difference,
            "accepted less stored, doubled and refused: 0 when nothing is under way",
        ),
    ]
    columns = [
        Column[tuple[str, int, str]]("Account", lambda r: r[0]),
        Column[tuple[str, int, str]]("Events", lambda r: count(r[1]), number=True),
        Column[tuple[str, int, str]]("", lambda r: badge(state, told) if r[0] == "difference" else ""),
        Column[tuple[str, int, str]]("Meaning", lambda r: r[2], wide=True),
    ]
    table(rows, columns, caption="The account", empty="")


def stored(account: Account) -> str:
    """What is stored; its rows are there a moment before they are accounted for."""
    told = "distinct telemetry and security events that can be read"
    return f"{told}; {count(-account.duplicates)} of them came just now" if account.duplicates < 0 else told


def _channels(view: View) -> None:
    columns = [
        Column[Channel]("Way in", lambda c: c.channel),
        Column[Channel]("Received", lambda c: count(c.received), number=True),
        Column[Channel]("Accepted", lambda c: count(c.accepted), number=True),
        Column[Channel]("Refused", lambda c: count(c.dead_lettered), number=True),
        Column[Channel]("Counted", lambda c: view.moment(c.counted_time), wide=True),
    ]
    empty = "No way in has counted anything: start python -m streams.ingest and send something over MQTT, HTTPS or Kafka."
    table(ledger.channels(view.store), columns, caption="Ways in", empty=empty)


def _judged(view: View, judged: Judged | None) -> None:
    rows: list[tuple[str, int, str]] = []
    if judged:
        rows = [
            ("reports judged", judged.scored, f"of {count(judged.devices)} devices"),
            (
                "reports too late",
                judged.late,
                "older than their device's newest, or sent again: stored, not judged",
            ),
            ("infinite values", judged.infinite, "passed over; the report's other metrics were judged"),
            (
                "values without room",
                judged.unmodelled,
                "of metrics beyond the 256 a worker keeps baselines of",
            ),
            (
                "devices forgotten",
                judged.forgotten,
                "made room for newer ones; they start anew if they come back",
            ),
            ("events sent again", judged.duplicates, "security events with an id seen before"),
            (
                "memories of flows forgotten",
                judged.flows_forgotten,
                "tenants, habits of devices, and devices with unusual network flows, that made room for newer ones",
            ),
        ]
    columns = [
        Column[tuple[str, int, str]]("Detection", lambda r: r[0]),
        Column[tuple[str, int, str]]("Number", lambda r: count(r[1]), number=True),
        Column[tuple[str, int, str]]("Meaning", lambda r: r[2], wide=True),
    ]
    empty = "Detection has counted nothing: start python -m streams.detection and send telemetry."
    table(rows, columns, caption=_judged_caption(view, judged), empty=empty)


def _judged_caption(view: View, judged: Judged | None) -> str | Markup:
    if judged is None or judged.counted_time is None:
        return "Judged"
    return Markup("Judged, {}").format(view.moment(judged.counted_time))


def _topics(view: View) -> None:
    columns = [
        Column[Progress]("Topic", lambda p: p.topic),
        Column[Progress]("Partitions", lambda p: count(p.partitions), number=True),
        Column[Progress]("Records", lambda p: count(p.records), number=True),
        Column[Progress]("Events", lambda p: count(p.events), number=True),
        Column[Progress]("Newest event", lambda p: view.moment(p.newest_time)),
        Column[Progress]("Stored", lambda p: view.moment(p.archived_time), wide=True),
    ]
    empty = "The archive has read nothing: start python -m streams.archive."
    table(ledger.progress(view.store), columns, caption="Stored, by topic", empty=empty)
