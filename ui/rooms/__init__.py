"""Rooms: an audience sees the lecturer's page and state on their own devices.

`protocol` validates what a lecturer and followers send, `engine` and `redis_engine` keep the rooms,
`server` is the WebSocket route, and `drawing` is the part of the page.
"""

from __future__ import annotations

import os

from ui.rooms.engine import Engine, Memory


def engine_from_environment() -> Engine:
    """Return Redis where `LOGITLAB_REDIS` holds its URL, else this process's memory."""
    url = os.environ.get("LOGITLAB_REDIS", "")
    if not url:
        return Memory()
    from ui.rooms.redis_engine import RedisEngine

    return RedisEngine(url)
