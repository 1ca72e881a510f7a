"""Every stop of every lecture that ships, and how a lecture goes from stop to stop."""

from __future__ import annotations

import pytest

from tests import pages
from ui.lectures import states
from ui.lectures.reading import shelf

LECTURES = shelf().lectures
#: Topics whose pages run a model.
WITH_MODEL = {"attention", "home", "language_model", "sampling"}
STOPS = [
    pytest.param(
        stop,
        id=f"{name}-{i}",
        marks=[pytest.mark.model] if stop.topic in WITH_MODEL else [],
    )
    for name, lecture in LECTURES.items()
    for i, stop in enumerate(lecture.stops, 1)
]


@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_that_ships_is_complete(name: str) -> None:
    lecture = LECTURES[name]
    states.check(lecture)
    assert set(lecture.languages) == {"en", "zh"}
    assert 10 <= len(lecture.stops) <= 15
    assert sum(bool(stop.question) for stop in lecture.stops) >= 4
    for stop in lecture.stops:
        assert all(stop.notes[code] and stop.say[code] for code in lecture.languages)
        assert len(stop.say["en"]) <= 130, "the sentence fits on two lines of a small projector"


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_draws_and_its_page_takes_its_parameters_unchanged(stop) -> None:
    wanted = states.parameters(stop)
    at = pages.open_page(stop.topic, query=wanted)
    pages.assert_whole(at)
    shown = pages.message(at, f"{stop.topic}_address")
    # The address leaves out what is a default.
    assert set(shown["parameters"].items()) <= set(wanted.items())
    for key in wanted.keys() - shown["parameters"].keys():
        control = next(c for c in states.page_of(stop.topic).all_controls() if c.key == key)
        assert control.clean(wanted[key]) == control.initial
    if stop.question:
        assert pages.message(at, f"{stop.topic}_question")["answers"]


def play(topic: str = "home", **query: str):
    return pages.open_page(topic, query={"lecture": "information"} | query)


def test_a_link_starts_a_lecture_in_presenter_mode_on_the_stops_page() -> None:
    at = play(stop="5")
    pages.assert_whole(at)
    address = pages.message(at, "coding_address")
    wanted = {"coding_text": "aaaabbcd", "lecture": "information", "stop": "5", "present": "1"}
    assert address["parameters"] == wanted
    assert {"lecture", "stop"} <= set(address["known"])
    say = LECTURES["information"].stops[4].say["en"]
    bar = pages.message(at, "lecture_bar")
    assert (bar["at"], bar["count"], bar["say"]) == (5, 13, say)
    pages.trigger(at, "lecture_bar", "go", 6)
    pages.assert_whole(at)
    assert pages.message(at, "lecture_bar")["at"] == 6
    assert pages.message(at, "coding_question")["answers"]
    pages.trigger(at, "lecture_bar", "go", 4)
    assert pages.message(at, "entropy_address")["parameters"]["entropy_view"] == "fit"
    for nonsense in (0, 14, -1, "x", None, [1]):
        pages.trigger(at, "lecture_bar", "go", nonsense)
        pages.assert_whole(at)
        assert pages.message(at, "lecture_bar")["at"] == 4


def test_the_current_stop_can_be_entered_again() -> None:
    at = play("entropy", stop="1")
    pages.put(at, {"ent_coin": 0.9})
    assert pages.message(at, "entropy_address")["parameters"]["ent_coin"] == "0.9"
    pages.trigger(at, "lecture_bar", "go", 1)
    assert "ent_coin" not in pages.message(at, "entropy_address")["parameters"]


def test_a_reload_keeps_what_the_lecturer_has_moved() -> None:
    at = play("entropy", stop="1", present="1", entropy_view="coin", ent_coin="0.9")
    assert pages.message(at, "entropy_address")["parameters"]["ent_coin"] == "0.9"
    assert pages.message(at, "lecture_bar")["at"] == 1
    assert pages.message(at, "lecture_bar")["resumed"], "the clock goes on"
    assert not pages.message(play("entropy"), "lecture_bar")["resumed"]


def test_the_end_of_presenter_mode_ends_the_lecture() -> None:
    at = play("entropy", stop="1")
    pages.put(at, {"present": "0"})
    assert "lecture_bar" not in pages.keys(at)
    assert "lecture" not in pages.message(at, "entropy_address")["parameters"]


@pytest.mark.parametrize("stop", ["99", "-3", "x", ""])
def test_a_wrong_stop_is_the_nearest(stop: str) -> None:
    at = play("entropy", stop=stop)
    pages.assert_whole(at)
    assert pages.message(at, "lecture_bar")["at"] in (1, 13)


def test_an_unknown_or_broken_lecture_gives_a_sentence(tmp_path, monkeypatch) -> None:
    at = pages.open_page("entropy", query={"lecture": "<b>moon</b>"})
    pages.assert_whole(at)
    (said,) = pages.sentences(at)
    assert said.startswith("There is no lecture “<b>moon</b>”. The lectures are decoding,")
    assert "<b>moon" not in "".join(pages.blocks(at))
    (tmp_path / "mine.toml").write_text(
        'title = "<img src=x onerror=alert(1)>"\n[[stops]]\ntopic = "entropy"\nview = "moon"\n'
        'say = "<script>"\n'
    )
    monkeypatch.setenv("LOGITLAB_LECTURES", str(tmp_path))
    at = pages.open_page("entropy", query={"lecture": "mine"})
    assert pages.sentences(at) == ["mine.toml, stop 1: entropy_view does not take “moon”."]
    listed = pages.message(at, "lecture_list")["html"]
    assert "&lt;img src=x" in listed
    assert "<img" not in listed


def test_the_notes_have_every_stop_and_no_page() -> None:
    at = play("entropy", notes="1", lang="zh")
    pages.assert_whole(at)
    stops = pages.message(at, "lecture_notes")["stops"]
    wanted = LECTURES["information"].stops
    assert [stop["notes"] for stop in stops] == [stop.notes["zh"] for stop in wanted]
    assert [bool(stop["question"]) for stop in stops] == [bool(s.question) for s in wanted]
    assert "entropy_address" not in pages.keys(at)
