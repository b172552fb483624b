"""One number of eight lanes, without a way through memory: what is put there as a whole and read one by one has to be waited for."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from detectors.baseline.lane_type import LANES, WIDTH

PLACES = ir.VectorType(ir.IntType(32), WIDTH)
# Each step puts lanes beside those they are taken together with: 4 apart, then 1, then 2.
APART = (4, 1, 2)


def _turned(builder: Any, lanes: Any, by: int) -> Any:
    """Lanes in the places of those that differ from theirs in this bit."""
    return builder.shuffle_vector(lanes, lanes, ir.Constant(PLACES, [place ^ by for place in range(WIDTH)]))


@intrinsic  # type: ignore[untyped-decorator]
def lane_of(typing_context: Any, lanes: Any, place: Any) -> Any:
    """One lane, of 0 to 7."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.extract_element(*arguments)

    return types.float32(LANES, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def total_of(typing_context: Any, lanes: Any) -> Any:
    """The sum of lanes a to h as ((a + e) + (b + f)) + ((c + g) + (d + h)), nothing contracted into it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total = arguments[0]
        for by in APART:
            total = builder.fadd(total, _turned(builder, total, by))
        return builder.extract_element(total, ir.IntType(32)(0))

    return types.float32(LANES), generate


@intrinsic  # type: ignore[untyped-decorator]
def largest_of(typing_context: Any, lanes: Any) -> Any:
    """The largest lane; none may be NaN."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        most = arguments[0]
        for by in APART:
            other = _turned(builder, most, by)
            most = builder.select(builder.fcmp_ordered(">", most, other), most, other)
        return builder.extract_element(most, ir.IntType(32)(0))

    return types.float32(LANES), generate
