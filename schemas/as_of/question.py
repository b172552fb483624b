"""What is asked about: one device, its credential, an alert, a rollout, or the fleet of some tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from schemas.as_of import subject
from schemas.as_of.ask import Ask, Row
from schemas.as_of.fleet import fleet
from schemas.as_of.moment import Moment
from schemas.as_of.subject import Answer
from schemas.errors import Rejected

Kind = Literal["device", "credential", "alert", "rollout", "fleet"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Question:
    """A subject whose owner is known. `name` is a device, an alert or a rollout, empty for a fleet; `device` is an alert's device."""

    kind: Kind
    tenants: tuple[str, ...]
    name: str = ""
    device: str = ""

    def answer(self, ask: Ask, moment: Moment) -> Answer:
        """How it stood at the moment; see `subject` and `fleet`."""
        match self.kind:
            case "device":
                return subject.device(ask, moment, self.tenants[0], self.name)
            case "credential":
                return subject.credential(ask, moment, self.tenants[0], self.name)
            case "alert":
                return subject.alert(ask, moment, self.tenants[0], self.device, self.name)
            case "rollout":
                return subject.rollout(ask, moment, self.tenants[0], self.name)
            case "fleet":
                return fleet(ask, moment, self.tenants)


def question_of(ask: Ask, kind: Kind, tenants: list[str], name: str, *, when_decided: str = "") -> Question:
    """The question about `name`, looked for among `tenants`.

    Where no name is given, that of the device the decision `when_decided` is about. Rejected where nobody, or more than one tenant, has it.
    """
    if kind == "fleet":
        return Question("fleet", tuple(tenants))
    if kind == "alert":
        return _alert(ask, tenants, name)
    if not name and when_decided:
        name = _named(ask, tenants, when_decided, "credential-decisions", "when_decided", "decision")[
            "subject"
        ]
    if not name:
        raise Rejected("missing_name", kind, "name one")
    owners = ask(
        "SELECT tenant FROM owners(tenants = {tenants:Array(String)}, name = {name:String}) ORDER BY tenant",
        {"tenants": tenants, "name": name},
    )
    what = "rollout" if kind == "rollout" else "device"
    if not owners:
        raise Rejected("unknown_subject", kind, f"no {what} of these tenants has that name")
    if len(owners) > 1:
        having = ", ".join(row["tenant"] for row in owners)
        raise Rejected(
            "ambiguous_subject", "tenant", f"several tenants have a {what} of that name ({having}): name one"
        )
    return Question(kind, (owners[0]["tenant"],), name)


def _alert(ask: Ask, tenants: list[str], name: str) -> Question:
    if not name:
        raise Rejected("missing_name", "alert", "name one")
    found = _named(ask, tenants, name, "alerts", "alert", "alert")
    return Question("alert", (found["tenant"],), found["alert"], found["subject"])


def _named(ask: Ask, tenants: list[str], name: str, topic: str, field: str, what: str) -> Row:
    rows = ask(
        "SELECT * FROM named(tenants = {tenants:Array(String)}, name = {name:String}) WHERE topic = {topic:String} LIMIT 1",
        {"tenants": tenants, "name": name, "topic": topic},
    )
    if not rows:
        raise Rejected("unknown_id", field, f"no {what} of these tenants has that id")
    return rows[0]
