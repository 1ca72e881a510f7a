"""Numbers as people read them: no more digits than they deserve."""

from __future__ import annotations

import math

from charts.i18n import _

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(x: float, digits: int = 3) -> str:
    """`x` with `digits` significant digits, without an exponent where one can do without.

    >>> number(0.012345), number(1234567.0), number(2.5e-7), number(math.inf)
    ('0.0123', '1,234,567', '2.50·10⁻⁷', '∞')
    >>> number(0.9998), number(9.996), number(5e-324)
    ('1.00', '10.0', '4.94·10⁻³²⁴')
    """
    if math.isnan(x):
        return "—"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x == 0:
        return "0"
    mantissa, _e, power = f"{x:.{digits - 1}e}".partition("e")  # of the rounded number
    exponent = int(power)
    if exponent < -4:
        return _minus(f"{mantissa}·10{superscript(exponent)}")
    return _minus(f"{x:,.{max(0, digits - 1 - exponent)}f}")


def probability(p: float, digits: int = 3) -> str:
    """A probability in per cent; only 1 itself is "100 %".

    >>> probability(0.2944), probability(0.9998), probability(0.999998), probability(1.0)
    ('29.4 %', '99.98 %', '> 99.99 %', '100 %')
    """
    if 0 < p < 1e-6:
        return number(p, 2)
    texts = (number(100 * p, n) for n in (digits, 3, 4))
    return next((f"{t} %" for t in texts if p >= 1 or float(t) != 100), "> 99.99 %")


def bits(x: float, digits: int = 4) -> str:
    """An amount of information with its unit: `bits(1.5849625)` is "1.585 bits"."""
    return _("{n} bits").format(n=number(x, digits))


def count(n: int) -> str:
    """A whole number with its thousands apart: `count(49152)` is "49,152"."""
    return f"{n:,}"


def byte_size(n: int) -> str:
    """An amount of memory in the largest unit that gives at least 1.

    >>> byte_size(1), byte_size(36_864), byte_size(2**30)
    ('1.00 B', '36.0 KiB', '1.00 GiB')
    """
    units = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
    unit, name = next((unit, name) for unit, name in units if n >= unit)
    return f"{number(n / unit)} {name}"


def superscript(n: int) -> str:
    """A whole number as an exponent: `superscript(-7)` is "⁻⁷"."""
    return str(n).translate(_SUPERSCRIPT)


def _minus(text: str) -> str:
    """A typographic minus sign in place of the hyphen."""
    return text.replace("-", "−", 1) if text.startswith("-") else text
