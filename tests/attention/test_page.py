"""The attention page in process: every view and pitfall, strange input, and numbers."""

from __future__ import annotations

import html
import math
import re

import numpy as np
import pytest
import torch

from core.attention import KNOWN_SHAPES, attention, causal_mask, head_scores
from pages.attention import controls, readings, sentences, typed
from tests import pages

VIEWS = ("hand", "masks", "heads", "kinds", "rank", "sharing")
TEXTS = {
    "hand": ("att_text",),
    "masks": ("att_line",),
    "heads": ("att_real",),
    "kinds": ("att_source_text", "att_target_text"),
    "rank": ("att_rank_text",),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("query", [{}, {"present": "1"}, {"lang": "zh"}], ids=str)
def test_every_view_opens(view, query):
    at = pages.open_page("attention", query={**query, "attention_view": view})
    pages.assert_whole(at)
    assert not pages.sentences(at)
    assert pages.keys(at, "plot")


@pytest.mark.parametrize(("view", "key"), [(v, k) for v, names in TEXTS.items() for k in names])
def test_strange_texts(view, key):
    at = pages.open_page("attention", state={"attention_view": view})
    for name, text in pages.NASTY.items():
        if name == "long" and view == "heads":
            continue  # 512 tokens take the language model seconds; the encoder reads them below
        pages.assert_whole(pages.put(at, {key: text}))
        assert "<script>" not in "".join(pages.blocks(at))


def test_every_pitfall_runs():
    at = pages.open_page("attention")
    for i in range(6):
        at.session_state[f"attention_pitfall_{i}"] = True
    pages.assert_whole(at.run())
    drawn = pages.keys(at, "plot")
    for name in ("after_softmax", "zero", "empty", "scale"):
        assert f"att_slip_{name}" in drawn
    alt = pages.message(at, "att_slip_empty")["alt"]
    assert "0 with zeros, 1 with −10⁹, NaN with −∞" in alt
    pages.assert_whole(pages.put(at, {"att_slip_pad": "", "att_slip_keys": 2}))


@pytest.mark.parametrize(
    ("view", "key", "text", "words"),
    [
        ("kinds", "att_aprefix", "att_source_text", 4),
        ("masks", "att_prefix", "att_line", 6),
        ("masks", "att_window", "att_line", 6),
    ],
)
def test_sliders_over_words_end_with_the_sentence_and_survive_its_retyping(view, key, text, words):
    at = pages.open_page("attention", query={"attention_view": view, text: "a b c d"})
    assert pages.message(at, key)["max"] == words  # two of them are padding in "masks"
    pages.put(at, {key: 3})
    pages.put(at, {text: "a", "att_pads": 0})
    pages.assert_whole(at)
    assert (pages.message(at, key)["value"], pages.message(at, key)["max"]) == (1, 1)
    pages.put(at, {text: "a b c d e", "att_pads": 0})
    assert (pages.message(at, key)["value"], pages.message(at, key)["max"]) == (3, 5)


def test_no_more_heads_can_be_shown_than_there_are():
    at = pages.open_page("attention", query={"att_heads": "3", "att_head": "7"})
    message = pages.message(at, "att_head")
    assert (message["max"], message["value"]) == (3, 3)


# --- by hand ---


def heatmap(spec: dict, name: str) -> np.ndarray:
    return next(trace for trace in spec["data"] if trace.get("name") == name)["z"]


def test_typed_in_matrices_go_through_attention():
    at = pages.open_page("attention", state={"att_source": "given", "att_causal": "1"})
    pages.put(at, {"att_q": "2 0; 0 1", "att_k": "1, 1\n0 3", "att_v": "5\n−7", "att_stage": 3})
    pages.assert_whole(at)
    q, k = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 1.0], [0.0, 3.0]])
    trace = attention(q, k, torch.tensor([[5.0], [-7.0]]), causal_mask(2))
    z = heatmap(pages.spec(at, "att_hand"), "weight")
    np.testing.assert_allclose(z[1, -2:], trace.weights[1], atol=1e-6)
    assert np.isnan(z[0, -1])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "type one line"),
        ("1 2\n3", "equally many numbers"),
        ("1 x", "is not a number"),
        ("1e9", "numbers between −1000 and 1000"),
        ("nan", "numbers between −1000 and 1000"),
        ("1 2 3 4 5 6 7", "at most"),
        ("1\n" * 9, "at most"),
    ],
)
def test_matrices_that_cannot_be_read_are_refused_in_words(text, problem):
    assert problem in typed.read_matrix(text)[1]
    at = pages.open_page("attention", state={"att_source": "given", "att_q": text})
    pages.assert_whole(at)
    assert problem in pages.sentences(at)[0]


def test_a_negative_largest_score_stands_in_brackets():
    at = pages.open_page(
        "attention",
        query={"att_source": "given", "att_q": "-1", "att_k": "2", "att_v": "1", "att_stage": "3"},
    )
    assert r"e^{-2.00/\sqrt{1} - (-2.00)}" in pages.formulas(at)[0]
    texts = "".join(str(trace.get("hovertext")) for trace in pages.spec(at, "att_hand")["data"])
    assert "e^(−2.00 − (−2.00)) = 1.00" in texts


def test_a_link_to_typed_in_matrices_opens_on_them():
    at = pages.open_page("attention", query={"att_source": "given", "att_stage": "1"})
    assert "att_q" in pages.keys(at, "text")
    assert "att_text" not in pages.keys(at, "text")
    assert pages.message(at, "att_source")["value"] == "given"


def test_a_link_to_padding_on_the_left_pads_there():
    at = pages.open_page(
        "attention",
        query={"att_side": "left", "att_text": "a b c\nd", "att_sentence": "1", "att_causal": "0"},
    )
    spec = pages.spec(at, "att_hand")
    assert spec["layout"]["yaxis"]["ticktext"][:3] == ["[pad]", "[pad]", "d"]
    weights = heatmap(spec, "weight")
    assert np.isnan(weights[:, :2]).all()
    np.testing.assert_allclose(weights[:, 2], 1)


def test_matrices_that_do_not_fit_are_refused_in_words():
    at = pages.open_page("attention", state={"att_source": "given", "att_k": "1 2 3\n4 5 6\n7 8 9"})
    assert "must be equally long" in pages.sentences(at)[0]


def test_a_batch_is_cut_and_padded():
    batch = sentences.batch_of("a b c\n\nd\n" + "x " * 30 + "\ne\nf", "left")
    assert batch.lengths == (3, 1, 8, 1)
    assert batch.rows[1] == ("[pad]",) * 7 + ("d",)
    assert batch.cut
    assert sentences.batch_of("a b\nc", "right").rows == (("a", "b"), ("c", "[pad]"))
    assert sentences.batch_of(" \n", "right").rows == ()


def test_the_same_word_has_the_same_vector_and_heads_switch_off():
    batch = sentences.batch_of("a b a\nb c", "right")
    trace, _matrices = sentences.layer_run(batch, "right", True, 3, 2, (1,), 7)
    assert trace.x is not None
    assert trace.head_output is not None
    assert trace.x.shape == (2, 3, 6)
    assert torch.equal(trace.x[0, 0], trace.x[0, 2])
    assert torch.equal(trace.x[0, 1], trace.x[1, 0])
    assert bool((trace.head_output[:, 1] == 0).all())
    assert bool((trace.weights[1, :, :, 2] == 0).all()), "padding"
    assert bool((trace.weights[0].triu(1) == 0).all()), "causal"


# --- real heads ---


@pytest.mark.parametrize("which", [readings.DECODER, readings.ENCODER])
def test_a_reading_is_the_models_own_attention(which, language_model, encoder):
    text = readings.text_of(which, "The cat saw the cat.")
    reading = readings.read(which, text.ids)
    if which == readings.DECODER:
        own = language_model.trace(text.ids, keep=["attentions"]).attentions
    else:
        own = encoder.trace(list(text.ids)).attentions
    layer, head = 2, 5
    torch.testing.assert_close(reading.head_weights(layer, head), own[layer, head])
    torch.testing.assert_close(reading.layer_weights(layer), own[layer])
    torch.testing.assert_close(
        reading.scores.previous_token, head_scores(own, text.ids).previous_token
    )
    assert reading.thumbs.shape[0] == own.shape[0] * own.shape[1]


def test_induction_heads_are_found_by_measuring():
    text = readings.repeated(readings.DECODER, 11, 3)
    assert text.ids[1:12] == text.ids[12:]
    reading = readings.read(readings.DECODER, text.ids)
    best = divmod(int(reading.scores.induction.argmax()), reading.entropy.shape[1])
    assert float(reading.scores.induction.max()) > 0.5
    at = pages.open_page(
        "attention",
        state={
            "attention_view": "heads", "att_on": "random", "att_period": 11, "att_rseed": 3,
            "att_wall": "induction",
        },
    )  # fmt: skip
    assert pages.message(at, "att_best")["tokens"][0]["plain"] == "L{}H{}".format(*best)
    pages.click(at, "att_best", 0)
    assert (at.session_state["att_layer"], at.session_state["att_rhead"]) == best


def test_the_wall_and_the_heatmap_follow_clicks():
    at = pages.open_page("attention", query={"attention_view": "heads"})
    wall = pages.message(at, "att_all")
    assert wall["columns"] == 9
    assert len(wall["names"]) == 270
    pages.click(at, "att_all", 5 * 9 + 7)
    assert (at.session_state["att_layer"], at.session_state["att_rhead"]) == (5, 7)
    assert pages.message(at, "att_all")["selected"] == 52
    pages.click(at, "att_heat", {"curve": 0, "point": [3, 1], "x": 2, "y": 4, "data": None})
    assert at.session_state["att_token"] == 4
    pages.click(at, "att_chips", 3)
    assert at.session_state["att_token"] == 0
    pages.put(at, {"att_model": "encoder"})
    assert pages.message(at, "att_all")["columns"] == 12
    pages.assert_whole(at)
    pages.put(at, {"att_model": "encoder", "att_layer": 17})
    assert pages.message(at, "att_layer")["value"] == 5, "the last layer of the encoder"
    assert pages.message(at, "att_all")["selected"] == 5 * 12 + 7


def test_512_tokens_of_the_encoder_are_kept_small():
    text = readings.text_of(readings.ENCODER, "so many words " * 400)
    assert len(text.ids) == 512
    assert "512" in text.notice
    reading = readings.read(readings.ENCODER, text.ids)
    assert reading.thumbs.shape == (72, 32, 32)
    assert reading.head_weights(0, 0).shape == (512, 512)
    at = pages.open_page(
        "attention",
        state={
            "attention_view": "heads", "att_model": "encoder", "att_real": "so many words " * 400
        },
    )  # fmt: skip
    pages.assert_whole(at)
    trace = pages.spec(at, "att_heat")["data"][0]
    assert trace["z"].shape == (512, 512)
    assert trace["z"].dtype == np.float32
    assert "hovertext" not in trace
    assert "att_chips" not in pages.keys(at)


CHINESE = "注意力机制让模型看见重要的词"


def notes(at) -> str:
    return html.unescape(" ".join(re.findall(r"ll-note[^>]*>(.*?)</p>", "".join(pages.blocks(at)))))


def test_unknown_characters_are_marked_and_counted(encoder):
    at = pages.open_page(
        "attention", query={"attention_view": "heads", "att_model": "encoder", "att_real": CHINESE}
    )
    pages.assert_whole(at)
    ids = encoder.encode(CHINESE)
    unknown = sum(encoder.token_text(i) == "[UNK]" for i in ids)
    assert 0 < unknown < len(ids) - 2
    assert f"{unknown} of the {len(ids)} tokens are [UNK]" in notes(at)
    chips = pages.message(at, "att_chips")["tokens"]
    marked = [chip for chip in chips if chip["color"] == "@warn"]
    assert len(marked) == unknown
    assert marked[0]["plain"] == "注→[UNK]"
    labels = pages.spec(at, "att_heat")["layout"]["yaxis"]["ticktext"]
    assert sum("→[UNK]" in label for label in labels) == unknown
    pages.put(at, {"att_real": "The cat."})
    assert "[UNK]" not in notes(at)


def test_the_arithmetic_of_a_clicked_cell_is_that_of_the_model(language_model):
    at = pages.open_page("attention", query={"attention_view": "heads", "att_layer": "17"})
    text = pages.message(at, "att_real")["value"]
    trace = language_model.trace(
        language_model.encode(text), [17], ["rotated_queries", "rotated_keys", "attentions"]
    )
    pages.click(at, "att_heat", {"curve": 0, "point": [9, 4], "x": 5, "y": 10, "data": None})
    assert (at.session_state["att_token"], at.session_state["att_ktoken"]) == (10, 5)
    dot = float(trace.rotated_queries[0, 4, 9] @ trace.rotated_keys[0, 1, 4])
    said = notes(at)
    assert "L17H4, ·John → ·went: q · k = " in said
    assert f"= {dot:.2f}; × 1/√64 = × 0.125 = {dot / 8:.2f}" in said.replace("−", "-")
    assert f"= {float(trace.attentions[0, 4, 9, 4]):.3f}" in said
    assert pages.message(at, "att_chips")["selected"] == 9


def test_ablating_a_head_shows_the_change_of_the_prediction(language_model):
    at = pages.open_page("attention")
    pages.pick(at, "attention", "Ablation")
    pages.assert_whole(at)
    ids = language_model.encode("The capital of France is")
    before = language_model.next_logits(ids).double().log_softmax(0)
    after = language_model.ablated_logits(ids, [(23, 4)]).double().log_softmax(0)
    paris = int(before.argmax())
    assert language_model.token_text(paris) == " Paris"
    kl = float((before.exp() * (before - after)).sum()) / math.log(2)
    assert kl > 1, "the example is worth showing"
    assert f"<b>{kl:.2f} bits</b>" in "".join(pages.blocks(at))
    p, q = (f"{100 * float(x[paris].exp()):.1f} %" for x in (before, after))
    assert f"without L23H4, the probability of “·Paris” changes from {p} to {q}" in notes(at)
    figure = pages.spec(at, "att_ablation")
    assert figure["data"][1]["x"][0] == pytest.approx(float(before[paris].exp()), rel=1e-4)
    assert figure["data"][2]["x"][0] == pytest.approx(float(after[paris].exp()), rel=1e-4)


def test_the_button_adds_the_head_shown_and_takes_it_out_again():
    at = pages.open_page("attention", query={"attention_view": "heads", "att_ablate": "L2 l5.8"})
    whole = [f"L2H{i}" for i in range(9)]
    at.button(key="att_ablate_toggle").click().run()
    assert at.session_state["att_ablate"].split() == [*whole, "L5H8", "L17H4"]
    at.button(key="att_ablate_toggle").click().run()
    assert at.session_state["att_ablate"].split() == [*whole, "L5H8"]
    pages.assert_whole(at)


@pytest.mark.parametrize("names", ["L30H0", "L2H9", "cat", "L-1", "<b>"])
def test_heads_that_do_not_exist_are_named_with_their_control(names):
    at = pages.open_page("attention", query={"attention_view": "heads", "att_ablate": names})
    pages.assert_whole(at)
    assert f"“Ablated heads” names heads that this model does not have: {names}" in notes(at)
    assert "L29H8" in notes(at)
    assert "att_ablation" not in pages.keys(at)


def test_the_encoder_predicts_no_next_token_so_nothing_is_ablated():
    at = pages.open_page(
        "attention",
        query={"attention_view": "heads", "att_model": "encoder", "att_ablate": "L0H0"},
    )
    assert "att_ablate" not in pages.keys(at)
    assert "att_ablation" not in pages.keys(at)


def test_up_to_three_heads_lie_over_one_another():
    query = {"attention_view": "heads", "att_compare": "L16H0 L18H8 L1H1 L17H4"}
    at = pages.open_page("attention", query=query)
    spec = pages.spec(at, "att_heat")
    assert len(spec["data"]) == 3
    chips = pages.message(at, "att_legend")["tokens"]
    assert [chip["plain"] for chip in chips] == ["L17H4", "L16H0", "L18H8"]
    assert [chip["color"] for chip in chips] == [t["colorscale"][1][1] for t in spec["data"]]
    assert "“Heads to compare” names 4 heads; at most 3 are drawn." in notes(at)
    pages.click(at, "att_legend", 2)
    assert (at.session_state["att_layer"], at.session_state["att_rhead"]) == (18, 8)
    pages.put(at, {"att_combine": "mean", "att_layer": 17, "att_rhead": 4})
    text = readings.text_of(readings.DECODER, pages.message(at, "att_real")["value"])
    reading = readings.read(readings.DECODER, text.ids)
    heads = [reading.head_weights(*head) for head in ((17, 4), (16, 0), (18, 8))]
    mean = torch.stack(heads).mean(dim=0)
    z = pages.spec(at, "att_heat")["data"][0]["z"]
    shown = causal_mask(len(text.ids)).numpy()
    np.testing.assert_allclose(z[shown] ** 2, mean.numpy()[shown], atol=1e-6)


def test_findings_select_their_head_and_show_its_measure():
    at = pages.open_page("attention", query={"attention_view": "heads", "att_layer": "3"})
    message = pages.message(at, "att_best")
    texts = [chip["plain"] for chip in message["tokens"]]
    assert len(texts) == 5
    assert message["selected"] is None
    pages.click(at, "att_best", 0)
    layer, head = at.session_state["att_layer"], at.session_state["att_rhead"]
    assert texts[0] == f"L{layer}H{head}"
    assert pages.message(at, "att_best")["selected"] == 0
    assert pages.message(at, "att_all")["selected"] == 9 * layer + head


def test_what_the_examples_say_of_their_heads_is_true(language_model, encoder):
    text = controls.SHORT_TEXT
    ids = language_model.encode(text)
    own = head_scores(language_model.trace(ids, keep=["attentions"]).attentions, ids)
    assert float(own.previous_token[16, 0]) > 0.5
    assert float(own.first_token[18, 8]) > 0.99
    twice = readings.repeated(readings.DECODER, 24, 1)
    induction = readings.read(readings.DECODER, twice.ids)
    assert float(induction.scores.induction[18, 6]) > 0.8
    for period in (2, 12, 60):
        random = readings.repeated(readings.DECODER, period, 1)
        weights = readings.read(readings.DECODER, random.ids).head_weights(18, 6)
        rows = torch.arange(period + 1, 2 * period)  # the stripe: (period − 1) cells below
        found = weights[rows, 1:].argmax(dim=-1) + 1
        assert float((found == rows - (period - 1)).float().mean()) > 0.8, period
    words = [encoder.token_text(i) for i in encoder.encode(text)]
    most = encoder.trace(encoder.encode(text)).attentions[2, 9].argmax(dim=-1).tolist()
    pairs = {words.index("mary"), words.index("john")}
    for first in pairs:
        second = words.index(words[first], first + 1)
        assert (most[first], most[second]) == (second, first)
    others = [key for query, key in enumerate(most) if words[query] not in ("mary", "john")]
    assert others.count(0) > len(others) / 2


def test_long_and_line_views_say_what_they_leave_out():
    at = pages.open_page(
        "attention",
        state={"attention_view": "heads", "att_model": "encoder", "att_real": "word " * 200},
    )
    assert "at most 160 tokens" in notes(at)
    assert "largest weight of several tokens" in notes(at)
    pages.put(at, {"att_form": "lines"})
    assert "Weights below 0.02" in notes(at)
    assert "Lines are drawn for 32 tokens" in notes(at)


# --- sentences ---


def test_a_click_on_a_matrix_writes_its_arithmetic_and_moves_the_formula():
    at = pages.open_page("attention", query={"att_stage": "2"})
    spec = pages.spec(at, "att_hand")
    (value,) = [trace for trace in spec["data"] if trace.get("name") == "value"]
    assert "w_{5,3}" in pages.formulas(at)[0]
    right = value["x0"] + value["z"].shape[1] - 1  # the last column is that of the scores
    bottom = value["y0"] + value["z"].shape[0] - 1
    pages.click(at, "att_hand", {"curve": 0, "point": [0, 0], "x": right, "y": bottom - 1})
    assert at.session_state["att_cell"] == "scores,3,4"
    assert "the → mouse: q · k = " in notes(at)
    assert "w_{4,5} = 0" in pages.formulas(at)[0], "masked"
    pages.put(at, {"att_cell": "nonsense"})
    pages.assert_whole(at)
    pages.put(at, {"att_cell": "weights,99,99"})
    pages.assert_whole(at)
    pages.put(at, {"att_cell": "weights,3,1", "att_text": "a"})
    pages.assert_whole(at)


def test_the_spread_of_typed_in_scores_is_not_claimed_to_be_1():
    at = pages.open_page(
        "attention",
        query={"att_source": "given", "att_q": "1000 0;0 1000", "att_k": "2 0;0 2", "att_v": "1;2"},
    )
    spread = np.array([[2000, 0], [0, 2000]]).std()
    assert f"standard deviation of the scores {spread / 2**0.5:.0f}, without it 1,000" in "".join(
        pages.blocks(at)
    )


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("minus_infinity", "Rows without an allowed key: 1, 2. All their scores are −∞"),
        ("large_negative", "each of the 9 keys gets the weight 0.111"),
        ("right", "Rows without an allowed key: 1, 2. Their weights are set to 0."),
        ("zero", "the masked keys get"),
        ("after_softmax", "Masked weights are set to 0 after softmax: row"),
        ("unscaled", "Without 1/√d the scores have standard deviation"),
    ],
)
def test_every_way_to_mask_is_said_in_a_sentence(method, said):
    query = {"attention_view": "masks", "att_pside": "left", "att_way": method}
    at = pages.open_page("attention", query=query)
    assert said in notes(at)
    assert ("NaN in 2 of 9 rows" in "".join(pages.blocks(at))) == (method == "minus_infinity")


def test_words_that_are_left_out_are_said():
    at = pages.open_page("attention", query={"attention_view": "masks", "att_line": "w " * 15})
    assert "The sentence has 15 words; this view shows the first 12." in notes(at)
    at = pages.open_page(
        "attention", query={"attention_view": "kinds", "att_source_text": "w " * 9}
    )
    assert "this view shows" not in notes(at)
    pages.put(at, {"att_target_text": "x " * 11})
    assert "The sentence has 11 words; this view shows the first 9." in notes(at)
    long = {"attention_view": "rank", "att_rank_text": "word " * 70}
    assert "Only the first 64 tokens" in notes(pages.open_page("attention", query=long))


def test_the_rank_argument_is_held_against_the_measured_ranks(language_model, encoder):
    at = pages.open_page("attention", query={"attention_view": "rank"})
    ids = language_model.encode(controls.LONG_TEXT)
    attentions = language_model.trace(ids, keep=["attentions"]).attentions
    causal = int((torch.linalg.matrix_rank(attentions.double(), rtol=len(ids) * 2**-23)
                  == len(ids)).sum())  # fmt: skip
    both_ids = encoder.encode(controls.LONG_TEXT)
    own = encoder.trace(both_ids).attentions
    both = int((torch.linalg.matrix_rank(own.double(), rtol=len(both_ids) * 2**-23)
                == len(both_ids)).sum())  # fmt: skip
    assert f"{causal} of 270 causal matrices" in notes(at)
    assert f"{both} of 72 bidirectional ones" in notes(at)
    assert causal / 270 < both / 72
    assert "the opposite of what the argument suggests" in notes(at)
    pages.put(at, {"att_rank_layer": 5})
    assert "Layer L5: the effective ranks of its 9 heads" in notes(at)


def test_the_padding_pitfall_compares_both_ways_to_count_positions(encoder):
    at = pages.open_page("attention", state={"attention_pitfall_4": True})
    ids = encoder.encode("The cat sat on the mat.")
    row = [encoder.config.pad_id] * 4 + ids
    real = torch.tensor([False] * 4 + [True] * len(ids))
    counted = encoder.trace(row, real, count_padding=True).pooled @ encoder.trace(ids).pooled
    page = "".join(pages.blocks(at))
    assert float(counted) < 0.95
    assert page.count(">1.0000<") == 2
    assert f">{float(counted):.4f}<" in page


# --- shared keys, downloads ---


def test_the_context_changes_the_figure():
    """Otherwise nothing is repainted until the Streamlit rerun, 1.5 s after the drag."""
    at = pages.open_page("attention", query={"attention_view": "sharing", "att_context": "100"})
    sizes = pages.spec(at, "att_cache")["data"][0]["x"]
    pages.put(at, {"att_context": 300})
    np.testing.assert_allclose(pages.spec(at, "att_cache")["data"][0]["x"], 3 * sizes)
    pages.click(at, "att_cache", {"curve": 0, "point": 2, "x": 1, "y": 2, "data": None})
    assert at.session_state["att_shape"] == "Falcon-7B"
    assert f"{300 * 2 * 32 * 1 * 64 * 2 / 2**20:.2f} MiB of KV cache" in notes(at)


@pytest.mark.parametrize(
    ("name", "words"),
    [("GPT-2", "its own key"), ("SmolLM2-135M", "3 query heads"), ("Falcon-7B", "share one key")],
)
def test_the_kind_of_sharing_is_spelled_out(name, words):
    at = pages.open_page("attention", query={"attention_view": "sharing", "att_shape": name})
    assert words in "".join(pages.blocks(at))


def test_custom_sizes_reach_the_figure():
    at = pages.open_page(
        "attention",
        query={"attention_view": "sharing", "att_shape": "own", "att_queries": "6", "att_kv": "2"},
    )
    pages.assert_whole(at)
    assert list(pages.message(at, "att_kv")["options"]) == [[n, n] for n in "1236"]
    assert (
        "6 query heads share 2 key and value heads: GQA" in pages.message(at, "att_sharing")["alt"]
    )


def test_tables_hold_what_is_shown():
    at = pages.open_page("attention")
    _header, rows = pages.download(at, "attention", "attention-kv-cache.csv")
    assert len(rows) == len(KNOWN_SHAPES)
    assert {"36864", "524288", "131072"} <= {row[6] for row in rows}
    _header, scores = pages.download(at, "attention", "attention-heads.csv")
    assert len(scores) == 270
    at = pages.open_page("attention", query={"att_layer": "3", "att_rhead": "2"})
    header, rows = pages.download(at, "attention", "attention-head.csv")
    assert header[0] == "L3H2"
    for row in rows:
        assert sum(map(float, row[1:])) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("view", "key", "values"),
    [
        ("sharing", "att_context", (1, 5000)),
        ("heads", "att_layer", (0, 29)),
        ("heads", "att_rhead", (0, 8)),
        ("heads", "att_token", (0, 1, 16)),
        ("rank", "att_rank_layer", (-1, 0, 29)),
        ("kinds", "att_aprefix", (0, 6)),
        ("hand", "att_head", (1, 2)),
    ],
)
def test_a_slider_keeps_the_elements_and_their_heights(view, key, values):
    """A changed element falls off the fast path; a changed height forces a new layout."""
    at = pages.open_page("attention", query={"attention_view": view, "att_ablate": "L23H4"})
    seen = set()
    for value in values:
        pages.put(at, {key: value})
        names = tuple(name for name, _content in pages.messages(at))
        heights = tuple(content.get("height") for _name, content in pages.messages(at))
        seen.add((names, heights))
    assert len(seen) == 1
