"""Eight float32 in one register, and eight yes or no, as types that compiled code can calculate with.

`+ - * /` and comparisons between lanes, or between lanes and one float32 for all, and `& | ~` between masks: one instruction an operator.
An addition and a multiplication may become one (`contract`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
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


def is_floats(kind: Any) -> bool:
    """Whether it is lanes or one float32 for all of them."""
    return kind in (LANES, types.float32)


def wide(builder: Any, value: Any) -> Any:
    """One float in all lanes; what is wide already as it is."""
    if value.type == FLOATS:
        return value
    first = builder.insert_element(ir.Constant(FLOATS, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(
        first, first, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    )


def row_at(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Where row `arguments[1]` of the (n, 8) float32 array `arguments[0]` is."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    start = builder.bitcast(array.data, FLOATS.as_pointer())
    return builder.gep(start, [arguments[1]])


def _operator(of: Any, kinds: tuple[Any, ...], result: Any, make: Callable[..., Any]) -> None:
    @intrinsic  # type: ignore[untyped-decorator]
    def apply(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            given = (
                arguments
                if result == MASK and kinds == (MASK,)
                else [wide(builder, one) for one in arguments]
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
