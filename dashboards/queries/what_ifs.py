"""What-ifs as the control API tells them, typed."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.what_if import OVER, Progress, Result


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """One what-if; `result` is there once it is done."""

    id: str
    name: str
    changes: list[str]
    variant: dict[str, Any]
    progress: Progress
    result: Result | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.progress.status in OVER

    @property
    def title(self) -> str:
        """Its name, else what it changes."""
        return self.name or ", ".join(self.changes) or "nothing changed"


def what_if(told: dict[str, Any]) -> WhatIf:
    """One what-if from the control API's answer."""
    return msgspec.convert(told, WhatIf)
