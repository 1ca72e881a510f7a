"""The fast path from a moved control to the painted figure: a sealed room.

A run of Streamlit costs the browser more than the server: every run tells the whole page that it
has begun and ended, and React goes through all of it. So a control first posts its value to this
package over plain HTTP; the server draws the view again, in the visitor's session, and answers with
the new messages of the view's components. Streamlit learns of it when the hand has rested.

The view is the same function with the same cleaned values; only its elements are collected instead
of sent. Where a view shows other elements than before, the fast path falls back: the change takes
Streamlit's own way. Where one of Streamlit's elements only says something else, it is stale: it
follows as soon as the hand pauses.

Only `streamlit_internals` imports what Streamlit does not publish. Where that fails, or the version
is another than the one it was written for, the fast path is off, the log says so in one line, and
the app works by Streamlit's own way.
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
from ui.fast_path.redrawing import draw_view, redraw
from ui.fast_path.session import with_session

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
    "with_session",
]
