"""Numbers as papers print them, with their source, and whether recomputing confirms them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Printed:
    """A number from a paper, in the paper's own digits.

    Attributes:
        text: The number as printed, such as "35.3" or "1.50e6"; its last digit is its precision.
        source: The paper or document, with the version if versions differ.
        place: Table, figure, section or equation.
        unit: Its unit; "" for a plain number.

    Raises:
        InputError: `text` is not a number, or `source` or `place` is empty.
    """

    text: str
    source: str
    place: str
    unit: str = ""

    def __post_init__(self) -> None:
        """Check that the number can be compared and found again."""
        try:
            finite = Decimal(self.text).is_finite()
        except InvalidOperation:
            finite = False
        if not finite:
            raise InputError("text must be a number as printed; got {text!r}.", text=self.text)
        if not self.source or not self.place:
            raise InputError(
                "source and place must say where the number {text} is printed.", text=self.text
            )

    @property
    def value(self) -> float:
        """Return the number."""
        return float(self.text)

    @property
    def half_step(self) -> float:
        """Return half a unit of the last printed digit: 0.05 for "35.3"."""
        exponent = Decimal(self.text).as_tuple().exponent
        assert isinstance(exponent, int)
        return float(Decimal(5).scaleb(exponent - 1))

    def agrees(self, recomputed: float) -> bool:
        """Return whether a recomputed number, rounded to the printed digits, is the printed one."""
        slack = 1e-9 * max(abs(self.value), abs(recomputed))  # of binary fractions, at a tie
        return abs(recomputed - self.value) <= self.half_step + slack

    def written(self, recomputed: float) -> str:
        """Return a recomputed number with one more digit than the printed one.

        Example:
            >>> Printed("35.3", "Dao et al. (2022), version 1", "Figure 2", "GB").written(40.29)
            '40.29'
        """
        exponent = Decimal(self.text).as_tuple().exponent
        assert isinstance(exponent, int)
        return f"{recomputed:,.{max(0, 1 - exponent)}f}"
