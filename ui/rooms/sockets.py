"""Small helpers of the room's WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect


async def first(*jobs: Any) -> None:
    """Run coroutines until the first one ends; raise its error."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def text(socket: WebSocket) -> str:
    """Return the browser's next message; "" if it is not a text."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    return message.get("text") or ""


def as_json(**message: Any) -> str:
    """Return a message as JSON."""
    return orjson.dumps(message).decode()


async def say(socket: WebSocket, **message: Any) -> None:
    """Send a message to the browser if it is still there."""
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_text(as_json(**message))
