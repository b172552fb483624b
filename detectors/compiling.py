"""How code is compiled that must do its arithmetic exactly as written: nothing is contracted, and nothing is vectorised by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(cache=True))
