"""One prompt has one next-token distribution, on every page that shows it."""

from __future__ import annotations

import pytest
from scipy.stats import entropy

from core.lm import LanguageModel
from tests import pages

PROMPTS = ("The capital of France is", "Once upon a time", "import", "你好，世界")

pytestmark = pytest.mark.model


def of_entropy_page(prompt: str) -> float:
    at = pages.open_page("entropy", state={"ent_src": "model", "ent_mp": prompt})
    rows = pages.download(at, "entropy", "entropy-measures.csv")[1]
    return float(next(row[1] for row in rows if row[0] == "H(p)"))


def of_language_model_page(prompt: str, model: LanguageModel) -> float:
    # The next token is the one that follows the prompt in a longer text.
    at = pages.open_page("language_model", state={"lm_text": prompt + " Paris"})
    header, rows = pages.download(at, "language_model", "language-model-tokens.csv")
    return float(rows[len(model.encode(prompt))][header.index("entropy (bits)")])


def of_sampling_page(prompt: str) -> float:
    at = pages.open_page("sampling", state={"prompt": prompt})
    rows = pages.download(at, "sampling", "distribution.csv")[1]
    return float(entropy([float(row[2]) for row in rows], base=2))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_one_prompt_has_one_entropy(prompt: str, language_model: LanguageModel) -> None:
    ids = language_model.encode(prompt)
    p = language_model.next_logits(ids).double().softmax(-1).numpy()
    expected = float(entropy(p, base=2))
    assert of_entropy_page(prompt) == pytest.approx(expected, abs=1e-4)
    assert of_language_model_page(prompt, language_model) == pytest.approx(expected, abs=1e-4)
    assert of_sampling_page(prompt) == pytest.approx(expected, abs=1e-4)
    if prompt == PROMPTS[0]:
        assert expected == pytest.approx(2.14, abs=0.005)
