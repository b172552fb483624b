"""Eight float32 in one register, as a type compiled code can calculate with: `a + b * c` on `Lanes` is one instruction an operator.

LLVM does not find vector instructions in a loop of a hundred choices by itself, so they are said. In compiled code only: `load` and
`store` a row of a (n, 8) float32 array, `+ - * /` and comparisons between lanes (or a lane and one float32 for all), `& | ~` between
masks, and `select`. There is no bounds check on the row.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

WIDTH = 8
FLOATS = ir.VectorType(ir.FloatType(), WIDTH)
BITS = ir.VectorType(ir.IntType(1), WIDTH)


class Lanes(types.Type):  # type: ignore[misc]
    """Eight float32."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


class Mask(types.Type):  # type: ignore[misc]
    """Eight yes or no."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


LANES, MASK = Lanes(), Mask()


def _model(held: Any) -> type:
    class Model(models.PrimitiveModel):  # type: ignore[misc]
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, held)

    return Model


register_model(Lanes)(_model(FLOATS))
register_model(Mask)(_model(BITS))


def _is_floats(kind: Any) -> bool:
    return kind in (LANES, types.float32)


def _wide(builder: Any, value: Any) -> Any:
    """One float in all lanes; what is wide already as it is."""
    if value.type == FLOATS:
        return value
    first = builder.insert_element(ir.Constant(FLOATS, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(
        first, first, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    )


def _row(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    start = builder.bitcast(array.data, FLOATS.as_pointer())
    return builder.gep(start, [arguments[1]])


@intrinsic  # type: ignore[untyped-decorator]
def load(typing_context: Any, array: Any, row: Any) -> Any:
    """Row `row` of a contiguous (n, 8) float32 array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_row(context, builder, signature, arguments), align=4)

    return LANES(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, array: Any, row: Any, value: Any) -> Any:
    """Put lanes into row `row` of a contiguous (n, 8) float32 array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(_wide(builder, arguments[2]), _row(context, builder, signature, arguments), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


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
    if condition != MASK or not (_is_floats(yes) and _is_floats(no)):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(arguments[0], _wide(builder, arguments[1]), _wide(builder, arguments[2]))

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
            one, other = (_wide(builder, value) for value in arguments)
            return builder.select(builder.fcmp_ordered(sign, one, other), one, other)

        return LANES(a, b), generate

    return apply


# The larger and the smaller of two, neither NaN.
larger, smaller = _extreme(">"), _extreme("<")


def _operator(of: Any, kinds: tuple[Any, ...], result: Any, make: Callable[..., Any]) -> None:
    @intrinsic  # type: ignore[untyped-decorator]
    def apply(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            given = (
                arguments
                if result == MASK and kinds == (MASK,)
                else [_wide(builder, one) for one in arguments]
            )
            return make(builder, *given)

        return result(a, b), generate

    @overload(of)  # type: ignore[untyped-decorator]
    def typed(a: Any, b: Any) -> Any:
        if a in kinds and b in kinds and (a in (LANES, MASK) or b in (LANES, MASK)):

            def both(a: Any, b: Any) -> Any:
                return apply(a, b)

            return both
        return None


NUMBERS = (LANES, types.float32)
for _of, _method in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _operator(
        _of,
        NUMBERS,
        LANES,
        lambda builder, a, b, method=_method: getattr(builder, method)(a, b, flags=("contract",)),
    )
for _of, _sign in (
    (operator.lt, "<"),
    (operator.gt, ">"),
    (operator.le, "<="),
    (operator.ge, ">="),
    (operator.eq, "=="),
):
    _operator(_of, NUMBERS, MASK, lambda builder, a, b, sign=_sign: builder.fcmp_ordered(sign, a, b))
_operator(operator.and_, (MASK,), MASK, lambda builder, a, b: builder.and_(a, b))
_operator(operator.or_, (MASK,), MASK, lambda builder, a, b: builder.or_(a, b))


@intrinsic  # type: ignore[untyped-decorator]
def _inverse(typing_context: Any, mask: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.not_(arguments[0])

    return MASK(MASK), generate


@overload(operator.invert)  # type: ignore[untyped-decorator]
def _invert(mask: Any) -> Any:
    if mask == MASK:

        def inverse(mask: Any) -> Any:
            return _inverse(mask)

        return inverse
    return None


def _prefetch(builder: Any, place: Any) -> None:
    pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(function, [builder.bitcast(place, pointer), number(1), number(3), number(1)])


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing_context: Any, array: Any, row: Any) -> Any:
    """Ask for the memory of a row of a (n, 8) float32 array that will be needed soon; a hint, valid for any row."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _prefetch(builder, _row(context, builder, signature, arguments))
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
