"""The WebSocket of a room: one connection for each lecturer and follower, at `/lab/room`.

A connection begins with the browser's message `{"start": true}` or `{"join": code, "token": …}`.
With the lecturer's token it may steer. All other connections may only answer questions; one that
tries anything else is closed.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ui import assets
from ui.rooms import engine_from_environment, protocol
from ui.rooms.engine import Engine, Lost, Room
from ui.rooms.protocol import Bucket, FindTopic, Shown
from ui.rooms.sockets import as_json, first, say, text
from ui.values import number_of

HELLO_S = 10.0  # time for the first message
LECTURER_TICK_S, FOLLOWER_TICK_S = 1.0, 20.0  # between looks at the counts, and at the room
LECTURER_RATE, FOLLOWER_RATE = (40.0, 80), (1.0, 8)  # messages per second, and at once
BROKEN_RULES = 1008  # WebSocket close code: policy violation
ENDED = '{"ended":true}'


@dataclass(slots=True)
class _Seat:
    """A connection's place in a room."""

    room: Room
    who: str
    steers: bool
    state: Shown | None = None
    poll: dict[str, Any] | None = None
    counted: tuple[int, int] = (0, 0)
    bucket: Bucket = field(default_factory=lambda: Bucket(*FOLLOWER_RATE))


class Refused(Exception):  # noqa: N818 - the browser shows a sentence for it
    """The browser's first message cannot be accepted; the text names the reason."""


class Rooms:
    """All rooms of this process's visitors."""

    def __init__(
        self,
        find: FindTopic,
        engine: Engine | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Serve rooms on the pages that `find` knows; the engine is chosen at the first room."""
        self._find, self._engine, self._clock = find, engine, clock

    @property
    def engine(self) -> Engine:
        """Return where the rooms are kept."""
        if self._engine is None:
            self._engine = engine_from_environment()
        return self._engine

    def routes(self) -> list[WebSocketRoute]:
        """Return the server's route for rooms."""
        return [WebSocketRoute(f"{assets.base()}/lab/room", self._connected)]

    async def _connected(self, socket: WebSocket) -> None:
        await socket.accept()
        seat = None
        try:
            async with asyncio.timeout(HELLO_S):
                hello = protocol.parsed(await text(socket))
            await self.engine.ready()
            seat = await self._seat(hello or {})
            with self.engine.subscribed(seat.room.code) as queue:
                await self._welcome(socket, seat)
                await first(self._read(socket, seat), self._write(socket, seat, queue))
        except Refused as reason:
            await say(socket, error=str(reason))
        except Lost:
            await say(socket, error="lost")
        except (WebSocketDisconnect, TimeoutError):
            pass
        finally:
            if seat is not None and not seat.steers:
                with suppress(Lost):
                    await self.engine.leave(seat.room.code, seat.who)
            if socket.application_state == WebSocketState.CONNECTED:
                with suppress(RuntimeError, WebSocketDisconnect):
                    await socket.close()

    async def _seat(self, hello: dict[str, Any]) -> _Seat:
        if hello.get("start") is True:
            for _attempt in range(3):
                room = Room(protocol.new_code(), secrets.token_urlsafe(16), self._clock())
                if await self.engine.open(room):
                    return _Seat(room, "", True, bucket=Bucket(*LECTURER_RATE))
            raise Refused("many")
        code = protocol.code_of(hello.get("join"))
        room = await self.engine.find(code) if code else None
        if room is None:
            raise Refused("unknown")
        if hello.get("token") is not None:
            key = await self.engine.key()
            if not protocol.may_steer(key, room.code, room.nonce, hello["token"]):
                raise Refused("forged")
            await self.engine.keep(room.code)
            return _Seat(room, "", True, bucket=Bucket(*LECTURER_RATE))
        who = protocol.follower_of(hello.get("who"))
        if not await self.engine.enter(room.code, who):
            raise Refused("full")
        return _Seat(room, who, False)

    async def _welcome(self, socket: WebSocket, seat: _Seat) -> None:
        code = seat.room.code
        fields = await self.engine.fields(code)
        state, poll = (orjson.loads(fields.get(name, "null")) for name in ("state", "poll"))
        seat.counted = await self._counts(seat)
        here, votes = seat.counted
        message: dict[str, Any] = {"room": code, "poll": poll, "here": here}
        if seat.steers:
            seat.state, seat.poll = (Shown(**state) if state else None), poll
            token = protocol.signature(await self.engine.key(), code, seat.room.nonce)
            await say(socket, **message, token=token, votes=votes)
        else:
            await say(socket, **message, who=seat.who, state=state)

    async def _counts(self, seat: _Seat) -> tuple[int, int]:
        code = seat.room.code
        return await self.engine.present(code), (await self.engine.votes(code)).total()

    async def _write(self, socket: WebSocket, seat: _Seat, queue: asyncio.Queue[Any]) -> None:
        """Send the room's messages to the browser until the room ends."""
        period = LECTURER_TICK_S if seat.steers else FOLLOWER_TICK_S
        due = asyncio.get_running_loop().time() + period
        while True:
            try:
                async with asyncio.timeout_at(due):
                    message = await queue.get()
            except TimeoutError:
                due = asyncio.get_running_loop().time() + period
                message = await self._tick(seat)
                if not message:
                    continue
            if message is None:
                raise Lost
            await socket.send_text(message)
            if message == ENDED:
                return

    async def _tick(self, seat: _Seat) -> str:
        """Look after a quiet room; return a message for the browser, or ""."""
        code = seat.room.code
        if await self.engine.find(code) != seat.room:
            return ENDED
        if not seat.steers:
            await self.engine.enter(code, seat.who)
            return ""
        await self.engine.keep(code)
        before, seat.counted = seat.counted, await self._counts(seat)
        here, votes = seat.counted
        return "" if seat.counted == before else as_json(here=here, votes=votes)

    async def _read(self, socket: WebSocket, seat: _Seat) -> None:
        """Handle the browser's messages until it disconnects or breaks a rule."""
        while True:
            message = protocol.parsed(await text(socket))
            allowed = seat.bucket.take(time.monotonic()) and message is not None
            handle = self._steered if seat.steers else self._voted
            if not allowed or not await handle(seat, message or {}):
                await socket.close(BROKEN_RULES)
                return

    async def _voted(self, seat: _Seat, message: dict[str, Any]) -> bool:
        """Store a follower's answer; return False if the message is anything else."""
        if set(message) != {"vote", "poll"}:
            return False
        poll = orjson.loads((await self.engine.fields(seat.room.code)).get("poll", "null"))
        answer = number_of(message["vote"])
        is_open = poll and poll["open"] and poll["id"] == message["poll"]
        if is_open and answer is not None and answer < poll["answers"]:
            await self.engine.vote(seat.room.code, seat.who, answer)
        return True

    async def _steered(self, seat: _Seat, message: dict[str, Any]) -> bool:
        """Pass a lecturer's act on to the followers; invalid states and values are ignored."""
        code = seat.room.code
        if "end" in message:
            await self.engine.close(code)
            await self.engine.publish(code, ENDED)
        elif "move" in message:
            raw = message["move"]
            values = await asyncio.to_thread(protocol.moved, raw, seat.state, self._find)
            if values:
                move = {"path": raw["path"], "values": values}
                await self.engine.publish(code, as_json(move=move, here=seat.counted[0]))
        elif "state" in message:
            state = await asyncio.to_thread(protocol.shown, message["state"], self._find)
            if state is not None:
                seat.state, seat.poll = state, await self._polled(seat, state)
                fields = {"state": as_json(**asdict(state)), "poll": as_json(**seat.poll)}
                await self.engine.put(code, fields)
                told = as_json(state=asdict(state), poll=seat.poll, here=seat.counted[0])
                await self.engine.publish(code, told)
        return True

    async def _polled(self, seat: _Seat, state: Shown) -> dict[str, Any]:
        """Return the question of the new state; count the answers when it is revealed."""
        topic = self._find(state.path)
        found = protocol.question_of(state, topic) if topic else None
        name, answers, is_open = found or ("", 0, False)
        before = seat.poll if seat.poll and seat.poll["id"] == name else None
        poll = {"id": name, "answers": answers, "open": is_open, "counts": None}
        if is_open and not (before and before["open"]):
            await self.engine.clear_votes(seat.room.code)
        elif before and before["open"] and not is_open:
            votes = await self.engine.votes(seat.room.code)
            poll["counts"] = [votes[i] for i in range(answers)]
        elif before:
            poll["counts"] = before["counts"]
        return poll
