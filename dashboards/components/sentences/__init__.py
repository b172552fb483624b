"""The sentences that answer a page's question: subject first, then the number, then what is usual, then what was done.

Pure functions of what the queries found, so they can be tested without a page.
"""

from dashboards.components.sentences.alerts import VERDICTS, attention, what_to_do, what_was_done
from dashboards.components.sentences.credentials import cut_off_by_itself, cut_offs, may_connect, outstanding
from dashboards.components.sentences.devices import device, fleet
from dashboards.components.sentences.enumeration import listed
from dashboards.components.sentences.ledger import balance, is_settled, refused, standing, trust
from dashboards.components.sentences.rollouts import remaining, rollout

__all__ = [
    "VERDICTS",
    "attention",
    "balance",
    "cut_off_by_itself",
    "cut_offs",
    "device",
    "fleet",
    "is_settled",
    "listed",
    "may_connect",
    "outstanding",
    "refused",
    "remaining",
    "rollout",
    "standing",
    "trust",
    "what_to_do",
    "what_was_done",
]
