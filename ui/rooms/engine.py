"""Where rooms are kept: in this process, or in an engine that several processes share."""

from __future__ import annotations

import asyncio
import secrets
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

LONGEST_S = 12 * 3600.0  # a room ends after this time
GRACE_S = 300.0  # a room ends this long after the lecturer's last connection was lost
ABSENT_S = 90.0  # a follower who has not been seen for this long is not counted
MOST_ROOMS = 100
MOST_FOLLOWERS = 400  # in one room
MOST_WAITING = 32  # messages for one connection; the oldest are dropped, since states are complete


class Lost(Exception):  # noqa: N818 - a state of the engine, not a bug
    """The engine does not respond."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room: its code, its random nonce, and when it was started (seconds since 1970)."""

    code: str
    nonce: str
    started: float


class Engine(ABC):
    """Keeps rooms and passes their messages to every connection of every process.

    Every method that awaits raises `Lost` if the engine does not respond.
    """

    def __init__(self) -> None:
        """Start without connections."""
        self._queues: dict[str, set[asyncio.Queue[str | None]]] = {}

    @contextmanager
    def subscribed(self, code: str) -> Generator[asyncio.Queue[str | None]]:
        """Return a queue of the room's messages from now on; None in it means `Lost`."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)
        self._queues.setdefault(code, set()).add(queue)
        try:
            yield queue
        finally:
            self._queues[code].discard(queue)
            if not self._queues[code]:
                del self._queues[code]

    def _deliver(self, code: str, message: str | None) -> None:
        for queue in self._queues.get(code, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    async def ready(self) -> None:
        """Prepare to receive messages."""
        return

    @abstractmethod
    async def key(self) -> bytes:
        """Return the secret that signs lecturers' links; the same in all processes."""

    @abstractmethod
    async def open(self, room: Room) -> bool:
        """Add a room; return False if its code is taken or there are too many rooms."""

    @abstractmethod
    async def find(self, code: str) -> Room | None:
        """Return a room; None if there is none or it has ended."""

    @abstractmethod
    async def keep(self, code: str) -> None:
        """Note that the room's lecturer is connected, which postpones the end of the room."""

    @abstractmethod
    async def close(self, code: str) -> None:
        """End a room and forget everything about it."""

    @abstractmethod
    async def put(self, code: str, fields: dict[str, str]) -> None:
        """Store texts by name with a room, which is removed together with them."""

    @abstractmethod
    async def fields(self, code: str) -> dict[str, str]:
        """Return the texts stored with a room."""

    @abstractmethod
    async def enter(self, code: str, who: str) -> bool:
        """Note that a follower is present; return False if the room is full."""

    @abstractmethod
    async def leave(self, code: str, who: str) -> None:
        """Note that a follower has left."""

    @abstractmethod
    async def present(self, code: str) -> int:
        """Return the number of followers who are present."""

    @abstractmethod
    async def vote(self, code: str, who: str, answer: int) -> None:
        """Store a follower's answer, in place of an earlier one."""

    @abstractmethod
    async def votes(self, code: str) -> Counter[int]:
        """Return how many followers have given each answer."""

    @abstractmethod
    async def clear_votes(self, code: str) -> None:
        """Forget all answers."""

    @abstractmethod
    async def publish(self, code: str, message: str) -> None:
        """Pass a message to every connection of the room."""


@dataclass(slots=True)
class _Kept:
    room: Room
    ends: float
    fields: dict[str, str] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    votes: dict[str, int] = field(default_factory=dict)


class Memory(Engine):
    """Rooms in this process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start without rooms; `clock` returns seconds since 1970."""
        super().__init__()
        self._clock = clock
        self._rooms: dict[str, _Kept] = {}
        self._key = secrets.token_bytes(32)

    def _kept(self, code: str) -> _Kept | None:
        kept = self._rooms.get(code)
        if kept is not None and self._clock() >= kept.ends:
            del self._rooms[code]
            return None
        return kept

    def _end(self, room: Room) -> float:
        return min(room.started + LONGEST_S, self._clock() + GRACE_S)

    async def key(self) -> bytes:
        """Return a key that is random for each process."""
        return self._key

    async def open(self, room: Room) -> bool:
        """Add a room."""
        for code in list(self._rooms):
            self._kept(code)
        if room.code in self._rooms or len(self._rooms) >= MOST_ROOMS:
            return False
        self._rooms[room.code] = _Kept(room, self._end(room))
        return True

    async def find(self, code: str) -> Room | None:
        """Return a room."""
        kept = self._kept(code)
        return kept.room if kept else None

    async def keep(self, code: str) -> None:
        """Postpone the end of a room."""
        if kept := self._kept(code):
            kept.ends = self._end(kept.room)

    async def close(self, code: str) -> None:
        """End a room."""
        self._rooms.pop(code, None)

    async def put(self, code: str, fields: dict[str, str]) -> None:
        """Store texts."""
        if kept := self._kept(code):
            kept.fields |= fields

    async def fields(self, code: str) -> dict[str, str]:
        """Return the texts."""
        kept = self._kept(code)
        return dict(kept.fields) if kept else {}

    async def enter(self, code: str, who: str) -> bool:
        """Note a follower."""
        kept = self._kept(code)
        if kept is None or (who not in kept.seen and await self.present(code) >= MOST_FOLLOWERS):
            return False
        kept.seen[who] = self._clock()
        return True

    async def leave(self, code: str, who: str) -> None:
        """Forget a follower; their answer remains."""
        if kept := self._kept(code):
            kept.seen.pop(who, None)

    async def present(self, code: str) -> int:
        """Return the number of followers."""
        kept = self._kept(code)
        if kept is None:
            return 0
        oldest = self._clock() - ABSENT_S
        kept.seen = {who: at for who, at in kept.seen.items() if at > oldest}
        return len(kept.seen)

    async def vote(self, code: str, who: str, answer: int) -> None:
        """Store an answer."""
        kept = self._kept(code)
        if kept and (who in kept.votes or len(kept.votes) < MOST_FOLLOWERS):
            kept.votes[who] = answer

    async def votes(self, code: str) -> Counter[int]:
        """Count the answers."""
        kept = self._kept(code)
        return Counter(kept.votes.values() if kept else ())

    async def clear_votes(self, code: str) -> None:
        """Forget all answers."""
        if kept := self._kept(code):
            kept.votes.clear()

    async def publish(self, code: str, message: str) -> None:
        """Pass a message to the connections of this process."""
        self._deliver(code, message)
