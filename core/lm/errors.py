"""The one error class of `core.lm`."""

from __future__ import annotations

from core.errors import InputError


class ModelError(InputError):
    """A model cannot be found, opened or run as asked; the sentence says what to do about it."""
