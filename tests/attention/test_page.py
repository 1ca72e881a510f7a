"""The attention page in process: every view and pitfall, strange input, and numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.attention import KNOWN_SHAPES, attention, causal_mask, head_scores
from pages.attention import readings, sentences, typed
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
    assert "0 with zeros, 1.00 with −10⁹, nan with −∞" in alt
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
        ("1 2\n3", "equally long"),
        ("1 x", "is not a number"),
        ("1e9", "numbers must"),
        ("nan", "numbers must"),
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


# --- shared keys, downloads ---


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
    assert header[0] == "L3 H2"
    for row in rows:
        assert sum(map(float, row[1:])) == pytest.approx(1, abs=1e-4)
