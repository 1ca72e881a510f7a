"""The visitor's language: the choice in the sidebar, else `?lang=`, else the browser's language."""

from __future__ import annotations

from functools import partial

import streamlit as st

from charts.i18n import LANGUAGES, set_language_source
from charts.i18n import _ as _
from ui.controls import Choice
from ui.fast_path import once


def _browser_language() -> str:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


#: Each language has its own name, whatever the language of the page.
_NAMES = {code: partial(str, name) for code, name in LANGUAGES.items()}
LANGUAGE = Choice("lang", "Language · 语言", _NAMES, _browser_language, hide_label=True)


def _session_language() -> str:
    """Return the visitor's language; unlike `LANGUAGE.value`, this also works outside a session."""
    return once("language", _find_language)


def _find_language() -> str:
    key = LANGUAGE.key
    chosen = LANGUAGE.clean(st.session_state.get(key) or st.query_params.get(key))
    return chosen or _browser_language()


set_language_source(_session_language)
