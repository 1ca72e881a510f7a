"""Rooms in Redis or Valkey, for an app that runs as several processes."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ui.rooms.engine import (
    ABSENT_S,
    GRACE_S,
    LONGEST_S,
    MOST_FOLLOWERS,
    MOST_ROOMS,
    Engine,
    Lost,
    Room,
)

PATIENCE_S = 2.0  # for a reply; after this time Redis counts as lost
_PREFIX = "logitlab:room:"
_ROOMS = "logitlab:rooms"  # codes, sorted by the time at which they end


@contextmanager
def _found() -> Generator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise Lost from error


class RedisEngine(Engine):
    """Rooms in Redis: hashes that expire, and one channel per room.

    Each process has one connection that listens to the channels of all rooms.
    """

    def __init__(self, url: str) -> None:
        """Use the server at `url`, such as "redis://localhost:6379/0"; it connects later."""
        super().__init__()
        self._redis: Any = Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._listener: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def ready(self) -> None:
        """Listen to all rooms, if this process does not listen yet."""
        async with self._opening:
            if self._listener is None or self._listener.done():
                channels = self._redis.pubsub(ignore_subscribe_messages=True)
                await self._ask(channels.psubscribe(f"{_PREFIX}*"))
                self._listener = asyncio.create_task(self._listen(channels))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._listener is not None:
            self._listener.cancel()
        await self._redis.aclose()

    async def _listen(self, channels: Any) -> None:
        try:
            while True:
                message = await channels.get_message(timeout=PATIENCE_S)
                if message is not None:
                    self._deliver(message["channel"].removeprefix(_PREFIX), message["data"])
        except (RedisError, OSError, TimeoutError):
            for code in list(self._queues):
                self._deliver(code, None)
        finally:
            await channels.aclose()

    async def _ask(self, command: Awaitable[Any]) -> Any:
        with _found():
            async with asyncio.timeout(2 * PATIENCE_S):
                return await command

    async def _expire(self, code: str, started: float) -> None:
        now = time.time()
        seconds = max(1, int(min(GRACE_S, started + LONGEST_S - now)))
        pipe = self._redis.pipeline()
        for name in ("", ":seen", ":votes"):
            pipe.expire(f"{_PREFIX}{code}{name}", seconds)
        pipe.zadd(_ROOMS, {code: now + seconds})
        await self._ask(pipe.execute())

    async def key(self) -> bytes:
        """Return the key that the first process has stored."""
        await self._ask(self._redis.set("logitlab:key", secrets.token_hex(32), nx=True))
        return bytes.fromhex(await self._ask(self._redis.get("logitlab:key")))

    async def open(self, room: Room) -> bool:
        """Add a room."""
        await self._ask(self._redis.zremrangebyscore(_ROOMS, 0, time.time()))
        if await self._ask(self._redis.zcard(_ROOMS)) >= MOST_ROOMS:
            return False
        name = _PREFIX + room.code
        if not await self._ask(self._redis.hsetnx(name, "nonce", room.nonce)):
            return False
        await self._ask(self._redis.hset(name, "started", repr(room.started)))
        await self._expire(room.code, room.started)
        return True

    async def find(self, code: str) -> Room | None:
        """Return a room."""
        nonce, started = await self._ask(self._redis.hmget(_PREFIX + code, "nonce", "started"))
        if not nonce or not started or time.time() >= float(started) + LONGEST_S:
            return None
        return Room(code, nonce, float(started))

    async def keep(self, code: str) -> None:
        """Postpone the end of a room."""
        if room := await self.find(code):
            await self._expire(code, room.started)

    async def close(self, code: str) -> None:
        """End a room."""
        names = [f"{_PREFIX}{code}{name}" for name in ("", ":seen", ":votes")]
        await self._ask(self._redis.delete(*names))
        await self._ask(self._redis.zrem(_ROOMS, code))

    async def put(self, code: str, fields: dict[str, str]) -> None:
        """Store texts."""
        if await self.find(code):
            pairs = {f"·{name}": text for name, text in fields.items()}
            await self._ask(self._redis.hset(_PREFIX + code, mapping=pairs))

    async def fields(self, code: str) -> dict[str, str]:
        """Return the texts."""
        stored = await self._ask(self._redis.hgetall(_PREFIX + code))
        return {name[1:]: text for name, text in stored.items() if name.startswith("·")}

    async def enter(self, code: str, who: str) -> bool:
        """Note a follower."""
        name, room = f"{_PREFIX}{code}:seen", await self.find(code)
        if room is None:
            return False
        known = await self._ask(self._redis.zscore(name, who)) is not None
        if not known and await self.present(code) >= MOST_FOLLOWERS:
            return False
        await self._ask(self._redis.zadd(name, {who: time.time()}))
        await self._ask(self._redis.expire(name, int(GRACE_S)))
        return True

    async def leave(self, code: str, who: str) -> None:
        """Forget a follower; their answer remains."""
        await self._ask(self._redis.zrem(f"{_PREFIX}{code}:seen", who))

    async def present(self, code: str) -> int:
        """Return the number of followers."""
        name = f"{_PREFIX}{code}:seen"
        await self._ask(self._redis.zremrangebyscore(name, 0, time.time() - ABSENT_S))
        return await self._ask(self._redis.zcard(name))

    async def vote(self, code: str, who: str, answer: int) -> None:
        """Store an answer."""
        name = f"{_PREFIX}{code}:votes"
        known = await self._ask(self._redis.hexists(name, who))
        if known or await self._ask(self._redis.hlen(name)) < MOST_FOLLOWERS:
            await self._ask(self._redis.hset(name, who, answer))
            await self._ask(self._redis.expire(name, int(GRACE_S)))

    async def votes(self, code: str) -> Counter[int]:
        """Count the answers."""
        given = await self._ask(self._redis.hvals(f"{_PREFIX}{code}:votes"))
        return Counter(int(answer) for answer in given)

    async def clear_votes(self, code: str) -> None:
        """Forget all answers."""
        await self._ask(self._redis.delete(f"{_PREFIX}{code}:votes"))

    async def publish(self, code: str, message: str) -> None:
        """Pass a message to the connections of all processes."""
        await self._ask(self._redis.publish(_PREFIX + code, message))
