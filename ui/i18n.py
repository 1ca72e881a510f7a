"""Which language the visitor reads: the sidebar's switch, else `?lang=`, else the browser's."""

from __future__ import annotations

import streamlit as st

from charts.i18n import LANGUAGES, set_language_source
from charts.i18n import _ as _
from ui.controls import Choice
from ui.fast_path import once


def _browser_language() -> str:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


LANGUAGE = Choice("lang", "Language · 语言", LANGUAGES, _browser_language, hide_label=True)


def _session_language() -> str:
    """The visitor's language; unlike `LANGUAGE.value` it can be asked outside of a session."""
    return once("language", _asked_language)


def _asked_language() -> str:
    key = LANGUAGE.key
    asked = LANGUAGE.clean(st.session_state.get(key) or st.query_params.get(key))
    return asked or _browser_language()


set_language_source(_session_language)
