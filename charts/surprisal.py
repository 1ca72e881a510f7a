"""The color of a token by its surprisal, the same on every page: strong means surprising."""

from __future__ import annotations

import math


def surprisal(p: float) -> float:
    """Return the surprisal −log₂ p in bits; ∞ for p = 0."""
    return -math.log2(p) if p > 0 else math.inf


def surprisal_shade(bits: float, vocab_size: int) -> float:
    """Return the place of a surprisal on the color scale, from 0 (certain) to 1.

    1 stands for log₂ V bits and more, the surprisal of a uniform guess among V tokens.

    >>> surprisal_shade(4.0, 256), surprisal_shade(math.inf, 256), surprisal_shade(0.0, 1)
    (0.5, 1.0, 0.0)
    """
    uniform = math.log2(vocab_size)
    return min(1.0, bits / uniform) if bits > 0 and uniform > 0 else float(bits > 0)
