"""Decimal numbers in text -> floats, a column at a time: eight characters are one machine word, and all cells are worked on together.

A cell is loaded as up to three little-endian words that end where it ends. The point is taken out by moving the digits before it
up by one, eight digits become a number in three multiplications (D. Lemire, "Quickly parsing eight digits", 2018), and the digits
behind the point say by which power of ten to divide. Up to 15 digits this is exact: both parts are whole floats (W. D. Clinger,
"How to read floating point numbers accurately", 1990). The quotient of longer ones is corrected by what the division leaves over,
worked out in twice the precision (T. J. Dekker, "A floating-point technique for extending the available precision", 1971); one so near
to the middle between two floats that this may not tell which is nearer counts as unread.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Floats, Ints

PAD = 32  # bytes that must stand before the first cell
WIDEST = 24  # characters of a number without its sign and exponent
SHORT = 15  # of such as need no care: their digits are a whole float, and so is the power of ten
Bools = NDArray[np.bool_]
_Words = NDArray[np.uint64]


def _word(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_ZEROS, _ONES, _HIGH = _word(ord("0")), _word(1), _word(0x80)
_POINTS = _word(ord(".") ^ ord("0"))
_ABOVE_NINE = _word(0x80 - 10)
_PAIRS, _HUNDREDS, _TENS = np.uint64(0x000000FF000000FF), np.uint64(100 + (1_000_000 << 32)), np.uint64(1 + (10_000 << 32))
# Of each word, by the size of the cell: the bits of its characters, which stand at the end of the word.
_KEEP = [
    np.array([2**64 - 2 ** (64 - 8 * min(max(size - before, 0), 8)) for size in range(WIDEST + 1)], dtype=np.uint64)
    for before in range(0, WIDEST, 8)
]
MOST = 45  # the largest power of ten that is the sum of two floats
_POWERS = np.array([float(10**power) for power in range(MOST + 1)])
_RESTS = np.array([float(10**power - int(float(10**power))) for power in range(MOST + 1)])  # none up to 10**22
_EXACT, _WHOLE = np.uint64(2**53), np.uint64(2**63)
_SPLIT = 2.0**27 + 1
_DOUBT = 2.0**-40  # of what is added to a quotient; its error is a thousandth of this
_EXPONENTS = ((ord("e"), 4), (ord("E"), 4), (ord("e"), 3), (ord("E"), 3))  # e-05, e-5


def decimals(data: NDArray[np.uint8], starts: Ints, ends: Ints, *, signs: bool = True) -> tuple[Floats, Bools]:
    """Read the cells ``data[start:end]``; gives the numbers, and which cells are none that can be read so.

    ``data`` has ``PAD`` bytes before the first cell. Cells must not be empty. ``signs``: whether any may begin with a minus.
    """
    value, wrong = _read(data, starts, ends, None, signs)
    if wrong.any():
        at = np.flatnonzero(wrong)
        for letter, size in _EXPONENTS:
            mine = at[(data[ends[at] - size] == letter) & (ends[at] - starts[at] > size)]
            if len(mine):
                value[mine], wrong[mine] = _with_exponent(data, starts[mine], ends[mine], size)
    return value, wrong


def _with_exponent(data: NDArray[np.uint8], starts: Ints, ends: Ints, size: int) -> tuple[Floats, Bools]:
    digits = [data[ends - place].astype(np.int64) - ord("0") for place in range(1, size - 1)]
    sign = data[ends - size + 1]
    exponent = sum(digit * 10**place for place, digit in enumerate(digits)) * np.where(sign == ord("-"), 1, -1)
    wrong = (sign != ord("-")) & (sign != ord("+"))
    for digit in digits:
        wrong |= (digit < 0) | (digit > 9)
    value, bad = _read(data, starts, ends - size, np.where(wrong, 0, exponent), signs=True)
    return value, wrong | bad


def _read(data: NDArray[np.uint8], starts: Ints, ends: Ints, exponent: Ints | None, signs: bool) -> tuple[Floats, Bools]:
    """Read numbers without an exponent, or with one that stands elsewhere: they are divided by ten to its power."""
    negative = data[starts] == ord("-") if signs else None
    signed = negative is not None and bool(negative.any())
    sizes = ends - starts - negative if negative is not None and signed else ends - starts
    widest = int(sizes.max(initial=1))
    words, behind, points = _without_point(_load(data, ends, sizes, widest))
    mantissa, wrong = _mantissa(words)
    odd = sizes <= points if widest <= WIDEST else (sizes <= points) | (sizes > WIDEST)
    if exponent is None and widest <= SHORT:
        value = mantissa.astype(np.float64) / _POWERS[behind]
    else:
        power = behind if exponent is None else behind + exponent
        value, unsure = _divided(mantissa.astype(np.float64), mantissa, np.minimum(np.maximum(power, 0), MOST))
        odd = odd | (power > MOST) | (power < 0)
        odd = odd if unsure is None else odd | unsure
    if negative is not None and signed:
        value[negative] *= -1.0
    return value, odd if wrong is None else wrong | odd


def _load(data: NDArray[np.uint8], ends: Ints, sizes: Ints, widest: int) -> list[_Words]:
    """The characters of each cell xor ``0``, the last eight first; what stands before a cell is set to zero."""
    anywhere: _Words = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    least = int(sizes.min(initial=WIDEST))
    sizes = sizes[:1] if _is_uniform(sizes) else sizes
    sizes = sizes if widest <= WIDEST else np.minimum(sizes, WIDEST)
    words = []
    for number in range(min((widest + 7) // 8, WIDEST // 8)):
        word = anywhere[ends - 8 * (number + 1)]
        word ^= _ZEROS
        if least < 8 * (number + 1):
            word &= _KEEP[number][sizes]
        words.append(word)
    return words


def _is_uniform(values: NDArray[Any]) -> bool:
    return len(values) > 0 and bool((values == values[0]).all())


def _without_point(words: list[_Words]) -> tuple[list[_Words], Ints, Bools]:
    """Take out the last point of each cell; how many digits stand behind it, and whether there is one.

    Where all points stand at one place, as in most columns, masks and answers are of length 1.
    """
    behind = np.zeros(1, dtype=np.int64)
    found = np.zeros(1, dtype=np.uint64)  # all bits set: the point stood in a word behind this one
    closed = []
    for number, word in enumerate(words):
        differs = word ^ _POINTS
        marks = (differs - _ONES) & ~differs & _HIGH
        marks = marks[:1] if _is_uniform(marks) else marks
        # The highest mark of a word may be false, the lowest never is; there is one point in a number.
        mark = marks & (~marks + np.uint64(1))
        here = (mark != 0).astype(np.uint64)
        if not here.any():
            above, below = ~found, found
        else:
            behind = np.where((found == 0) & (mark != 0), 8 * number + _bytes_above(mark), behind)
            above, below = ~((mark << np.uint64(1)) - here) & ~found, ((mark >> np.uint64(7)) - here) | found
            found = found | (np.uint64(0) - here)
        if found.any():
            carried = words[number + 1] >> np.uint64(56) if number + 1 < len(words) else np.uint64(0)
            word = (word & above) | ((word & below) << np.uint64(8)) | (carried & found)  # noqa: PLW2901 - one word after another
        closed.append(word)
    return closed, behind, found != 0


def _bytes_above(mark: _Words) -> Ints:
    """How many bytes stand behind the one whose highest bit is set."""
    below = (((mark >> np.uint64(7)) - np.uint64(1)) & _ONES) * _ONES >> np.uint64(56)
    return 7 - below.astype(np.int64)


def _mantissa(words: list[_Words]) -> tuple[_Words, Bools | None]:
    """The whole number that words of digits stand for, and which words hold anything else or too many digits (None: none)."""
    wrong: Bools | None = None
    total = np.zeros(1, dtype=np.uint64)
    for number, word in enumerate(words):
        odd = ((word + _ABOVE_NINE) | word) & _HIGH
        pairs = word * np.uint64(10) + (word >> np.uint64(8))
        part = ((pairs & _PAIRS) * _HUNDREDS + ((pairs >> np.uint64(16)) & _PAIRS) * _TENS) >> np.uint64(32)
        if number == 2:
            odd |= np.where(part >= 922, _HIGH, np.uint64(0))  # 2**63 is 922e16 and something
        if odd.any():
            wrong = odd != 0 if wrong is None else wrong | (odd != 0)
        total = part if number == 0 else total + part * np.uint64(10 ** (8 * number))
    return total, wrong


def _divided(value: Floats, mantissa: _Words, power: Ints) -> tuple[Floats, Bools | None]:
    """The float nearest to ``mantissa / 10**power``, and where it may be the one beside it (None: nowhere).

    ``value``: the float nearest to ``mantissa``.
    """
    divisor, rest = _POWERS[power], _RESTS[power]
    quotient: Floats = value / divisor
    long = np.flatnonzero(((mantissa > _EXACT) | (rest != 0)) & (mantissa < _WHOLE))
    if not len(long):
        return quotient, None
    value, rough = value[long], quotient[long]
    divisor, rest = (np.broadcast_to(part, quotient.shape)[long] for part in (divisor, rest))
    missing = mantissa[long].astype(np.int64) - value.astype(np.int64)
    product = rough * divisor
    high, low = _halves(rough)
    other, lower = _halves(divisor)
    error = ((high * other - product) + high * lower + low * other) + low * lower  # of the product, exactly
    more = ((value - product) - error + (missing - rough * rest)) / divisor
    quotient[long] = rough + more
    unsure = np.zeros(quotient.shape, dtype=bool)
    unsure[long] = rough + more * (1 + _DOUBT) != rough + more * (1 - _DOUBT)
    return quotient, unsure


def _halves(value: Floats) -> tuple[Floats, Floats]:
    """A float as the sum of two of half the digits."""
    large = value * _SPLIT
    high: Floats = large - (large - value)
    return high, value - high
