"""Token chips: invisible characters are made visible, visible characters are unchanged."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui import Token, plain, visible
from ui.chips import chip
from ui.wire import pack, unpack

FAMILY = "👨‍👩‍👧‍👦"


def shown(text: str | bytes) -> str:
    return "".join(part for part, _kind in visible(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("the", [("the", "")]),
        (" Paris", [("·", "space"), ("Paris", "")]),
        ("   ", [("···", "space")]),
        ("a b", [("a", ""), ("·", "space"), ("b", "")]),
        ("\n\n", [("⏎", "control"), ("⏎", "control")]),
        ("\r\n", [("␍", "control"), ("⏎", "control")]),
        ("\t", [("⇥", "control")]),
        ("\0", [("NUL", "control")]),
        ("", [("∅", "control")]),
        ("女孩", [("女孩", "")]),
        ("<script>", [("<script>", "")]),
        ("\u200b", [("ZWSP", "control")]),
        ("\ufeff", [("BOM", "control")]),
        ("\u3000", [("U+3000", "control")]),
        ("\x07", [("U+0007", "control")]),
        ("\x9f", [("U+009F", "control")]),
        ("\ue000", [("U+E000", "control")]),
        ("\U000e0041", [("U+E0041", "control")]),
        ("\ud83d", [("U+D83D", "control")]),
        (b"\xe5\xa5", [("E5 A5", "byte")]),
        (b"", [("", "byte")]),
    ],
)
def test_by_hand(text: str | bytes, parts: list[tuple[str, str]]) -> None:
    assert visible(text) == parts


@pytest.mark.parametrize("emoji", [FAMILY, "👩🏽‍💻", "🏳️‍🌈", "❤️‍🔥", "🇫🇷", "#️⃣"])
def test_a_composed_emoji_stays_whole(emoji: str) -> None:
    assert visible(emoji) == [(emoji, "")]
    assert plain(emoji) == emoji


@pytest.mark.parametrize("text", ["a\u200db", "\u200d", "x\ufe0f", "\u200d👧", " \u200d"])
def test_a_joiner_outside_an_emoji_is_spelled_out(text: str) -> None:
    assert ("ZWJ" in shown(text)) or ("VS16" in shown(text))
    assert "\u200d" not in shown(text)
    assert "\ufe0f" not in shown(text)


@pytest.mark.parametrize(
    "mark", "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
def test_bidirectional_marks_never_reach_the_page(mark: str) -> None:
    text = f"ab{mark}cd"
    assert mark not in shown(text)
    assert mark not in plain(text)
    assert len(visible(text)) == 3


def test_right_to_left_letters_stay_text() -> None:
    assert visible("שלום") == [("שלום", "")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (" a", "·a"),
        ("\n", "⏎"),
        ("\0x", "⟨NUL⟩x"),
        ("a\u200bb", "a⟨ZWSP⟩b"),
        (b"\xff\x00", "⟨FF 00⟩"),
        ("", "∅"),
    ],
)
def test_plain(text: str | bytes, wanted: str) -> None:
    assert plain(text) == wanted


ANY_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too


@given(ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_no_invisible_character_is_left_except_emoji_joiners(text: str) -> None:
    left = {unicodedata.category(c) for c in shown(text) if c not in "\u200d\ufe0f"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
    assert plain(text).strip() == plain(text) != ""


@given(ANY_TEXT | st.binary(max_size=8))
@settings(max_examples=200, deadline=None)
def test_every_token_can_be_sent(text: str | bytes) -> None:
    head = unpack(pack({"tokens": [chip(Token(text))]}))
    assert head["tokens"][0]["plain"] == plain(text)


LETTERS = st.characters(
    categories=("L", "N", "P", "S"), exclude_characters="\u115f\u1160\u2800\u3164\uffa0"
)


@given(st.text(LETTERS, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_visible_text_is_not_touched(text: str) -> None:
    assert visible(text) == [(text, "")]


def test_chip_fields() -> None:
    token = Token("a\n", title="t", note="0.5", shade=0.25, color="@p", muted=True, group=2, span=3)
    assert chip(token) == {
        "parts": [("a", ""), ("⏎", "control")],
        "plain": "a⏎",
        "title": "t",
        "note": "0.5",
        "shade": 0.25,
        "color": "@p",
        "scale": "@sequential",
        "muted": True,
        "group": 2,
        "span": 3,
        "breaks": True,
    }
    assert not chip(Token(b"\n"))["breaks"]


@pytest.mark.parametrize("text", ["👩\u200d", "👩\u200d ", "©\u200dx"])
def test_a_joiner_at_the_end_of_an_emoji_is_spelled_out(text: str) -> None:
    assert "ZWJ" in shown(text)


INVISIBLE = {
    "combining grapheme joiner": "\u034f",
    "hangul filler": "\u3164",
    "hangul choseong filler": "\u115f",
    "half-width hangul filler": "\uffa0",
    "text variation selector": "\ufe0e",
    "variation selector 17": "\U000e0100",
    "braille blank": "\u2800",
}


@pytest.mark.parametrize("character", INVISIBLE.values(), ids=list(INVISIBLE))
def test_blank_characters_of_visible_categories_are_spelled_out(character: str) -> None:
    assert character not in shown(f"a{character}b")


def test_keycaps_stay_whole() -> None:
    assert visible("1️⃣") == [("1️⃣", "")]
