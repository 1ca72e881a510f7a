"""The normalization page in process: every view, hostile input, and numbers against torch."""

from __future__ import annotations

import html
import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.lm import LanguageModel
from core.normalization.tiny_training import TinyTrainer
from pages.normalization import axes, controls, gradients, training
from tests import pages


def opened(view: str, **state: object) -> AppTest:
    return pages.open_page("normalization", state={"normalization_view": view, **state})


def text_of(at: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))).replace("−", "-")


@pytest.mark.parametrize("kind", ["batch", "layer", "rms"])
def test_axes_shows_what_torch_computes(kind: str) -> None:
    at = opened("axes", norm_kind=kind, norm_length=2)
    pages.assert_whole(at)
    batch = axes.full_batch(0).clone()
    for row, length in enumerate((2, *controls.LENGTHS[1:])):
        batch[row, length:] = 0
    flat = batch.flatten(0, 1)
    oracle = {
        "batch": torch.nn.functional.batch_norm(flat, None, None, training=True),
        "layer": torch.nn.LayerNorm(3, elementwise_affine=False)(flat),
        "rms": torch.nn.RMSNorm(3, eps=1e-5, elementwise_affine=False)(flat),
    }[kind].view_as(batch)
    assert pages.formulas(at)[0].endswith(f"= {float(oracle[1, 2, 1]):.3f}")
    moved = "varies between" in text_of(at)
    assert moved == (kind == "batch")


def test_a_click_on_a_value_chooses_it() -> None:
    at = opened("axes")
    pages.click(at, "norm_sheets", {"curve": 0, "point": [1, 9], "x": 9.0, "y": 1.0})
    pages.assert_whole(at)
    chosen = [at.session_state[f"norm_{name}"] for name in ("sentence", "token", "feature")]
    assert chosen == [3, 2, 2]
    pages.click(at, "norm_sheets", {"curve": 0, "point": [1, 3], "x": 3.0, "y": 1.0})
    assert [at.session_state[f"norm_{name}"] for name in ("sentence", "token")] == [3, 2]


def test_a_padded_value_is_said_to_be_padding() -> None:
    assert "is padding" in text_of(opened("axes", norm_sentence=3, norm_token=5))


def test_the_vector_has_every_intermediate_and_a_shift_changes_rms_norm_only() -> None:
    at = opened("vector")
    shown = text_of(at)
    for value in ("-1.34", "-0.447", "0.365", "1.46", "1.25", "7.50"):
        assert value in shown
    pages.click(at, "norm_vector_plot", {"curve": 0, "point": 2, "x": 3, "y": 3.0})
    assert pages.formulas(at)[0].endswith("= 0.4472")
    pages.put(at, {"norm_shift": 10.0})
    assert "changes by 0 at most and RMSNorm's by" in text_of(at)


@pytest.mark.parametrize("text", ["", "1", "1, x", "9e9, 1", "<script>, 1"])
def test_a_text_that_is_no_vector_gets_a_sentence(text: str) -> None:
    at = opened("vector", norm_vector=text)
    pages.assert_whole(at)
    assert any("The vector must" in said for said in pages.sentences(at))


def test_the_models_norms(language_model: LanguageModel) -> None:
    at = opened("model", norm_left=60)
    pages.assert_whole(at)
    hidden = language_model.trace(language_model.encode("The capital of France is"), keep=[]).hidden
    before = pages.spec(at, "norm_stream")["data"][0]["y"]
    assert before[::2] == pytest.approx(hidden[:, 0].square().mean(-1).sqrt().numpy(), rel=1e-4)
    assert "Without the last norm, the six most likely tokens keep their order" in text_of(at)
    # "The first token's root mean square is far above that of the others."
    assert float(hidden[15, 0].norm()) > 50 * float(hidden[15, 1:].norm(dim=-1).max())
    pages.click(at, "norm_stream", {"curve": 1, "point": 24, "x": 12.0, "y": 5.0})
    assert at.session_state["norm_left"] == 24
    assert "before attention of layer 12" in text_of(at)
    pages.click(at, "norm_tokens", 0)
    assert at.session_state["norm_mtoken"] == 1


def test_each_norm_is_left_out_in_turn() -> None:
    at = opened("model", norm_text="Hi")
    at.button(key="norm_run_step").click().run()
    run = at.session_state["norm_run·run"][1]
    run.wait(20)
    at.run()
    pages.assert_whole(at)
    assert [frame.norm for frame in run.frames] == [0]
    bars = pages.spec(at, "norm_stream")["data"][3]
    assert list(bars["x"]) == [0, 12]


def test_a_text_without_tokens_asks_for_one() -> None:
    assert "Type a text" in text_of(opened("model", norm_text=""))


def test_gradients_show_cores_numbers_and_what_is_said_of_them() -> None:
    at = opened("gradients", norm_depth="8")
    pages.assert_whole(at)
    found = gradients.stacks(8, 0)
    assert len(pages.spec(at, "norm_gradients")["data"][0]["y"]) == 8
    assert f"{float(found['post'].ffn[-1] / found['pre'].ffn[-1]):.3g}" in text_of(at)
    # "In the last layer, post-LN's gradient is several times that of pre-LN."
    deep = gradients.stacks(48, 0)
    assert float(deep["post"].ffn[-1] / deep["pre"].ffn[-1]) > 3
    pages.click(at, "norm_ratio", {"curve": 1, "point": 4, "x": 32, "y": 5.0})
    assert at.session_state["norm_depth"] == "32"


def test_training_runs_step_by_step() -> None:
    at = opened("training", norm_tlayers="2")
    assert "Press Train" in text_of(at)
    at.button(key="norm_training_step").click().run()
    run = at.session_state["norm_training·run"][1]
    run.wait(20)
    at.run()
    pages.assert_whole(at)
    lines = pages.spec(at, "norm_training_plot")["data"]
    assert [len(line["y"]) for line in lines] == [1, 1, 1, 1]
    header, rows = pages.download(at, "normalization", "norm-training.csv")
    assert len(rows) == 4
    trainer = TinyTrainer(controls.train_text.default, run_settings(2, "pre"))
    losses = [trainer.step().loss]
    shown = [float(row[header.index("loss")]) for row in rows if row[0] == "pre-LN, no warm-up"]
    assert shown == pytest.approx(losses)


def run_settings(layers: int, placement: str):
    return training.TrainingSettings(placement, layers=layers, learning_rate=0.003)


def test_a_text_that_is_too_short_gets_a_sentence() -> None:
    at = opened("training", norm_ttext="a")
    pages.assert_whole(at)
    assert any("at least 2 characters" in said for said in pages.sentences(at))


@pytest.mark.parametrize(("index", "right"), [(0, 0), (1, 1), (2, 1), (3, 1)])
def test_questions_have_the_answer_that_core_computes(index: int, right: int) -> None:
    card = pages.answer("normalization", index, right)
    assert card["right"], card["verdict"]
    assert re.search(r"\d", card["why"]), "the reason has the numbers"
