"""Dead letters by cause, with what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store
from schemas.event import SYSTEM

SOURCE = """(
    SELECT l.process AS process, l.code AS code, l.field AS field, argMax(l.reason, at) AS reason, count() AS letters,
        countIf(a.settled = '') AS waiting, countIf(a.settled = 'dead_letter.reinjected.v1') AS put_back,
        countIf(a.settled = 'dead_letter.dropped.v1') AS dropped, uniqExactIf((l.tenant, l.device), l.device != '') AS devices,
        min(l.time) AS first_time, max(l.time) AS last_time, argMax(l.letter, at) AS newest_letter,
        argMax(l.origin, at) AS newest_origin, argMax(l.size_bytes, at) AS newest_bytes,
        argMax(hex(substring(l.raw, 1, 200)), at) AS newest_raw_hex,
        argMax(if(startsWith(l.raw, 'sealed.v1.'), splitByChar('\n', l.raw)[1], ''), at) AS newest_opened
    FROM (SELECT *, (time, letter) AS at FROM dead_letter_list(tenants={tenants:Array(String)})) AS l
    LEFT JOIN (
        SELECT subject, any(type) AS settled FROM events FINAL
        WHERE topic = 'dead-letter-actions' AND tenant IN {settlers:Array(String)} GROUP BY subject
    ) AS a ON a.subject = l.letter
    GROUP BY process, code, field
) ORDER BY waiting DESC, last_time DESC, process, code, field LIMIT {most:UInt32}"""


@dataclass(frozen=True, slots=True)
class Cause:
    """Dead letters that one process refused with one code for one field (empty: the whole message).

    `letters` = `waiting` + `put_back` + `dropped`. `reason` is the newest letter's, as are `newest_*`; its first 200 bytes as they are
    stored are in hex.
    `newest_opened` is the beginning of one that is sealed, as far as it can be opened.
    """

    process: str
    code: str
    field: str
    reason: str
    letters: int
    waiting: int
    put_back: int
    dropped: int
    devices: int
    first_time: datetime
    last_time: datetime
    newest_letter: str
    newest_origin: str
    newest_bytes: int
    newest_raw_hex: str
    newest_opened: str = ""

    @property
    def newest_raw(self) -> bytes:
        """The first bytes of the newest letter, or the words that say that they can't be read."""
        if self.newest_opened:
            return self.newest_opened.encode("utf-8", "backslashreplace")
        return bytes.fromhex(self.newest_raw_hex)


def causes(store: Store, tenants: Sequence[str], most: int = 50) -> list[Cause]:
    """The causes with most letters waiting first, those of unknown senders included (whoever settles these does it as `SYSTEM`)."""
    parameters = {"tenants": [*tenants, ""], "settlers": [*tenants, SYSTEM], "most": most}
    return store.rows(Cause, SOURCE, parameters)
