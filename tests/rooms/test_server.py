"""The WebSocket of a room: joining, steering, answering, and everything that is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import app
from ui.rooms import server
from ui.rooms.engine import Memory
from ui.rooms.redis_engine import RedisEngine
from ui.rooms.server import Rooms

COIN = {"path": "/entropy", "parameters": {"entropy_view": "coin", "ent_coin": "0.3"}}


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock, monkeypatch) -> Iterator[TestClient]:
    monkeypatch.setattr(server, "LECTURER_TICK_S", 0.05)
    monkeypatch.setattr(server, "FOLLOWER_TICK_S", 0.05)
    rooms = Rooms(app.find_topic, Memory(clock), clock)
    with TestClient(Starlette(routes=rooms.routes())) as client:
        yield client


@contextmanager
def seat(client: TestClient, **hello: Any) -> Generator[Any]:
    """Connect and say hello; the first reply is in `welcome`."""
    with client.websocket_connect("/lab/room") as socket:
        socket.send_json(hello)
        socket.welcome = socket.receive_json()  # ty: ignore[missing-attribute]
        yield socket


def until(socket: Any, name: str) -> dict[str, Any]:
    """Return the next message that has an entry."""
    while True:
        message = socket.receive_json()
        if name in message:
            return message


def closed(socket: Any) -> int:
    """Return the code with which the server closes the connection."""
    try:
        while True:
            socket.receive_json()
    except WebSocketDisconnect as closing:
        return closing.code


def test_a_follower_receives_states_and_moves(client: TestClient) -> None:
    with seat(client, start=True) as lecturer:
        code = lecturer.welcome["room"]
        lecturer.send_json({"state": COIN})
        until(lecturer, "state")
        with seat(client, join=code.lower()) as follower:
            assert follower.welcome["state"] == COIN, "who arrives late sees the state"
            assert "token" not in follower.welcome
            assert until(lecturer, "votes") == {"here": 1, "votes": 0}
            raw = {"path": "/entropy", "values": {"ent_coin": 7, "x": "<script>"}}
            lecturer.send_json({"move": raw})
            assert until(follower, "move")["move"] == {
                "path": "/entropy",
                "values": {"ent_coin": 1},
            }
            lecturer.send_json({"state": {"path": "/evil", "parameters": {}}})
            lecturer.send_json({"state": {"path": "/moe", "parameters": {"a": "<b>"}}})
            assert until(follower, "state")["state"] == {"path": "/moe", "parameters": {}}
        assert until(lecturer, "votes")["here"] == 0


@pytest.mark.parametrize(
    "message",
    [
        {"state": COIN},
        {"move": {"path": "/entropy", "values": {"ent_coin": 1}}},
        {"end": True},
        {"state": COIN, "token": "f" * 64},
        {"vote": 1, "poll": "entropy:e0", "state": COIN},
        {},
        [],
        "x" * 20_000,
    ],
    ids=str,
)
def test_a_follower_cannot_steer(client: TestClient, message: Any) -> None:
    with seat(client, start=True) as lecturer:
        lecturer.send_json({"state": COIN})
        until(lecturer, "state")
        with seat(client, join=lecturer.welcome["room"]) as follower:
            follower.send_json(message)
            assert closed(follower) == 1008
        with seat(client, join=lecturer.welcome["room"]) as other:
            assert other.welcome["state"] == COIN


def test_only_the_token_of_this_room_steers(client: TestClient) -> None:
    with seat(client, start=True) as lecturer, seat(client, start=True) as another:
        code, token = lecturer.welcome["room"], lecturer.welcome["token"]
        for forged in ("", "0" * 64, another.welcome["token"], 5, [token], {"t": token}):
            with seat(client, join=code, token=forged) as thief:
                assert thief.welcome == {"error": "forged"}
        with seat(client, join=code, token=token) as tablet:
            assert tablet.welcome["token"] == token
            tablet.send_json({"state": COIN})
            assert until(lecturer, "state")["state"] == COIN


def test_a_token_of_an_ended_room_is_worthless(client: TestClient, monkeypatch) -> None:
    monkeypatch.setattr(server.protocol, "new_code", lambda: "ABCDE")
    with seat(client, start=True) as lecturer:
        old = lecturer.welcome["token"]
        lecturer.send_json({"end": True})
        assert until(lecturer, "ended") == {"ended": True}
    with seat(client, start=True) as lecturer:
        assert lecturer.welcome["room"] == "ABCDE"
        with seat(client, join="ABCDE", token=old) as thief:
            assert thief.welcome == {"error": "forged"}


def test_a_binary_or_late_first_message_ends_the_connection(client, monkeypatch) -> None:
    monkeypatch.setattr(server, "HELLO_S", 0.1)
    with client.websocket_connect("/lab/room") as socket:
        socket.send_bytes(b"\x00")
        assert socket.receive_json() == {"error": "unknown"}
        closed(socket)
    with client.websocket_connect("/lab/room") as socket:
        closed(socket)


def test_who_sends_too_much_is_disconnected(client: TestClient) -> None:
    with seat(client, start=True) as lecturer:
        with seat(client, join=lecturer.welcome["room"]) as follower:
            for _ in range(server.FOLLOWER_RATE[1] + 2):
                follower.send_json({"vote": 0, "poll": "entropy:e0"})
            assert closed(follower) == 1008
        for _ in range(2 * server.LECTURER_RATE[1]):
            lecturer.send_json({"move": 0})
        assert closed(lecturer) == 1008


def test_the_room_ends_with_the_lecturer_or_after_some_time(client: TestClient, clock) -> None:
    with seat(client, start=True) as lecturer:
        code = lecturer.welcome["room"]
        with seat(client, join=code) as follower:
            lecturer.send_json({"end": True})
            assert until(follower, "ended")
        with seat(client, join=code) as late:
            assert late.welcome == {"error": "unknown"}
    with seat(client, start=True) as lecturer:
        code = lecturer.welcome["room"]
    with seat(client, join=code) as follower:
        clock.now += 301
        assert until(follower, "ended"), "the lecturer's page was closed five minutes ago"
    with seat(client, start=True) as lecturer:
        for _ in range(3):
            clock.now += 290
            time.sleep(0.3)  # the lecturer's connection keeps the room
        with seat(client, join=lecturer.welcome["room"]) as follower:
            clock.now += 12 * 3600
            assert until(follower, "ended")
        assert until(lecturer, "ended")


def test_one_answer_each_the_last_one_until_the_reveal(client: TestClient) -> None:
    note = {"entropy_view": "coin", "entropy_note": "e0"}
    asked = {"path": "/entropy", "parameters": note}
    revealed = {"path": "/entropy", "parameters": note | {"entropy_answer": "shown"}}
    with seat(client, start=True) as lecturer:
        code = lecturer.welcome["room"]
        with seat(client, join=code) as one, seat(client, join=code) as two:

            def vote(socket: Any, answer: Any, poll: str = "entropy:e0") -> None:
                socket.send_json({"vote": answer, "poll": poll})

            vote(one, 0)  # before the question: ignored
            lecturer.send_json({"state": asked})
            poll = until(one, "poll")["poll"]
            assert (poll["id"], poll["open"], poll["counts"]) == ("entropy:e0", True, None)
            for answer in (0, 1):
                vote(one, answer)
            for answer in (99, -1, "1", None, True):
                vote(two, answer)
            vote(two, 1, "entropy:e1")
            assert until(lecturer, "votes")["votes"] <= 1
            vote(two, 1)
            while until(lecturer, "votes")["votes"] < 2:
                pass
            lecturer.send_json({"state": revealed})
            for socket in (one, two):
                message = until(socket, "state")
                while message["state"] != revealed:
                    message = until(socket, "state")
                counts = message["poll"]["counts"]
                assert counts == [0, 2] + [0] * (poll["answers"] - 2)
            vote(one, 0)  # after the reveal: ignored
            time.sleep(0.2)
            lecturer.send_json({"state": revealed})
            assert until(one, "poll")["poll"]["counts"][:2] == [0, 2]
            lecturer.send_json({"state": asked})
            lecturer.send_json({"state": revealed})
            until(one, "poll")
            assert sum(until(one, "poll")["poll"]["counts"]) == 0, "asked again, it starts at 0"


def test_a_full_room_and_a_full_server_refuse(client: TestClient, monkeypatch) -> None:
    monkeypatch.setattr("ui.rooms.engine.MOST_FOLLOWERS", 1)
    monkeypatch.setattr("ui.rooms.engine.MOST_ROOMS", 1)
    with seat(client, start=True) as lecturer:
        with seat(client, start=True) as another:
            assert another.welcome == {"error": "many"}
        code = lecturer.welcome["room"]
        with seat(client, join=code) as one:
            with seat(client, join=code) as two:
                assert two.welcome == {"error": "full"}
            with seat(client, join=code, who=one.welcome["who"]) as again:
                assert again.welcome["who"] == one.welcome["who"], "after a reload"


def test_two_processes_share_a_room_over_redis(redis_server) -> None:
    def process() -> TestClient:
        rooms = Rooms(app.find_topic, RedisEngine(redis_server.url))
        return TestClient(Starlette(routes=rooms.routes()))

    with process() as first, process() as second, seat(first, start=True) as lecturer:
        with seat(second, join=lecturer.welcome["room"]) as follower:
            lecturer.send_json({"state": COIN})
            assert until(follower, "state")["state"] == COIN
            token = lecturer.welcome["token"]
            with seat(second, join=lecturer.welcome["room"], token=token) as tablet:
                assert tablet.welcome["token"] == token, "both processes sign with one key"
            assert until(lecturer, "votes")["here"] == 1
            redis_server.stop()
            assert until(follower, "error") == {"error": "lost"}
        with seat(second, start=True) as nobody:
            assert nobody.welcome == {"error": "lost"}


def test_messages_hold_no_names_and_no_addresses(client: TestClient) -> None:
    with seat(client, start=True) as one, seat(client, join=one.welcome["room"]) as follower:
        seen = until(one, "votes")
        assert follower.welcome["who"] not in json.dumps(seen)
        assert set(seen) == {"here", "votes"}
