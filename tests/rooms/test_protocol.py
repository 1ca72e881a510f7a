"""A room carries only declared controls' cleaned values, signed by its lecturer."""

from __future__ import annotations

import pytest

import app
from ui.controls import Choice
from ui.rooms import protocol
from ui.rooms.protocol import Bucket, Shown

KEY = b"k" * 32


def test_a_token_steers_its_own_room_only() -> None:
    token = protocol.signature(KEY, "ABCDE", "nonce")
    assert protocol.may_steer(KEY, "ABCDE", "nonce", token)
    assert not protocol.may_steer(KEY, "ABCDF", "nonce", token), "of another room"
    assert not protocol.may_steer(KEY, "ABCDE", "later", token), "of an earlier room of this code"
    assert not protocol.may_steer(b"x" * 32, "ABCDE", "nonce", token), "of another server"
    for forged in ("", None, 3, [token], token[:-1], token.upper(), token + "0", "é" * 64):
        assert not protocol.may_steer(KEY, "ABCDE", "nonce", forged)


def test_the_signature_is_hmac_sha_256() -> None:
    # Computed with `printf 'ABCDE:nonce' | openssl dgst -sha256 -hmac kkkk…k` (32 letters k).
    expected = "4658f1ba7ad5b9c7af16e3f87987205d8bd0e79a1cde5c1e3c66e9413abb7bc1"
    assert protocol.signature(KEY, "ABCDE", "nonce") == expected


def test_codes_are_short_random_and_readable() -> None:
    codes = {protocol.new_code() for _ in range(500)}
    assert len(codes) > 490
    assert all(protocol.code_of(code) == code for code in codes)
    assert not set("".join(codes)) & set("01ILO")
    assert protocol.code_of(" ab2de ") == "AB2DE"
    for wrong in ("ABCD", "ABCDEF", "AB1DE", "AB-DE", "<b>AB", None, 5, {}):
        assert protocol.code_of(wrong) is None


def test_a_state_holds_only_declared_controls_and_valid_values() -> None:
    parameters = {
        "ent_coin": "0.3",
        "entropy_view": "coin",
        "moe_seed": "3",
        "present": "1",
        "lang": "zh",
        "html": "<script>alert(1)</script>",
    }
    found = protocol.shown({"path": "/entropy", "parameters": parameters}, app.find_topic)
    assert found == Shown("/entropy", {"ent_coin": "0.3", "entropy_view": "coin"})
    beyond = {"ent_coin": "7", "entropy_view": "<b>"}
    found = protocol.shown({"path": "/entropy", "parameters": beyond}, app.find_topic)
    assert found == Shown("/entropy", {"ent_coin": "1"})


@pytest.mark.parametrize("path", app.PATHS)
def test_each_page_can_be_shown(path: str) -> None:
    topic = app.find_topic(path)
    assert topic
    view = next(iter(topic.controls.values()))
    assert isinstance(view, Choice)
    parameters = {view.key: list(view.names)[-1]}
    assert protocol.shown({"path": path, "parameters": parameters}, app.find_topic) == Shown(
        path, parameters
    )


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        {},
        {"path": "/nowhere", "parameters": {}},
        {"path": "https://evil.example", "parameters": {}},
        {"path": "//evil.example/entropy", "parameters": {}},
        {"path": 3, "parameters": {}},
        {"path": "/entropy", "parameters": []},
        {"path": "/entropy", "parameters": {"ent_coin": ["0.3"]}},
        {"path": "/entropy", "parameters": {f"k{i}": "" for i in range(101)}},
    ],
)
def test_anything_else_is_no_state(raw) -> None:
    assert protocol.shown(raw, app.find_topic) is None


def test_moves_are_cleaned_and_belong_to_the_page_that_is_shown() -> None:
    before = Shown("/entropy", {"entropy_view": "coin"})

    def moved(path: str, **values):
        return protocol.moved({"path": path, "values": values}, before, app.find_topic)

    assert moved("/entropy", ent_coin=0.25) == {"ent_coin": 0.25}
    assert moved("/entropy", ent_coin=99, other="<b>") == {"ent_coin": 1.0}
    assert moved("/entropy", ent_coin="nonsense") is None
    assert moved("/moe", ent_coin=0.25) is None
    assert (
        protocol.moved({"path": "/entropy", "values": {"ent_coin": 1}}, None, app.find_topic)
        is None
    )


def test_a_question_is_open_until_its_answer_is_shown() -> None:
    topic = app.find_topic("/entropy")
    assert topic
    asked = next(i for i, answers in enumerate(topic.answers) if answers)
    shown = Shown("/entropy", {topic.note: f"e{asked}"})
    name = f"entropy:e{asked}"
    assert protocol.question_of(shown, topic) == (name, topic.answers[asked], True)
    shown.parameters[topic.answer] = "shown"
    assert protocol.question_of(shown, topic) == (name, topic.answers[asked], False)
    for note in ("", "s0", "e99", "e"):
        assert protocol.question_of(Shown("/entropy", {topic.note: note}), topic) is None


def test_long_and_broken_messages_are_rejected() -> None:
    assert protocol.parsed('{"a":1}') == {"a": 1}
    padding = "x" * protocol.LONGEST_MESSAGE
    for text in ("", "[]", "3", "{", "\ud800", f'{{"a":"{padding}"}}'):
        assert protocol.parsed(text) is None


def test_a_bucket_allows_a_burst_and_then_a_rate() -> None:
    bucket = Bucket(2, 3)
    assert [bucket.take(10) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(11) for _ in range(3)] == [True, True, False]
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]


def test_a_follower_id_is_random_unless_the_browser_knows_one() -> None:
    assert protocol.follower_of("a" * 22) == "a" * 22
    for wrong in (None, 3, "short", "a" * 33, "<b>" * 8):
        assert protocol.follower_of(wrong) not in (wrong, protocol.follower_of(wrong))
