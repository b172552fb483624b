"""Whether the numbers can be trusted."""

from __future__ import annotations

from dashboards.components.numbers import count, counted, share
from dashboards.components.times import Reader, span
from dashboards.queries.ledger import Account, Freshness

OLD_S = 30
COUNTED_S = 10  # the edge counts every second


def trust(account: Account | None, freshness: Freshness | None, reader: Reader) -> str:
    """Whether the numbers can be trusted: does everything add up, and how old is it."""
    if account is None or freshness is None or freshness.archived_time is None:
        return "Nothing came in yet, so there is nothing to trust or doubt."
    return f"{balance(account, reader)} {_age(freshness, reader)}".strip()


def is_settled(account: Account, reader: Reader) -> bool:
    """Whether nothing is missing as far as the edge has counted; what came in since its last count, seconds ago, is no reason to doubt."""
    just_counted = (
        account.counted_time is not None and (reader.now - account.counted_time).total_seconds() <= COUNTED_S
    )
    return account.difference == 0 or (account.difference < 0 and just_counted)


def standing(account: Account, reader: Reader) -> str:
    """How the account stands, in three words."""
    if account.difference == 0:
        return "all accounted for"
    return f"{count(abs(account.difference))} {'just in' if is_settled(account, reader) else 'in flight'}"


def balance(account: Account, reader: Reader) -> str:
    """Whether everything that was accepted is stored or dead-lettered."""
    if account.difference == 0:
        return (
            f"All {count(account.accepted)} accepted events are accounted for; "
            f"{count(account.dead_lettered + account.rejected)} refused with a reason."
        )
    if account.difference > 0:
        return (
            f"{counted(account.difference, 'accepted event')} not stored yet, of {count(account.accepted)}."
        )
    if is_settled(account, reader) and account.counted_time is not None:
        since = f"came in since the edge last counted, {reader.age(account.counted_time)}"
        return f"{count(-account.difference)} of {count(account.archived)} stored events {since}."
    return f"{counted(-account.difference, 'event')} stored that the edge has not counted yet, of {count(account.archived)}."


def _age(freshness: Freshness, reader: Reader) -> str:
    if freshness.archived_time is None:
        return ""
    age_s = (reader.now - freshness.archived_time).total_seconds()
    return f"Nothing new was stored for {span(age_s)}." if age_s > OLD_S else ""


def refused(account: Account) -> str:
    """How much of what came in was refused."""
    dead = account.dead_lettered + account.rejected
    return f"{count(dead)} of {count(account.received)} received ({share(dead, account.received)}) were refused and kept."
