"""Translation: `_("…")` gives the text in the visitor's language, English where none is known.

English is the source. The catalogs lie in `locales/<language>/LC_MESSAGES/logitlab.mo`; charts
and pages call the same `_`. Which language a call is for is asked of a source that `ui` sets: a
server thread serves many visitors, so no module-level language would do.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LOCALES = Path(__file__).resolve().parent.parent / "locales"

#: Language codes (as in `?lang=`) and the name each calls itself.
LANGUAGES = {"en": "English", "zh": "简体中文"}
_FOLDERS = {"zh": "zh_CN"}


def _english() -> str:
    return "en"


class _Source:
    """Holds the function that tells the current visitor's language."""

    language: Callable[[], str] = staticmethod(_english)


def set_language_source(source: Callable[[], str]) -> None:
    """Say where `_` asks for the current language; called once by `ui`."""
    _Source.language = staticmethod(source)


_spoken: ContextVar[str] = ContextVar("language of this block", default="")


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Translate into this language inside the block, whoever the visitor is."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def current_language() -> str:
    """The current visitor's language code, "en" where the source names none that we have."""
    language = _spoken.get() or _Source.language()
    return language if language in LANGUAGES else "en"


@lru_cache(maxsize=8)
def catalog(language: str) -> gettext.NullTranslations:
    """The translations of one language; untranslated texts fall back to English."""
    if language not in _FOLDERS:
        return gettext.NullTranslations()
    return gettext.translation("logitlab", LOCALES, [_FOLDERS[language]], fallback=True)


def translated(message: str) -> str:
    """Return a text that was marked with `N_` in the visitor's language."""
    return catalog(current_language()).gettext(message) if message else ""


def _(message: str) -> str:
    """Return `message` in the visitor's language."""
    return translated(message)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for translation and return it as it is; `translated` translates it when drawn."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    """`singular` or `plural`, as `n` and the visitor's language ask."""
    return catalog(current_language()).ngettext(singular, plural, n)
