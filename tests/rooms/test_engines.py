"""Both engines keep rooms alike; Redis also carries them between processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ui import rooms
from ui.rooms import engine as engines
from ui.rooms.engine import Engine, Lost, Memory, Room
from ui.rooms.redis_engine import PATIENCE_S, RedisEngine

NOW = 1_000_000.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["memory", "redis"])
def run(request) -> Callable[[Callable[[Engine, float], Awaitable[None]]], None]:
    """Return a function that runs a test's coroutine with an engine and the time."""

    def in_memory(check) -> None:
        asyncio.run(check(Memory(Clock()), NOW))

    def in_redis(check) -> None:
        async def checked() -> None:
            import time

            engine = RedisEngine(request.getfixturevalue("redis_server").url)
            await engine.ready()
            try:
                await check(engine, time.time())
            finally:
                await engine.aclose()

        asyncio.run(checked())

    return in_memory if request.param == "memory" else in_redis


def test_a_room_is_found_until_it_is_closed(run) -> None:
    async def check(engine: Engine, now: float) -> None:
        room = Room("ABCDE", "nonce", now)
        assert await engine.find("ABCDE") is None
        assert await engine.open(room)
        assert not await engine.open(Room("ABCDE", "other", now)), "the code is taken"
        assert await engine.find("ABCDE") == room
        await engine.put("ABCDE", {"state": "s", "poll": "p"})
        await engine.put("ABCDE", {"state": "t"})
        assert await engine.fields("ABCDE") == {"state": "t", "poll": "p"}
        await engine.close("ABCDE")
        assert await engine.find("ABCDE") is None
        await engine.put("ABCDE", {"state": "late"})
        assert await engine.fields("ABCDE") == {}
        assert not await engine.enter("ABCDE", "follower")
        assert await engine.key() == await engine.key()
        assert len(await engine.key()) == 32

    run(check)


def test_followers_and_their_last_answers_are_counted(run, monkeypatch) -> None:
    for module in ("ui.rooms.engine", "ui.rooms.redis_engine"):
        monkeypatch.setattr(f"{module}.MOST_FOLLOWERS", 2)

    async def check(engine: Engine, now: float) -> None:
        await engine.open(Room("ABCDE", "nonce", now))
        assert await engine.enter("ABCDE", "a")
        assert await engine.enter("ABCDE", "a")
        assert await engine.enter("ABCDE", "b")
        assert not await engine.enter("ABCDE", "c"), "the room is full"
        assert await engine.present("ABCDE") == 2
        for who, answer in (("a", 0), ("b", 1), ("a", 1), ("c", 0)):
            await engine.vote("ABCDE", who, answer)
        assert await engine.votes("ABCDE") == {1: 2}, "one answer each, at most two"
        await engine.leave("ABCDE", "a")
        assert await engine.present("ABCDE") == 1
        assert await engine.enter("ABCDE", "c")
        await engine.clear_votes("ABCDE")
        assert await engine.votes("ABCDE") == {}

    run(check)


def test_rooms_are_bounded(run, monkeypatch) -> None:
    for module in ("ui.rooms.engine", "ui.rooms.redis_engine"):
        monkeypatch.setattr(f"{module}.MOST_ROOMS", 2)

    async def check(engine: Engine, now: float) -> None:
        opened = [await engine.open(Room(f"ABCD{i}", "n", now)) for i in "234"]
        assert opened == [True, True, False]
        await engine.close("ABCD2")
        assert await engine.open(Room("ABCD4", "n", now))

    run(check)


def test_messages_reach_the_rooms_connections_only_and_old_ones_are_dropped(run) -> None:
    async def check(engine: Engine, now: float) -> None:
        with engine.subscribed("ABCDE") as mine, engine.subscribed("ABCDF") as other:
            for i in range(engines.MOST_WAITING + 5):
                await engine.publish("ABCDE", str(i))
            await engine.publish("ABCDF", "end")
            assert await asyncio.wait_for(other.get(), 5) == "end"
            assert mine.qsize() == engines.MOST_WAITING
            assert mine.get_nowait() == "5"
        await engine.publish("ABCDE", "nobody listens")

    run(check)


def test_a_room_ends_after_the_lecturer_has_left_and_after_twelve_hours() -> None:
    async def check() -> None:
        clock = Clock()
        engine = Memory(clock)
        await engine.open(Room("ABCDE", "nonce", clock.now))
        clock.now += engines.GRACE_S - 1
        await engine.keep("ABCDE")
        clock.now += engines.GRACE_S - 1
        assert await engine.find("ABCDE")
        clock.now += 1
        assert await engine.find("ABCDE") is None
        await engine.open(Room("ABCDE", "nonce", clock.now))
        start = clock.now
        while clock.now < start + engines.LONGEST_S - 100:
            clock.now += 100
            await engine.keep("ABCDE")
        assert await engine.find("ABCDE")
        clock.now += 100
        assert await engine.find("ABCDE") is None, "twelve hours have passed"

    asyncio.run(check())


def test_a_follower_who_is_not_seen_any_more_is_not_counted() -> None:
    async def check() -> None:
        clock = Clock()
        engine = Memory(clock)
        await engine.open(Room("ABCDE", "nonce", clock.now))
        await engine.enter("ABCDE", "a")
        clock.now += engines.ABSENT_S - 1
        await engine.enter("ABCDE", "b")
        assert await engine.present("ABCDE") == 2
        clock.now += 1
        assert await engine.present("ABCDE") == 1

    asyncio.run(check())


def test_redis_forgets_a_room_by_itself(redis_server) -> None:
    import time

    async def check() -> None:
        engine = RedisEngine(redis_server.url)
        now = time.time()
        await engine.open(Room("ABCDE", "nonce", now))
        await engine.enter("ABCDE", "a")
        await engine.vote("ABCDE", "a", 1)
        await engine.open(Room("ABCDF", "nonce", now - engines.LONGEST_S + 60))
        names = await engine._redis.keys("logitlab:room:*")
        lives = {name: await engine._redis.ttl(name) for name in names}
        assert len(lives) == 4
        assert all(0 < life <= engines.GRACE_S for life in lives.values()), lives
        assert lives["logitlab:room:ABCDF"] <= 60
        await engine.open(Room("ABCDG", "nonce", now - engines.LONGEST_S))
        assert await engine.find("ABCDG") is None
        await engine.aclose()

    asyncio.run(check())


def test_a_lost_redis_is_reported_and_does_not_hang(redis_server) -> None:
    async def check() -> None:
        engine = RedisEngine(redis_server.url)
        await engine.ready()
        with engine.subscribed("ABCDE") as queue:
            redis_server.stop()
            assert await asyncio.wait_for(queue.get(), 2 * PATIENCE_S + 1) is None
        with pytest.raises(Lost):
            await asyncio.wait_for(engine.find("ABCDE"), 2 * PATIENCE_S + 1)
        with pytest.raises(Lost):
            await asyncio.wait_for(engine.ready(), 2 * PATIENCE_S + 1)
        await engine.aclose()

    asyncio.run(check())


def test_the_environment_chooses_the_engine(monkeypatch) -> None:
    monkeypatch.delenv("LOGITLAB_REDIS", raising=False)
    assert isinstance(rooms.engine_from_environment(), Memory)
    monkeypatch.setenv("LOGITLAB_REDIS", "redis://127.0.0.1:1/0")
    assert isinstance(rooms.engine_from_environment(), RedisEngine)
