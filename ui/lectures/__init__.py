"""Lectures: ordered states of pages with a sentence for the screen and notes for the lecturer.

`parsing` and `reading` read the files, `states` finds each stop's state on its page, `playing`
follows the stops in a session, and `drawing` draws the bar, the notes, the list and the collector.
"""

from ui.lectures.drawing import draw_bar, draw_collector, draw_list, draw_notes
from ui.lectures.playing import CONTROLS, current, follow, notes_of

__all__ = [
    "CONTROLS",
    "current",
    "draw_bar",
    "draw_collector",
    "draw_list",
    "draw_notes",
    "follow",
    "notes_of",
]
