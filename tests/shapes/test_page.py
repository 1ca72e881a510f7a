"""The shapes page in process: every view, clicks, hostile input, and numbers against core."""

from __future__ import annotations

import html
import re

import pytest
from streamlit.testing.v1 import AppTest

from charts.format import number
from core import shapes as core
from tests import pages


def opened(view: str, **state: object) -> AppTest:
    return pages.open_page("shapes", state={"shapes_view": view, **state})


def text_of(at: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))).replace("−", "-")


def test_the_block_shows_cores_numbers_and_a_click_chooses() -> None:
    at = opened("block")
    pages.assert_whole(at)
    q = core.block_shapes(core.KNOWN_MODELS["SmolLM2-135M"], 2, 8)[2]
    shown = text_of(at)
    for part in ("2 × 8 × 3 × 3 × 64", f"{q.parameters:,}", f"{q.flops:,}", f"{q.bytes:,} bytes"):
        assert part in shown
    pages.click(at, "shapes_block", {"curve": 2, "point": 7, "x": 0.5, "y": 0.5})
    pages.assert_whole(at)
    assert at.session_state["shapes_tensor"] == 7
    assert "BTKGD, BSKD → BKGTS" in text_of(at)


def test_what_the_examples_say_of_long_texts_and_experts_holds() -> None:
    tensors = core.block_shapes(core.KNOWN_MODELS["SmolLM2-135M"], 2, 4096)
    most = max(tensor.bytes for tensor in tensors)
    assert {t.name for t in tensors if t.bytes == most} == {"scores", "weights"}
    shape = core.KNOWN_MODELS["Mixtral 8x7B"]
    gate = core.block_shapes(shape, 1, 1)[15]
    assert (gate.name, gate.axes["A"]) == ("gate", 2)
    assert gate.parameters == 8 * shape.dim * shape.expert_dim
    assert core.growth(core.KNOWN_MODELS["SmolLM2-135M"], [8192]).crossing < 8192
    counts = [core.parameter_count(core.KNOWN_MODELS[n]) for n in ("SmolLM2-135M", "Llama-3-8B")]
    small, large = (count.by_part["embedding"] / count.total for count in counts)
    assert large < small == pytest.approx(0.2105, abs=1e-4)


@pytest.mark.parametrize("model", ["GPT-2", "BERT base", "Llama-3-8B", "Mixtral 8x7B"])
def test_every_model_draws_each_tensor(model: str) -> None:
    at = opened("block", shapes_model=model, shapes_tensor=9)
    for step in (0, 12, 99):
        pages.put(at, {"shapes_tensor": step})
        pages.assert_whole(at)
    header, rows = pages.download(at, "shapes", "tensors.csv")
    tensors = core.block_shapes(core.KNOWN_MODELS[model], 2, 8)
    counted = [int(row[header.index("parameters")]) for row in rows]
    assert counted == [tensor.parameters for tensor in tensors]


def test_einsum_steps_through_the_loops_and_equals_torch() -> None:
    at = opened("einsum", shapes_step=5)
    pages.assert_whole(at)
    shown = text_of(at)
    assert "for k in range(3):" in shown
    assert "A @ B" in shown
    assert "yes" in shown
    written = re.search(r"out\[0, 1\] \+= \(?(-?\d)\)? × \(?(-?\d)\)? = (-?\d+)", shown)
    assert written
    a, b, product = map(int, written.groups())
    assert a * b == product
    header, rows = pages.download(at, "shapes", "einsum.csv")
    row = dict(zip(header, rows[5], strict=True))
    assert [float(row[name]) for name in ("A", "B", "product")] == [a, b, product]


def test_typing_an_expression_chooses_it() -> None:
    at = opened("einsum")
    assert "A @ B" in text_of(at)
    pages.send(at, "shapes_expression", "ij->")
    assert at.session_state["shapes_chosen"] == "own"
    assert "A.sum()" in text_of(at)
    pages.send(at, "shapes_chosen", "i,j->ij", seq=2)
    assert "torch.outer(A, B)" in text_of(at)


def test_pitfalls_run_and_show_the_mistake() -> None:
    at = opened("einsum", **{f"shapes_pitfall_{i}": True for i in range(5)})
    pages.assert_whole(at)
    shown = " ".join(text_of(at).split())
    assert "token 2 5, 6, 7, 8 5, 6 3, 4" in shown  # head 1 of token 2, transposed and reshaped
    assert f"(3, 3) {number(4 / 3)} (3) - (3) (3,) 0" in shown
    assert "over the keys S 1.00, 1.00, 1.00" in shown
    assert "134,515,008 162,826,560" in shown
    assert "GPT-2 shared 124,439,808 163,037,184" in shown
    rule = 2 * (576 * 576 * 2 + 576 * 192 * 2 + 3 * 576 * 1536)
    real = rule + 2 * 2 * 1024 * 576
    assert f"1,024 {rule:,} {real:,} {100 * (real / rule - 1):.1f} %" in shown


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least one index"),
        ("<script>", "letters, commas"),
        ("ij->k", "each output index once"),
        ("abcd->a", "at most 3 tensors"),
        ("a,b,c,d->a", "at most 3 tensors"),
        ("abc,def,g->a", "6 indices"),
    ],
)
def test_wrong_expressions_get_a_sentence(text: str, sentence: str) -> None:
    at = opened("einsum", shapes_chosen="own", shapes_expression=text)
    pages.assert_whole(at)
    assert any(sentence in said for said in pages.sentences(at))


@pytest.mark.parametrize("text", ["ii->i", "ij,jk,kl->il", "abc->cab", "i,j,k", ",a->a", "aab->b"])
def test_own_expressions_run_and_equal_torch(text: str) -> None:
    at = opened("einsum", shapes_chosen="own", shapes_expression=text, shapes_first=2,
                shapes_second=2)  # fmt: skip
    pages.assert_whole(at)
    assert not pages.sentences(at)
    assert "torch.einsum: 0" in text_of(at)


def test_growth_marks_the_crossing_and_a_click_moves_the_length() -> None:
    at = opened("growth", shapes_grown=13)
    pages.assert_whole(at)
    shown = text_of(at)
    assert "2,304 tokens" in shown
    assert "134,515,008" in shown
    assert "21.0 %" in shown
    assert "3.56 times the FLOPs of the FFN" in shown  # 8192 / 2304
    pages.click(at, "shapes_growth", {"curve": 0, "point": 2, "x": 64, "y": 1e6})
    assert at.session_state["shapes_grown"] == 6
    pages.put(at, {"shapes_gmodel": "GPT-2"})
    assert "recomputing gives 124.4 M" in text_of(at)


@pytest.mark.parametrize(("index", "right"), [(0, 1), (1, 1), (2, 1)])
def test_questions_have_the_answer_that_core_computes(index: int, right: int) -> None:
    card = pages.answer("shapes", index, right)
    assert card["right"], card["verdict"]
    assert re.search(r"\d", card["why"]), "the reason has the numbers"
