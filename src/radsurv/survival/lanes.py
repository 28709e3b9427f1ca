"""Sixteen numbers at once, and an exponential and a logarithm, with the same bits on every processor.

A compiler that may sum in any order (numba's ``fastmath``) takes the order that suits the processor, and the sum differs in its last
bits from one to the next; so do the exponentials of the C library and of numpy, which have a version for each kind of processor. Here
additions and multiplications are what IEEE 754 says, one after the other in the order of the code, never fused: sixteen running sums
side by side, which the compiler spreads over two registers of AVX-512, four of AVX or eight of SSE2.

Numba's on-disk cache notices changes of the file of the outermost compiled function only: whoever changes this file empties
``__pycache__``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from radsurv.compiling import kernel

WIDTH = 16  # numbers side by side
LARGEST_EXPONENT = 707.0  # of an exponential, short of overflow; below its negative there is nothing left

_DOUBLE, _INTEGER = ir.DoubleType(), ir.IntType(32)
_VECTOR = ir.VectorType(_DOUBLE, WIDTH)


class _LanesType(types.Type):
    """Sixteen float64."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


_LANES = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def _defined(symbol: Callable[..., Any], instruction: str) -> None:
    """An operator between two of them, each number by itself."""

    @type_callable(symbol)
    def typed(_context: Any) -> Callable[[Any, Any], Any]:
        return lambda first, second: _LANES if first is _LANES and second is _LANES else None

    @lower_builtin(symbol, _LanesType, _LanesType)  # type: ignore[no-untyped-call]
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments)


_defined(operator.add, "fadd")
_defined(operator.sub, "fsub")
_defined(operator.mul, "fmul")


def _instruction(of: Callable[..., Any]) -> Any:
    """What compiled code calls like a function, and is a few instructions."""
    return intrinsic(of)


def _address(context: Any, builder: Any, array: Any, value: Any, position: Any) -> Any:
    data = context.make_array(array)(context, builder, value).data
    return builder.bitcast(builder.gep(data, [position]), _VECTOR.as_pointer())


@_instruction
def load(_typing_context: Any, array: Any, position: Any) -> Any:
    """Sixteen numbers of a contiguous array of float64, from a position on. Nobody looks whether there are so many."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_address(context, builder, array, *arguments), align=8)

    return _LANES(array, types.intp), generate


@_instruction
def store(_typing_context: Any, array: Any, position: Any, lanes: Any) -> Any:
    """Put them into such an array."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _address(context, builder, array, *arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate


def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.BaseTuple):
        members: Any = kind
        for place, member in enumerate(members.types):
            found = _uncounted(context, builder, member, builder.extract_value(value, place))
            value = builder.insert_value(value, found, place)
        return value
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        for counter in ("meminfo", "parent"):
            setattr(array, counter, ir.Constant(getattr(array, counter).type, None))
        return array._getvalue()
    return value


@_instruction
def borrowed(_typing_context: Any, arrays: Any) -> Any:
    """The same array, or tuple of arrays, whose uses nobody counts: not to be kept or returned, as its numbers go with the array's.

    Numba counts the users of every array anew each time a field of a tuple is looked at, or the tuple passed on. With 50 patients that
    took longer than all arithmetic.
    """

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _uncounted(context, builder, arrays, arguments[0])

    return arrays(arrays), generate


@_instruction
def spread(_typing_context: Any, number: Any) -> Any:
    """The same number sixteen times."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), arguments[0], _INTEGER(0))
        return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_INTEGER, WIDTH), [0] * WIDTH))

    return _LANES(types.float64), generate


@_instruction
def total(_typing_context: Any, lanes: Any) -> Any:
    """Their sum: halves are added until one number is left."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        (left,) = arguments
        half = WIDTH // 2
        while half:
            low, high = (
                ir.Constant(ir.VectorType(_INTEGER, half), list(range(start, start + half))) for start in (0, half)
            )
            left = builder.fadd(builder.shuffle_vector(left, left, low), builder.shuffle_vector(left, left, high))
            half //= 2
        return builder.extract_element(left, _INTEGER(0))

    return types.float64(lanes), generate


def _summed(builder: Any, lanes: Any, shift: int) -> Any:
    """Every number and all before it (`shift` 1), or all after it (−1)."""
    nothing, reach = ir.Constant(_VECTOR, [0.0] * WIDTH), shift
    while abs(reach) < WIDTH:
        sources = [place - reach if 0 <= place - reach < WIDTH else WIDTH for place in range(WIDTH)]
        moved = builder.shuffle_vector(lanes, nothing, ir.Constant(ir.VectorType(_INTEGER, WIDTH), sources))
        lanes, reach = builder.fadd(lanes, moved), 2 * reach
    return lanes


@_instruction
def running(_typing_context: Any, lanes: Any) -> Any:
    """Of each of them the sum of it and all before it."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _summed(builder, arguments[0], 1)

    return _LANES(lanes), generate


@_instruction
def remaining(_typing_context: Any, lanes: Any) -> Any:
    """Of each of them the sum of it and all after it."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _summed(builder, arguments[0], -1)

    return _LANES(lanes), generate


@_instruction
def larger(_typing_context: Any, first: Any, second: Any) -> Any:
    """The larger of two numbers, sixteen times."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *arguments), arguments[1], arguments[0])

    return _LANES(first, second), generate


@_instruction
def _bits(_typing_context: Any, number: Any) -> Any:
    """The 64 bits of a number."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.uint64(types.float64), generate


@_instruction
def _number(_typing_context: Any, bits: Any) -> Any:
    """The number that has these 64 bits."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _DOUBLE)

    return types.float64(types.uint64), generate


_WHOLE = 1.5 * 2.0**52  # what is added to it is rounded to a whole number, which stands in its last bits
_WHOLE_BITS = np.float64(_WHOLE).view(np.uint64)
_PER_OCTAVE = 1.4426950408889634  # 1 / ln 2
# ln 2 in two parts; the first times any exponent is exact (FreeBSD msun, e_exp.c and e_log.c, of Sun Microsystems, 1993).
_OCTAVE_HIGH, _OCTAVE_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_FACTORIALS = tuple(1.0 / float(np.prod(np.arange(1.0, n + 1.0))) for n in range(14))
_MANTISSA = np.uint64(52)
_SMALLEST = 2.0**-1022
_MANY = 2.0**54
_HALF_ROOT_BITS = np.float64(np.sqrt(0.5)).view(np.uint64)
_ONE_BITS = np.float64(1.0).view(np.uint64)
_LG1, _LG2, _LG3, _LG4, _LG5, _LG6, _LG7 = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = _FACTORIALS[2:]


@kernel(error_model="numpy")
def exponential(x: float) -> float:
    """e to the power of x, within one unit in the last place; 0 below −`LARGEST_EXPONENT`; not for x above `LARGEST_EXPONENT`."""
    held = max(x, -LARGEST_EXPONENT)
    shifted = held * _PER_OCTAVE + _WHOLE
    octaves = shifted - _WHOLE
    r = (held - octaves * _OCTAVE_HIGH) - octaves * _OCTAVE_LOW
    tail = _C8 + r * (_C9 + r * (_C10 + r * (_C11 + r * (_C12 + r * _C13))))
    series = r + r * r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * (_C7 + r * tail))))))
    power = _number(_bits(1.0 + series) + (_bits(shifted) << _MANTISSA))
    # x − x carries what is not a number on.
    return (0.0 if x < -LARGEST_EXPONENT else power) + (x - x)


@kernel(error_model="numpy")
def logarithm(x: float) -> float:
    """The natural logarithm, within one unit in the last place; NaN of what is not a finite number above 0."""
    tiny = x < _SMALLEST
    scaled = x * _MANY if tiny else x
    # Mantissa between √½ and √2.
    moved = _bits(scaled) + (_ONE_BITS - _HALF_ROOT_BITS)
    biased = moved >> _MANTISSA
    octaves = (_number(biased + _WHOLE_BITS) - _WHOLE) - (1077.0 if tiny else 1023.0)
    f = _number(_bits(scaled) - ((biased << _MANTISSA) - _ONE_BITS)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    rest = z * (_LG1 + z * (_LG2 + z * (_LG3 + z * (_LG4 + z * (_LG5 + z * (_LG6 + z * _LG7))))))
    half = 0.5 * f * f
    found = octaves * _OCTAVE_HIGH - ((half - (s * (half + rest) + octaves * _OCTAVE_LOW)) - f)
    return found if 0.0 < x < np.inf else np.nan
