"""Large numbers as papers on scaling write them."""

from __future__ import annotations

from charts.format import number, superscript


def amount(x: float) -> str:
    """Return a number of parameters or tokens.

    >>> amount(135e6), amount(70e9), amount(1.4e12), amount(3e15)
    ('135 M', '70.0 B', '1.40 T', '3.00·10¹⁵')
    """
    for unit, name in ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1, "")):
        if unit <= x < 1000 * unit:
            return number(x / unit) + name
    return power(x)


def power(x: float) -> str:
    """Return a number as a power of 10.

    >>> power(5.76e23)
    '5.76·10²³'
    """
    mantissa, _e, exponent = f"{x:.2e}".partition("e")
    return f"{mantissa}·10{superscript(int(exponent))}"


def latex_power(x: float) -> str:
    r"""Return a number as a power of 10 in LaTeX.

    >>> latex_power(5.76e23)
    '5.76 \\times 10^{23}'
    """
    mantissa, _e, exponent = f"{x:.2e}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}"


def tens(low: int, high: int, step: int = 1) -> dict[str, list[float] | list[str]]:
    """Return the ticks of a logarithmic axis, one per `step` powers of 10."""
    exponents = range(low, high + 1, step)
    return {
        "tickvals": [10.0**e for e in exponents],
        "ticktext": ["10" + superscript(e) for e in exponents],
    }
