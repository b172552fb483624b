"""Keeping the published revocation list young, and the broker's copy of it the same."""

from __future__ import annotations

from typing import Any

from schemas.errors import Retryable
from streams.enforcement.backoff import Backoff
from streams.enforcement.effects import CredentialAuthority, SessionBroker

EVERY_S = 60.0


class Renewal:
    """Has the authority renew its list in time and the broker read it, also once at start: call `run` often."""

    def __init__(
        self, authority: CredentialAuthority, sessions: SessionBroker, log: Any, pause: Backoff | None = None
    ) -> None:
        self._authority, self._sessions, self._log = authority, sessions, log
        self._pause = pause or Backoff()
        # Remembered until the broker has read it: it would go on believing the old list, and at that one's end refuse everybody.
        self._unread = True

    def run(self) -> None:
        """Do what is due, if anything; what fails is logged and tried again later."""
        if not self._pause.due():
            return
        try:
            self._unread = self._authority.renew() or self._unread
            if self._unread:
                self._sessions.reload()
                self._unread = False
                self._log.info("the broker has read the revocation list")
        except Retryable as error:
            self._pause.failed()
            self._log.error(
                "cannot bring the revocation list to the broker, will try again", reason=str(error)
            )
        else:
            self._pause.succeeded()
            self._pause.sleep(EVERY_S)
