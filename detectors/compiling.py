"""How code is compiled that must do its arithmetic exactly as written: nothing is contracted, and nothing is vectorised by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(cache=True))
# For what makes no arrays, not even to copy a row onto another: without counting references to what it is given, because to count those of
# forty arrays takes longer than most functions take. What it calls is compiled likewise unless that says otherwise.
unmanaged = cast(Callable[[Function], Function], numba.njit(cache=True, _nrt=False))
# For what makes arrays though it is called by what makes none.
managed = cast(Callable[[Function], Function], numba.njit(cache=True, _nrt=True))
