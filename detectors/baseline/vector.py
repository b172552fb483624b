"""What compiled code does with eight float32 at once, beside calculating with them (`lane_type`) and making one of them (`folding`).

LLVM does not find vector instructions in a loop of a hundred choices by itself, so they are said. In compiled code only: `load` and
`store` a row of a (n, 8) float32 array, and `select` where another would branch. There is no bounds check on the row.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from detectors.baseline.lane_type import FLOATS, LANES, MASK, WIDTH, is_floats, row_at, wide


@intrinsic  # type: ignore[untyped-decorator]
def load(typing_context: Any, array: Any, row: Any) -> Any:
    """Row `row` of a contiguous (n, 8) float32 array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(row_at(context, builder, signature, arguments), align=4)

    return LANES(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, array: Any, row: Any, value: Any) -> Any:
    """Put lanes into row `row` of a contiguous (n, 8) float32 array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(wide(builder, arguments[2]), row_at(context, builder, signature, arguments), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@intrinsic  # type: ignore[untyped-decorator]
def filled(typing_context: Any, value: Any) -> Any:
    """One float32 in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return wide(builder, arguments[0])

    return LANES(types.float32), generate


@intrinsic  # type: ignore[untyped-decorator]
def assembled(typing_context: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    """Lanes of eight float32; put into memory one by one and read as a whole they would have to wait for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = ir.Constant(FLOATS, ir.Undefined)
        for lane, value in enumerate(arguments):
            made = builder.insert_element(made, value, ir.IntType(32)(lane))
        return made

    return LANES(*(types.float32,) * WIDTH), generate


@intrinsic  # type: ignore[untyped-decorator]
def select(typing_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the mask holds, else `no`, lane by lane."""
    if condition != MASK or not (is_floats(yes) and is_floats(no)):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(arguments[0], wide(builder, arguments[1]), wide(builder, arguments[2]))

    return LANES(condition, yes, no), generate


@intrinsic  # type: ignore[untyped-decorator]
def choose(typing_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """`select` between masks."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return MASK(MASK, MASK, MASK), generate


@intrinsic  # type: ignore[untyped-decorator]
def any_of(typing_context: Any, mask: Any) -> Any:
    """Whether the mask holds in any lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.IntType(WIDTH)(0))

    return types.boolean(MASK), generate


def _unary(name: str) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
    def apply(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(FLOATS, [FLOATS])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f32")
            return builder.call(function, arguments)

        return LANES(LANES), generate

    return apply


root, magnitude = _unary("sqrt"), _unary("fabs")


def _extreme(sign: str) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
    def apply(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            one, other = (wide(builder, value) for value in arguments)
            return builder.select(builder.fcmp_ordered(sign, one, other), one, other)

        return LANES(a, b), generate

    return apply


# The larger and the smaller of two, neither NaN.
larger, smaller = _extreme(">"), _extreme("<")
