"""Which language the visitor reads: `?lang=`, else the sidebar's switch, else the browser's."""

from __future__ import annotations

import streamlit as st

from charts.i18n import LANGUAGES, current_language, ngettext, set_language_source
from charts.i18n import _ as _
from ui.fast_path import once
from ui.inputs import choice

__all__ = ["LANGUAGES", "_", "current_language", "language_switch", "ngettext"]

KEY = "lang"


def _session_language() -> str:
    return once("language", _asked_language)


def _asked_language() -> str:
    return str(st.session_state.get(KEY) or st.query_params.get(KEY) or _browser_language())


def _browser_language() -> str:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


set_language_source(_session_language)


def language_switch() -> None:
    """Draw the switch; the choice lives in the URL and follows the visitor from page to page."""
    choice("Language · 语言", LANGUAGES, key=KEY, value=_browser_language(), hide_label=True)
