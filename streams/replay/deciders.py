"""The deciders whose outputs can be derived again from the log, what each reads, and with which settings it decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from detectors.decider import VERSIONS, Decider
from detectors.revocation.decider import Response
from detectors.triage.decider import Triage
from schemas.settings import Settings
from streams.log.provenance import Provenance, parse

Made = Callable[[Mapping[str, str]], Decider[Any]]


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decider, the topics it reads and the one it writes; all are co-partitioned.

    `settings` are those that mattered, as today's process has them; `make` gives the decider with others. Its fold must not depend on
    them, only what it decides.
    """

    name: str
    make: Made
    settings: Mapping[str, str]
    inputs: tuple[str, ...]
    output: str

    @property
    def decider(self) -> Decider[Any]:
        """The decider as today's process runs it."""
        return self.make(self.settings)

    def that_decided(self, provenance: str) -> Decider[Any] | str:
        """The decider an output says it is from, today's where it doesn't say; else why it can't be had."""
        if not provenance:
            return self.decider
        said = parse(provenance)
        if said is None or said.name != self.name:
            return f"differs: decider: {provenance!r} is no {self.name}"
        if said.version != VERSIONS[self.name]:
            return (
                f"it was decided by {self.name}@{said.version}, and this is {self.name}@{VERSIONS[self.name]}"
            )
        try:
            return self.make(said.settings)
        except (KeyError, ValueError):
            return f"differs: decider: {provenance!r} does not have the settings of {self.name}"

    def provenance(self, said: str) -> str:
        """What an output made with these settings says of its decider; nothing where it said nothing."""
        known = parse(said)
        return str(Provenance(self.name, VERSIONS[self.name], known.settings)) if known else ""


def deciders(settings: Settings) -> tuple[Deciding, ...]:
    """Triage and response; a decision that says nothing of its limit is taken as made with the one in these settings."""
    return (
        Deciding(
            "triage",
            lambda _: Triage(),
            {},
            ("detections", "analyst-actions", "credential-decisions"),
            "alerts",
        ),
        Deciding(
            "response",
            lambda said: Response(int(said["max_decisions"])),
            {"max_decisions": str(settings.max_decisions)},
            ("alerts", "analyst-actions"),
            "credential-decisions",
        ),
    )
