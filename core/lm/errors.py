"""The one error class of `core.lm`."""

from __future__ import annotations


class ModelError(ValueError):
    """A model cannot be found, opened or run as asked; the sentence says what to do about it."""
