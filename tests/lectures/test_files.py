"""The files of lectures: what is read, and the exact sentence for everything that is not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from charts.i18n import speaking, translated
from ui.lectures import reading
from ui.lectures.parsing import LectureError, parse, topics
from ui.lectures.reading import read, shelf
from ui.lectures.states import check, parameters

HEAD = 'title = "A"\n'
STOP = '[[stops]]\ntopic = "entropy"\nsay = "Look."\n'


def error_of(text: str, file: str = "mine.toml") -> str:
    with pytest.raises(LectureError) as caught:
        check(parse(file, text))
    return str(caught.value)


def test_a_stop_has_its_state_and_its_words_in_each_language() -> None:
    text = (
        'title = {en = "A", zh = "甲"}\nlanguages = ["en", "zh"]\n[[stops]]\ntopic = "entropy"\n'
        'view = "coin"\nset = {ent_coin = 0.25}\nsay = {en = "B", zh = "乙"}\n'
        'notes.en = "C"\nnotes.zh = "丙"\n'
    )
    lecture = parse("mine.toml", text)
    check(lecture)
    assert (lecture.name, lecture.title["zh"], lecture.languages) == ("mine", "甲", ("en", "zh"))
    (stop,) = lecture.stops
    assert parameters(stop) == {"entropy_view": "coin", "ent_coin": "0.25"}
    assert (stop.say["en"], stop.notes["zh"]) == ("B", "丙")


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ("https://x.org/lab/entropy?entropy_view=coin&present=1&lecture=a&stop=2", "entropy"),
        ("/entropy?entropy_view=coin", "entropy"),
        ("http://127.0.0.1:8501/?home_spot=logits&lang=zh", "home"),
    ],
)
def test_a_link_gives_topic_and_state_without_the_parameters_of_the_frame(link, wanted) -> None:
    lecture = parse("mine.toml", HEAD + f'[[stops]]\nlink = "{link}"\nsay = "Look."\n')
    check(lecture)
    (stop,) = lecture.stops
    assert stop.topic == wanted
    assert len(parameters(stop)) == 1


def test_a_question_opens_the_state_in_which_it_is_asked() -> None:
    text = HEAD + STOP + 'question = "An impossible outcome"\n'
    found = parameters(parse("mine.toml", text).stops[0])
    assert found["entropy_note"] == "e0"
    assert found["ent_bars4"] == "400,300,200,100;400,300,200,100"


def test_an_example_opens_its_state() -> None:
    found = parameters(parse("mine.toml", HEAD + STOP + 'example = "Letters"\n').stops[0])
    assert found == {"ent_src": "letters", "entropy_view": "compare"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = ", "mine.toml is not valid TOML: Invalid value"),
        ("title = " + "[" * 5000, "mine.toml is not valid TOML: nested too deeply."),
        ("n = " + "9" * 5000, "mine.toml is not valid TOML: Exceeds the limit"),
        ("[[stops]]\n", "mine.toml: title must have a text in each of the languages en."),
        (HEAD, "mine.toml must have from 1 to 200 [[stops]]; it has 0."),
        (HEAD + "stops = 3", "mine.toml must have from 1 to 200 [[stops]]; it has 0."),
        (HEAD + "stops = [3]", "mine.toml, stop 1 must be a table that starts with [[stops]]."),
        (HEAD + STOP * 10_000, "mine.toml must have from 1 to 200 [[stops]]; it has 10000."),
        (HEAD + "languages = 3\n" + STOP, "mine.toml: languages must be a list of codes"),
        (HEAD + 'author = "x"\n' + STOP, "mine.toml: unknown key “author”. The keys are title,"),
        (HEAD + STOP + STOP + "seconds = 3", "mine.toml, stop 2: unknown key “seconds”."),
        (
            HEAD + STOP.replace("entropy", "alchemy"),
            "mine.toml, stop 1: there is no topic “alchemy”. The topics are activations,",
        ),
        (
            HEAD + '[[stops]]\nlink = "javascript:alert(1)"\nsay = "x"',
            "mine.toml, stop 1: there is no topic “alert(1)”.",
        ),
        (HEAD + STOP + 'view = "moon"', "stop 1: entropy_view does not take “moon”."),
        (HEAD + STOP + "set = {ent_cion = 1}", "stop 1: entropy has no parameter “ent_cion”."),
        (HEAD + STOP + "set = {ent_coin = 1.5}", "stop 1: ent_coin does not take “1.5”."),
        (HEAD + STOP + "set = {ent_coin = []}", "stop 1: ent_coin must be a number, true,"),
        (HEAD + STOP + "set = {ent_coin = nan}", "stop 1: ent_coin does not take “nan”."),
        (HEAD + STOP + "set = 3", "stop 1: set must be a table of at most 100 parameters."),
        (HEAD + STOP + 'question = "Why?"', "stop 1: entropy has no question “Why?”; it has “An"),
        (HEAD + STOP + 'example = "Moon"', "stop 1: entropy has no example “Moon”; it has “Uni"),
        (
            HEAD + STOP + 'view = "coin"\nquestion = "An impossible outcome"',
            "stop 1: a state is a topic with view and set, with example or with question, or a "
            "link alone; got topic, view, question.",
        ),
        (HEAD + STOP + "view = 3", "stop 1: view must be a string of at most 120 characters."),
        (
            HEAD + '[[stops]]\ntopic = "entropy"\n',
            "stop 1: say must have a text in each of the languages en.",
        ),
        (
            HEAD + STOP.replace("Look.", "x" * 241),
            "stop 1, say: en must be a string of at most 240 characters.",
        ),
    ],
)
def test_an_error_names_the_file_the_stop_and_the_key(text: str, sentence: str) -> None:
    assert sentence in error_of(text)


def test_a_missing_language_is_an_error() -> None:
    text = 'title = "A"\nlanguages = ["en", "zh"]\n' + STOP
    assert "title must have a text in each of the languages en, zh." in error_of(text)


def test_the_sentences_exist_in_chinese() -> None:
    with pytest.raises(LectureError) as caught:
        parse("mine.toml", HEAD)
    with speaking("zh"):
        assert "必须有 1 到 200 个" in caught.value.translated(translated)


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("# " + "x" * 10_000_000)
    monkeypatch.setattr(tomllib, "loads", lambda _text: pytest.fail("it was parsed"))
    with pytest.raises(LectureError, match="must have at most 500000 bytes; it has 10000002"):
        read(path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(LectureError, match=r"mine.toml must be a text file in UTF-8."):
        read(path)
    with pytest.raises(LectureError, match=r"gone.toml cannot be read: No such file"):
        read(tmp_path / "gone.toml")


def test_own_lectures_join_those_that_ship_and_are_read_again_after_a_change(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv(reading.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "mine.toml").write_text(HEAD + STOP)
    (tmp_path / "information.toml").write_text(HEAD + STOP)
    (tmp_path / "broken.toml").write_text("title")
    found = shelf()
    assert set(found.lectures) == {"decoding", "information", "transformer", "mine"}
    assert found.lectures["information"].title["en"] != "A"
    assert "another lecture has this name" in str(found.problems["information"])
    assert "not valid TOML" in str(found.problems["broken"])
    (tmp_path / "mine.toml").write_text(HEAD + STOP + STOP)
    assert len(shelf().lectures["mine"].stops) == 2
    monkeypatch.setenv(reading.FOLDER_VARIABLE, str(tmp_path / "gone"))
    assert "LOGITLAB_LECTURES must name a folder" in str(shelf().problems[""])


def test_the_topics_are_the_registered_pages() -> None:
    import app

    assert topics() == set(app.PATHS.values())
