"""Error sentences: English by itself, another language through the template and its fields."""

import ast
import pickle
from pathlib import Path

import pytest

from core import checks
from core.errors import InputError, Sentence
from core.lm import ModelError
from core.sampling import SamplingParams, read_request
from tests.pages import ROOT
from ui import errors

CORE = sorted((ROOT / "core").rglob("*.py"))


def test_the_english_sentence_and_its_translation() -> None:
    error = InputError("{name} must be at least {low}; got {got:g}.", name="k", low=2, got=1.5)
    assert isinstance(error, ValueError)
    assert str(error) == "k must be at least 2; got 1.5."
    assert error.fields == {"name": "k", "low": 2, "got": 1.5}
    chinese = {error.template: "{name} 至少为 {low}；现为 {got:g}。"}
    assert error.translated(chinese.get) == "k 至少为 2；现为 1.5。"
    assert error.translated({}.get) == str(error)


def test_a_sentence_inside_a_sentence_is_translated_too() -> None:
    inner = Sentence("{n} tokens", n=3)
    words = {"{n} tokens": "{n} 个词元", "Got {what}.": "得到{what}。"}
    assert Sentence("Got {what}.", what=inner).translated(words.get) == "得到3 个词元。"
    assert InputError("Got {what}.", what=InputError("{n} tokens", n=3)).translated(words.get) == (
        "得到3 个词元。"
    )
    assert str(InputError.of(inner)) == inner == "3 tokens"


@pytest.mark.parametrize("kind", [InputError, ModelError, Sentence])
def test_errors_and_sentences_survive_pickling(kind: type) -> None:
    made = kind("{a} {{b}}", a="{x}")
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is kind
    assert str(again) == str(made) == "{x} {b}"
    assert again.template == made.template


def test_what_a_request_body_lacks_is_translated_as_a_whole() -> None:
    (problem,) = read_request('{"top_k": -1}').problems
    assert isinstance(problem, Sentence)
    assert problem.endswith("got -1. The field is ignored.")
    words = {"{problem} The field is ignored.": "{problem}（忽略）"}
    assert problem.translated(words.get) == f"{problem.fields['problem']}（忽略）"
    with pytest.raises(InputError, match="is empty"):
        SamplingParams.from_json("")


def test_the_interface_shows_the_visitor_s_language(monkeypatch) -> None:
    monkeypatch.setattr("charts.i18n.current_language", lambda: "zh")
    with pytest.raises(InputError) as caught:
        checks.integer("top_k", -1, 0)
    assert errors.sentence_of(caught.value) == "top_k 至少为 0；现为 -1。"
    monkeypatch.setattr("charts.i18n.current_language", lambda: "en")
    assert errors.sentence_of(caught.value) == "top_k must be at least 0; got -1."


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_raises_only_errors_that_can_be_translated(path: Path) -> None:
    plain = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "ValueError"
    ]
    assert plain == []
