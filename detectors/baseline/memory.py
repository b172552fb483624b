"""Memory as it is: asked for before it is needed, and eight bytes of it read as one number. In compiled code only."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from detectors.baseline.lane_type import row_at


def _prefetch(builder: Any, place: Any) -> None:
    pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(function, [builder.bitcast(place, pointer), number(1), number(3), number(1)])


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing_context: Any, array: Any, row: Any) -> Any:
    """Ask for the memory of a row of a (n, 8) float32 array that will be needed soon; a hint, valid for any row."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _prefetch(builder, row_at(context, builder, signature, arguments))
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def _item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


@intrinsic  # type: ignore[untyped-decorator]
def prefetch_item(typing_context: Any, array: Any, place: Any) -> Any:
    """`prefetch` for a contiguous array of one dimension."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _prefetch(builder, _item(context, builder, signature, arguments))
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def word_at(typing_context: Any, data: Any, place: Any) -> Any:
    """Eight bytes of a contiguous byte array as one number, at any place; the caller knows that they are there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start = _item(context, builder, signature, arguments)
        return builder.load(builder.bitcast(start, ir.IntType(64).as_pointer()), align=1)

    return types.uint64(data, types.intp), generate
