"""A lecture in a browser: the keys of a remote, the window with the notes, collecting a lecture."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.conftest import Visitor
from ui.lectures.reading import read, shelf
from ui.lectures.states import check, parameters

LECTURE = shelf().lectures["information"]


def wait_for_stop(page: Page, stop: int) -> None:
    text = f"{stop} / {len(LECTURE.stops)}"
    page.wait_for_function(
        "(text) => document.querySelector('.ll-lecture-at')?.textContent === text", arg=text
    )


def test_a_remote_goes_through_the_stops_and_the_notes_follow(visitor: Visitor) -> None:
    page = visitor.open("/?lecture=information")
    wait_for_stop(page, 1)
    assert page.locator(".ll-lecture-say").inner_text() == LECTURE.stops[0].say["en"]
    with page.expect_popup() as opened:
        page.keyboard.press("n")
    notes = opened.value
    notes.wait_for_selector(".ll-notes-now")
    assert "Stop 1 of 13" in notes.locator(".ll-notes-where").inner_text()
    assert notes.locator(".ll-notes-text").inner_text() == LECTURE.stops[0].notes["en"]
    assert LECTURE.stops[1].say["en"] in notes.locator(".ll-notes-next").inner_text()
    assert re.fullmatch(r"\d+:\d\d", notes.locator(".ll-notes-elapsed").inner_text())
    visitor.settle()

    page.keyboard.press("PageDown")
    wait_for_stop(page, 2)
    visitor.settle()
    page.keyboard.press("ArrowRight")
    wait_for_stop(page, 3)
    page.locator(".ll-question.ll-open").wait_for()
    visitor.settle()
    page.keyboard.press("PageDown")
    page.locator(".ll-verdict").wait_for()
    visitor.settle()
    wait_for_stop(page, 3)
    page.keyboard.press("PageDown")
    wait_for_stop(page, 4)
    page.wait_for_function("document.title.startsWith('Fit a Gaussian')")
    visitor.settle()
    page.keyboard.press("PageUp")
    wait_for_stop(page, 3)
    visitor.settle()

    notes.wait_for_function(
        "document.querySelector('.ll-notes-where').textContent === 'Stop 3 of 13'"
    )
    assert LECTURE.stops[3].say["en"] in notes.locator(".ll-notes-next").inner_text()
    notes.keyboard.press("PageUp")
    wait_for_stop(page, 2)
    page.keyboard.press("Escape")
    page.wait_for_selector(".ll-presenter", state="detached")
    visitor.settle()
    assert "lecture" not in visitor.address()
    assert page.locator(".ll-lecture").count() == 0


def test_two_states_are_collected_and_the_file_opens_them(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open("/entropy?entropy_view=coin&ent_coin=0.3")
    page.get_by_role("button", name="Add this state to my lecture").click()
    page.get_by_text("Added as stop 1").wait_for()
    text = 'a "b" \\ ] <i>\n[[stops]]\tü\x7f'
    page.evaluate(
        """(text) => { const url = new URL('/coding', location.origin);
          url.searchParams.set('coding_text', text); location.assign(url); }""",
        text,
    )
    page.wait_for_function("document.title.includes('Coding')")
    visitor.settle()
    page.get_by_role("button", name="Add this state to my lecture").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download my lecture (2)").click()
    path = tmp_path / caught.value.suggested_filename
    caught.value.save_as(path)
    lecture = read(path)
    check(lecture)
    assert (lecture.name, lecture.languages) == ("my_lecture", ("en",))
    first, second = lecture.stops
    assert parameters(first) == {"entropy_view": "coin", "ent_coin": "0.3"}
    assert first.say["en"] == "A coin · Entropy and KL"
    assert (second.topic, parameters(second)["coding_text"]) == ("coding", text)
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_role("button", name="Download my lecture").count() == 0
