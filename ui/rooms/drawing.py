"""The part of the page that starts, joins and shows a room; the rest is `ui/frontend/room.js`."""

from __future__ import annotations

from charts.i18n import _
from ui.live import show


def room() -> None:
    """Draw the button that starts a room, at the current place of the sidebar."""
    words = {
        "start": _("Start a room"),
        "help": _("Your audience sees this page and its state on their own devices"),
        "room": _("Room {code}"),
        "here": _("Followers: {n}"),
        "join": _("Scan the code or open the link to follow this lecture."),
        "steer": _("Copy the lecturer's link"),
        "steerHelp": _("Whoever opens it controls the room. Keep it private."),
        "copied": _("Copied"),
        "failed": _("Could not copy"),
        "end": _("End the room"),
        "close": _("Close"),
        "following": _("Following the lecturer"),
        "own": _("You are on your own"),
        "again": _("Follow again"),
        "leave": _("Leave the room"),
        "votes": _("Answers: {n} of {all}"),
        "reveal": _("Reveal the answers"),
        "voted": _("Answer sent. You can change it until the lecturer reveals the answers."),
        "yours": _("your answer"),
        "waiting": _("Reconnecting…"),
        "ended": _("The room has ended."),
        "unknown": _("This room does not exist or has ended."),
        "full": _("This room is full."),
        "many": _("There are too many rooms on this server. Try again later."),
        "forged": _("This lecturer's link is not valid for this room."),
        "lost": _("The room server does not respond. This page still works on its own."),
    }
    show("room", "room", "room", {"words": words})
