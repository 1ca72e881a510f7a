"""The fast path: redraw a view for a changed control without a Streamlit rerun.

A Streamlit rerun costs the browser more time than the server: at its beginning and its end, React
re-renders the whole page. Therefore a control first posts its value to this package over plain
HTTP. The server redraws the view in the visitor's session and responds with the new messages of the
view's components. Streamlit itself receives the value after the drag ends.

The fast path calls the same view function with the same validated values, but it collects the
elements instead of sending them. If the view's elements differ from those on the page, the fast
path falls back to a Streamlit rerun. If only the content of one of Streamlit's own elements has
changed, that element is stale until the rerun, which follows as soon as the drag pauses.

Only `streamlit_internals` imports Streamlit's private API. If an import fails or the Streamlit
version is not the one it was written for, the fast path is disabled, one line is logged, and every
change uses a Streamlit rerun.
"""

from __future__ import annotations

from ui.fast_path.drawing import (
    collect,
    current_token,
    fall_back,
    full_detail,
    moving,
    next_block,
    once,
)
from ui.fast_path.redrawing import draw_view, redraw, visitor
from ui.fast_path.session import sessions, with_session

__all__ = [
    "collect",
    "current_token",
    "draw_view",
    "fall_back",
    "full_detail",
    "moving",
    "next_block",
    "once",
    "redraw",
    "sessions",
    "visitor",
    "with_session",
]
