"""Events on their way into the log: every personal value sealed with its subject's key."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from schemas.event import Envelope
from schemas.personal import ERASED, TOKEN, Data, map_extensions, map_personal
from streams.sealing.keys import Keys
from streams.sealing.letter import sealed
from streams.sealing.token import Key

MAX_CACHED = 50_000


class Sealer:
    """Seals with keys from `keys`, keeping the `most` last used at hand. Not thread-safe.

    Before each event it asks whether a key was destroyed meanwhile, so a destroyed key seals nothing from then on.
    """

    def __init__(self, keys: Keys, most: int = MAX_CACHED) -> None:
        self._keys = keys
        self._most = most
        self._cached: OrderedDict[tuple[str, str], Key] = OrderedDict()
        self._version = keys.version()

    def seal(self, envelope: Envelope) -> Envelope:
        """The event with its personal values sealed; sealing twice changes nothing. Raises as `Keys.living`."""
        data = self.data(envelope.data, envelope.tenant, envelope.subject)
        said = map_extensions(
            envelope.extensions, lambda text: self._seal(envelope.tenant, envelope.subject, text)
        )
        if data is envelope.data and said == envelope.extensions:
            return envelope
        return msgspec.structs.replace(envelope, data=data, extensions=said)

    def data(self, data: Data, tenant: str, subject: str) -> Data:
        """What an event about a subject says, its personal values sealed."""
        return map_personal(data, lambda text: self._seal(tenant, subject, text))

    def raw(self, tenant: str, subject: str, plain: bytes) -> bytes:
        """Refused bytes sealed; see `streams.sealing.letter`. Raises as `Keys.living`."""
        return sealed(plain, self._key(tenant, subject))

    def _seal(self, tenant: str, subject: str, text: str) -> str:
        if text == ERASED:
            return text
        key = self._key(tenant, subject)
        token = TOKEN.fullmatch(text)
        if token is None:
            return key.seal(text)
        # What the edge sealed before it was started again; anything else that looks like a token is a sender's own words.
        if self._keys.was_of(token[1]) == (tenant, subject):
            return ERASED
        return text if key.open(text) is not None else key.seal(text)

    def _key(self, tenant: str, subject: str) -> Key:
        version = self._keys.version()
        if version != self._version:
            self._cached.clear()
            self._version = version
        whose = (tenant, subject)
        key = self._cached.get(whose)
        if key is None:
            key = self._cached[whose] = self._keys.living(tenant, subject)
            if len(self._cached) > self._most:
                self._cached.popitem(last=False)
        else:
            self._cached.move_to_end(whose)
        return key
