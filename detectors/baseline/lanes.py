"""How compiled code is compiled here, and the constants that eight metrics are calculated with.

There is no branch on data where eight metrics of a report are judged: every choice is a select, so LLVM makes vector instructions of it.
What a lane holds is in `row`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from detectors.baseline import row as r

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(
    Callable[[Function], Function], numba.njit(cache=True, error_model="numpy", fastmath={"contract"})
)
inlined = cast(Callable[[Function], Function], numba.njit(inline="always", error_model="numpy"))
# For what makes no arrays of its own: without counting references to those it is given, which costs more than the arithmetic.
unmanaged = cast(
    Callable[[Function], Function],
    numba.njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True, _nrt=False),
)
# For what is called once a report: made a part of its caller, because copying arrays and parameters, some 150 words, onto the stack for
# a call takes as long as a third of the arithmetic. Everything it takes is then in registers or where it lies anyway.
fused = cast(
    Callable[[Function], Function],
    numba.njit(
        cache=True, error_model="numpy", fastmath={"contract"}, nogil=True, forceinline=True, _nrt=False
    ),
)
Floats = npt.NDArray[np.float32]
f32 = np.float32
ZERO, HALF, ONE, TWO, FOUR = f32(0), f32(0.5), f32(1), f32(2), f32(4)
THIRD, QUARTER, TINY = f32(1 / 3), f32(0.25), f32(1e-30)
# The largest value there is: its square, and sums of such, fit into float32.
MOST = f32(1e15)
# No count is as large.
NEVER = f32(np.inf)
NAN = f32(np.nan)
NONE, SPIKE, DRIFT, NOISE, STUCK, NEAR = (
    f32(kind) for kind in (r.NONE, r.SPIKE, r.DRIFT, r.NOISE, r.STUCK, r.NEAR)
)
