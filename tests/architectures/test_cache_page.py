"""The KV-cache views in process: hostile input, clicks, sentences, questions and tables."""

from __future__ import annotations

import re

import pytest

from charts.architectures import architecture_names
from charts.i18n import speaking
from core import architectures as core
from core.attention import ARCHITECTURES
from core.lm import LanguageModel
from pages.architectures import cache_lessons, controls, talk
from tests import pages

MODEL_VIEWS = ("conversation", "timing")


def opened(view: str, **state: object):
    return pages.open_page("architectures", state={"architectures_view": view} | state)


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))


def bars(at) -> list[tuple[int, ...]]:
    """Return (from the cache, again, new) of decoder, prefix decoder, encoder–decoder, encoder."""
    return list(zip(*(t["x"] for t in pages.spec(at, "arch_reuse_bars")["data"]), strict=True))


@pytest.mark.model
@pytest.mark.parametrize("present", ["0", "1"])
@pytest.mark.parametrize("view", [*MODEL_VIEWS, "cache_size"])
def test_every_view_opens(view: str, present: str) -> None:
    at = opened(view, present=present)
    pages.assert_whole(at)
    assert pages.keys(at, "plot")
    assert not pages.sentences(at)


@pytest.mark.model
@pytest.mark.parametrize("name", list(pages.NASTY))
def test_any_conversation(name: str) -> None:
    at = opened("conversation", arch_talk=pages.NASTY[name], arch_system=pages.NASTY[name][:999])
    pages.assert_whole(at)
    if name in ("empty", "blank"):
        assert "The conversation is empty" in pages.sentences(at)[0]
    if name == "long":
        assert "this view takes 512" in pages.sentences(at)[0]


@pytest.mark.model
def test_the_numbers_are_those_of_the_token_sequences(language_model: LanguageModel) -> None:
    at = opened("conversation")
    turns = core.turns_of(controls.CONVERSATION)
    made = core.requests(language_model, controls.system.default, turns, "plain")
    cached, new = made[1].cached, made[2].prompt
    assert new[: len(cached)] == cached
    assert (
        bars(at)
        == [(len(cached), 0, len(new) - len(cached))]
        + [(0, len(cached), len(new) - len(cached))] * 3
    )
    assert f"continues the {len(cached)} cached tokens" in text_of(at)
    assert len(pages.message(at, "arch_reuse_tokens")["tokens"]) == len(new)


@pytest.mark.model
def test_the_first_request_finds_an_empty_cache() -> None:
    at = opened("conversation", arch_request=1)
    assert all(parts[:2] == (0, 0) for parts in bars(at))
    assert "empty cache" in text_of(at)


@pytest.mark.model
def test_a_click_changes_a_token_and_the_prefill_comes_back() -> None:
    at = opened("conversation")
    before = bars(at)[0]
    pages.click(at, "arch_reuse_tokens", 11)
    pages.assert_whole(at)
    assert at.session_state["arch_edit"] == 12
    assert bars(at)[0] == (11, before[0] - 11, before[2])
    assert "“·Monday” and the request “?”" in text_of(at)
    assert pages.message(at, "arch_reuse_tokens")["selected"] == 11
    pages.click(at, "arch_reuse_tokens", 11)
    assert bars(at)[0] == before
    question_mark = [t["plain"] for t in pages.message(at, "arch_reuse_tokens")["tokens"]].index(
        "?"
    )
    pages.put(at, {"arch_edit": question_mark + 1})
    assert bars(at)[0][0] == question_mark, "a question mark becomes something else"


@pytest.mark.model
def test_a_click_on_a_bar_colors_the_tokens_for_it() -> None:
    at = opened("conversation")
    mark = {"curve": 0, "point": 3, "x": 0, "y": "encoder", "data": "encoder"}
    pages.click(at, "arch_reuse_bars", mark)
    assert at.session_state["arch_reuse"] == "encoder"
    colors = {token["color"] for token in pages.message(at, "arch_reuse_tokens")["tokens"]}
    assert colors == {"@warn", "@raw"}
    for data in (None, "nobody", 3, [1]):
        pages.click(at, "arch_reuse_bars", mark | {"data": data})
        pages.assert_whole(at)
    assert at.session_state["arch_reuse"] in ARCHITECTURES


@pytest.mark.model
def test_templates_with_reasoning() -> None:
    at = opened("conversation", arch_template="keep")
    kept, history = bars(at)[0], sum(bars(at)[0][:2])
    assert kept[1] == 0
    for template, most in (("strip", 30), ("off", 30), ("switch", history)):
        pages.put(at, {"arch_template": template})
        assert 10 < bars(at)[0][1] < most
        assert "Then the cache has “&lt;”" in text_of(at)
    assert bars(at)[0][1] > 50, "everything from the first removed reasoning on"


@pytest.mark.model
def test_the_server_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.runs.ABANDONED_S", 60)  # a step on a busy machine may take seconds
    at = opened("timing", arch_request=1, arch_talk="Hi", arch_system="s", arch_steps=1)
    pages.assert_whole(at)
    assert "Press Measure" in text_of(at)
    at.button("arch_timing_start").click()
    at.run()
    started = at.session_state["arch_timing·run"][1]
    while started.busy:
        started.wait(20)
        at.run()
    pages.assert_whole(at)
    (found, steps), run = at.session_state["arch_timing·run"]
    assert (steps, run.done, len(run.frames)) == (1, True, 2)
    assert pages.spec(at, "arch_timing_plot")["data"][1]["y"] == pytest.approx(
        [1000 * frame.seconds[0] for frame in run.frames]
    )
    assert run.frames[0].tokens == (len(found.prompt), len(found.prompt))
    assert "largest difference of logits" in text_of(at)
    header, rows = pages.download(at, "architectures", "times.csv")
    assert (len(header), len(rows)) == (5, 2)
    pages.put(at, {"arch_steps": 2})
    assert not at.session_state["arch_timing·run"][1].frames, "other settings, another measurement"


def test_cache_sizes_and_what_the_page_says_of_them() -> None:
    at = opened("cache_size")
    shown = text_of(at)
    assert "40,960 tokens of Qwen3-0.6B take 4.38 GiB." in shown
    assert "gives 2.19 GiB, 0.50 times as much. Its head size is 128, but 1024 ∕ 16 = 64." in shown
    assert pages.formulas(at)[-1].startswith(r"28\cdot 40960\cdot 2\cdot 8\cdot 128\cdot 2")
    assert shown.count("printed, recomputed here") == 2
    assert "DeepSeek-V2 saves 82.2 %" in shown
    # The examples: "52 of 62 layers keep 1,024 tokens: 10.4 GiB, not 62.0 GiB." and
    # "576 numbers per token and layer: 10.7 GiB, not 762 GiB."
    with speaking("en"):
        local, latent = cache_lessons.scenarios()[2:]
    for example, words in ((local, ("52", "10.4 GiB", "62.0 GiB")), (latent, ("576", "762 GiB"))):
        pages.pick(at, "architectures", example.label)
        pages.assert_whole(at)
        for word in words:
            assert word in example.help
            assert word in text_of(at).replace(example.help, "")


@pytest.mark.parametrize("guess", ["by_width", "all_global", "uncompressed"])
def test_every_model_with_every_assumption(guess: str) -> None:
    at = opened("cache_size", arch_guess=guess)
    for name in core.CACHE_MODELS:
        pages.put(at, {"arch_model": name, "arch_context": 3000})
        pages.assert_whole(at)
        size = core.cache_size(name, 3000)
        right = getattr(size, guess) == size.bytes
        assert ("times as much." in text_of(at)) is not right
        assert pages.spec(at, "arch_cache_plot")["data"][3]["y"][-1] == size.bytes


def test_a_click_on_a_dot_chooses_the_model() -> None:
    at = opened("cache_size")
    pages.click(at, "arch_cache_plot", {"curve": 3, "point": 0, "x": 1, "y": 1, "data": "GPT-2"})
    assert at.session_state["arch_model"] == "GPT-2"
    assert "Its configuration allows 1,024 tokens at most." in text_of(at)


@pytest.mark.model
@pytest.mark.parametrize(("index", "right"), [(0, 1), (1, 1), (2, 2), (3, 2)])
def test_the_questions_have_these_answers(index: int, right: int) -> None:
    with speaking("en"):
        experiment = cache_lessons.experiments()[index]
        labels = [other.label for other in pages.describe("architectures").experiments]
    note = f"e{labels.index(experiment.label)}"
    at = pages.open_page(
        "architectures", query={"architectures_note": note, "architectures_answer": "0"}
    )
    pages.assert_whole(at)
    pages.put(at, {"architectures_view": experiment.state.view} | _stored(experiment.state.values))
    shown = pages.message(at, "architectures_question")
    assert experiment.question is not None
    assert experiment.question.answers[right] in shown["verdict"]
    assert re.search(r"\d", shown["why"])


def _stored(values) -> dict[str, object]:
    return {getattr(controls, name).key: value for name, value in values.items()}


@pytest.mark.model
def test_pitfalls_are_shown_by_running_them() -> None:
    at = opened("cache_size")
    with speaking("en"):
        titles = [pitfall.title for pitfall in pages.describe("architectures").pitfalls]
    for title in (pitfall.title for pitfall in cache_lessons.pitfalls()):
        at.session_state[f"architectures_pitfall_{titles.index(title)}"] = True
    at.run()
    pages.assert_whole(at)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", " ".join(pages.blocks(at)))
    first, last = cells.index("at the beginning"), cells.index("at the end")
    assert int(cells[first + 1]) < 10 < int(cells[last + 1])
    assert "Tokens shared at the beginning: 1." in text_of(at)


@pytest.mark.model
def test_the_tables() -> None:
    at = opened("conversation", arch_edit=12)
    header, rows = pages.download(at, "architectures", "request.csv")
    assert header[3:] == charts_names()
    assert [row[3] for row in rows[10:12]] == ["from the cache", "computed again"]
    header, rows = pages.download(at, "architectures", "cache-sizes.csv")
    assert [row[0] for row in rows] == list(core.CACHE_MODELS)


def charts_names() -> list[str]:
    with speaking("en"):
        return list(architecture_names().values())


def test_turns_are_counted_without_the_model() -> None:
    for text in ("", "a", "a\nb", "a\n\nb\nc", "x\n" * 50):
        expected = len(core.turns_of(text, talk.MOST_TURNS)) if text else 1
        assert talk.turns(text) == expected
