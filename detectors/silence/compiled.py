"""How silence is compiled: without counting references (`detectors.compiling.unmanaged`), for that costs some 40 ns a call that passes
arrays; what every report and every device looked at needs is inlined.

Numba's cache does not notice that a function taken in from another file has changed; `make setup` throws away what was compiled before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])
inlined = cast(Callable[[Function], Function], numba.njit(inline="always"))
Ints = npt.NDArray[np.int64]
