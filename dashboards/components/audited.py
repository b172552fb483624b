"""Whether what was decided is what the log gives: the auditor's sum, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboards.components.markup import show
from dashboards.components.numbers import count
from dashboards.components.table import Column, table
from dashboards.queries.audit import Audit, Difference
from dashboards.view import View

EMPTY = "Nothing differs. A detection, alert, decision or verdict that the log does not give appears here with what is different."


def audited(view: View, audit: Audit | None, differences: Sequence[Difference]) -> None:
    """Draw one sentence and, where something differs, the table."""
    looked = Markup(" Last looked {}.").format(view.moment(audit.audited_time)) if audit else ""
    show(Markup("<h3>Decisions derived again</h3><p>{}{}</p>").format(summary(audit), looked))
    columns = [
        Column[Difference]("Output", lambda d: d.output or d.origin, cut=True),
        Column[Difference]("Type", lambda d: d.kind),
        Column[Difference]("About", lambda d: d.subject),
        Column[Difference]("What differs", lambda d: "; ".join(d.differences), wide=True),
        Column[Difference]("Found", lambda d: view.moment(d.time)),
    ]
    table(differences, columns, caption="Not what the log gives", empty=EMPTY)


def summary(audit: Audit | None) -> str:
    """How many were derived again, and whether they are equal."""
    if audit is None:
        return "Nothing was derived again yet: it is once something was decided and python -m streams.replay audit runs."
    untold = f"; of {count(audit.untold)} nobody can tell" if audit.untold else ""
    if audit.differing:
        told = f"{count(audit.differing)} of {count(audit.outputs)} decided things are not what the log gives"
        return f"{told}, {count(audit.equal)} are{untold}."
    return f"{count(audit.equal)} of {count(audit.outputs)} decided things derived again from the log are equal{untold}."
