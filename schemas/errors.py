"""The one tree of errors: what can never work, what may work later, and what must stop the process."""

from __future__ import annotations


class VedetteError(Exception):
    """Base of every error Vedette raises on purpose."""


class Rejected(VedetteError):  # noqa: N818  the name is the verdict on the input, not on us
    """Input that can never be accepted; it goes to the dead letters and is never retried.

    `code` is a stable machine word (`missing_field`, `oversized`), `field` names where the problem is (empty when it is the
    whole message) and `reason` says what is wrong in words. None of them ever contains the offending value, which may be a secret.
    """

    def __init__(self, code: str, field: str, reason: str) -> None:
        super().__init__(f"{field or 'message'}: {reason}")
        self.code = code
        self.field = field
        self.reason = reason


class Retryable(VedetteError):  # noqa: N818
    """Something outside failed and may work later: try again with backoff, lose nothing meanwhile."""


class Fatal(VedetteError):  # noqa: N818
    """The process cannot go on (wrong setting, corrupt state): stop and let the supervisor and a person see it."""
