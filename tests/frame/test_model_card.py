"""The line about the model behind a page: its facts are those of the loaded files."""

from __future__ import annotations

import re

import pytest
from safetensors import safe_open

from core.lm import LanguageModel
from core.lm.encoder_loading import _installed_folder
from core.lm.loading import find_language_model
from tests import pages

pytestmark = pytest.mark.model


def _decoder() -> None:
    import ui

    ui.model_card()


def _encoder() -> None:
    import ui
    from ui import models

    ui.model_card(models.encoder())


def card(draw) -> tuple[str, str]:
    """Return the line of a card and the text of its bubble."""
    block = next(block for block in pages.blocks(pages.script(draw)) if "Model: " in block)
    bubble = re.search(r'data-tip="(.*?)"', block)
    assert bubble is not None
    return re.sub(r"<[^>]+>", "", block), bubble.group(1)


def test_the_language_model() -> None:
    line, why = card(_decoder)
    assert line.startswith(f"Model: {find_language_model().name} · ")
    # By hand: embeddings, and per layer attention (q, o, k, v), three FFN matrices and two norms.
    layer = 2 * 576 * 576 + 2 * 576 * 192 + 3 * 576 * 1536 + 2 * 576
    millions = (49_152 * 576 + 30 * layer + 576) / 1e6
    assert f"{millions:.0f} million parameters · 30 layers" in line
    assert "decoder, instruct-tuned · nothing precedes the prompt" in line
    assert "&lt;|endoftext|&gt;" in why


def test_a_model_that_adds_a_bos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "prefix_ids", property(lambda _model: (1,)))
    monkeypatch.setattr(LanguageModel, "is_instruct", property(lambda _model: False))
    line, why = card(_decoder)
    assert "decoder, base model · &lt;|im_start|&gt; precedes every prompt" in line
    assert "adds &lt;|im_start|&gt;" in why


def test_the_encoder() -> None:
    line, why = card(_encoder)
    with safe_open(_installed_folder() / "model.safetensors", "pt") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    total = 0
    for shape in shapes:
        size = 1
        for side in shape:
            size *= side
        total += size
    assert f"{total / 1e6:.0f} million parameters · 6 layers · bidirectional encoder" in line
    assert "[CLS] precedes the text and [SEP] follows it" in line
    assert "does not predict a next token" in why
