"""Any Llama-architecture GGUF: small random models against transformers with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from core.lm import ModelError, load_language_model
from core.lm.gguf_file import read_gguf
from tests.lm.helpers import Tiny, halves_to_neighbors, llama3_factors, write_gguf

IDS = [5, 262, 0, 7, 7, 131, 2, 89, 13, 41, 257]
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
VARIANTS: dict[str, tuple[Tiny, dict[str, Any]]] = {
    "grouped, untied": (Tiny(), {}),
    "tied": (Tiny(tied=True), {}),
    "one key head": (Tiny(embed_dim=35, heads=5, kv_heads=1, head_dim=14), {}),
    "plain multi-head, other base": (Tiny(heads=3, kv_heads=3, base=500_000.0), {}),
    "linear scaling": (
        Tiny(rope={"rope_type": "linear", "factor": 4.0}),
        {"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0},
    ),
    "linear scaling, old key": (
        Tiny(rope={"rope_type": "linear", "factor": 2.0}),
        {"llama.rope.scale_linear": 2.0},
    ),
    "yarn": (
        Tiny(
            rope={"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
        ),
        {
            "llama.rope.scaling.type": "yarn",
            "llama.rope.scaling.factor": 4.0,
            "llama.rope.scaling.original_context_length": 16,
        },
    ),
    "llama 3 factors": (Tiny(rope=LLAMA3), {}),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_logits_and_attentions_equal_transformers(name: str, tmp_path: Path) -> None:
    tiny, extra = VARIANTS[name]
    oracle = tiny.transformer()
    tensors = tiny.tensors(oracle)
    if "factors" in name:
        tensors["rope_freqs.weight"] = llama3_factors(tiny.head_dim, tiny.base, LLAMA3)
    path = write_gguf(tmp_path / "tiny.gguf", tiny.metadata() | extra, tensors)
    model = load_language_model(path, device="cpu", cache_dir=tmp_path / "cache")
    with torch.no_grad():
        expected = oracle(torch.tensor([IDS]), output_attentions=True, output_hidden_states=True)
    trace = model.trace(IDS)
    torch.testing.assert_close(model.logits(IDS), expected.logits[0], rtol=0, atol=1e-4)
    attentions = torch.stack(expected.attentions)[:, 0]
    torch.testing.assert_close(trace.attentions, attentions, rtol=0, atol=1e-5)
    hidden = torch.stack(expected.hidden_states)[:-1, 0]  # its last one is already normalized
    torch.testing.assert_close(trace.hidden[:-1], hidden, rtol=0, atol=1e-4)
    torch.testing.assert_close(trace.final, expected.hidden_states[-1][0], rtol=0, atol=1e-4)
    assert model.config.tied_embeddings == tiny.tied
    assert (model.weights.output is model.weights.embedding) == tiny.tied


def test_neighbors_by_hand() -> None:
    # Two heads of size 4 on one input: rows (0, 1 | 2, 3) of a head pair up as (0, 2), (1, 3).
    rows = np.arange(8.0).reshape(8, 1)
    assert halves_to_neighbors(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_quantized_weights_equal_transformers_on_the_same_file(kind: str, tmp_path: Path) -> None:
    tiny = Tiny(embed_dim=64, hidden_dim=96, heads=4, kv_heads=2, head_dim=16, layers=2)
    quantized = gguf.GGMLQuantizationType[kind]

    def choose(name: str) -> gguf.GGMLQuantizationType:
        return gguf.GGMLQuantizationType.F32 if "norm" in name else quantized

    write_gguf(
        tmp_path / "tiny.gguf",
        tiny.metadata(),
        tiny.tensors(tiny.transformer()),
        quantization=choose,
    )
    model = load_language_model(tmp_path / "tiny.gguf", device="cpu", cache_dir=tmp_path / "cache")
    oracle = AutoModelForCausalLM.from_pretrained(
        tmp_path, gguf_file="tiny.gguf", dtype=torch.float32
    )
    with torch.no_grad():
        expected = oracle(torch.tensor([IDS])).logits[0]
    torch.testing.assert_close(model.logits(IDS), expected, rtol=0, atol=1e-3)


def test_block_of_q4_1_by_hand(tmp_path: Path) -> None:
    # 32 numbers 0, 1, ..., 15, 0, 1, ... are exact in Q4_1: minimum 0, scale 1.
    values = np.tile(np.arange(16, dtype=np.float32), 2)[None]
    kind = gguf.GGMLQuantizationType.Q4_1
    path = write_gguf(tmp_path / "x.gguf", {}, {"x": values}, quantization=lambda _: kind)
    file = read_gguf(path)
    assert file.shape("x") == (1, 32)
    np.testing.assert_array_equal(file.dequantized("x"), values)


# --- what cannot be opened says so ---


def tiny_file(path: Path, drop: str = "", **changes: Any) -> Path:
    tiny = Tiny()
    metadata = tiny.metadata() | changes.pop("metadata", {})
    tensors = tiny.tensors(tiny.transformer()) | changes.pop("tensors", {})
    metadata.pop(drop, None)
    tensors.pop(drop, None)
    return write_gguf(path, metadata, tensors, **changes)


def refusal(path: Path, tmp_path: Path) -> str:
    with pytest.raises(ModelError) as error:
        load_language_model(path, device="cpu", cache_dir=tmp_path / "cache")
    sentence = str(error.value)
    assert str(path) in sentence
    assert not list((tmp_path / "cache").glob("models/*")), "a refused file must leave nothing"
    return sentence


def test_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "no.gguf", tmp_path)
    assert "not a file" in refusal(tmp_path, tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"GGU"])
def test_foreign_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "foreign.gguf"
    path.write_bytes(content)
    assert "not a GGUF file" in refusal(path, tmp_path)


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.05, 0.3, 0.9, 0.9999])
def test_truncated_file(share: float, tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "cut.gguf")
    data = path.read_bytes()
    path.write_bytes(data[: max(6, int(share * len(data)))])
    sentence = refusal(path, tmp_path)
    assert "truncated or damaged" in sentence
    assert "Download it again" in sentence


def test_damaged_header(tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "bad.gguf")
    data = bytearray(path.read_bytes())
    data[8:16] = (2**40).to_bytes(8, "little")  # a trillion tensors
    path.write_bytes(data)
    assert "damaged" in refusal(path, tmp_path)


def test_other_architecture(tmp_path: Path) -> None:
    sentence = refusal(tiny_file(tmp_path / "g.gguf", architecture="gpt2"), tmp_path)
    assert "'gpt2'" in sentence
    assert "'llama'" in sentence


def test_unknown_quantization_number(tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "q.gguf")
    name = b"output_norm.weight"
    data = bytearray(path.read_bytes())
    kind = data.index(name) + len(name) + 4 + 8  # behind the number of axes and the one axis
    data[kind : kind + 4] = (250).to_bytes(4, "little")
    path.write_bytes(data)
    sentence = refusal(path, tmp_path)
    assert "quantization" in sentence
    assert "250" in sentence


def test_quantization_that_cannot_be_unpacked(tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "q.gguf", tensors={"output_norm.weight": np.zeros(42, np.int32)})
    # The helper writes float32; turn its type into I32, of the same size.
    name = b"output_norm.weight"
    data = bytearray(path.read_bytes())
    kind = data.index(name) + len(name) + 4 + 8
    data[kind : kind + 4] = int(gguf.GGMLQuantizationType.I32).to_bytes(4, "little")
    path.write_bytes(data)
    sentence = refusal(path, tmp_path)
    assert "output_norm.weight as I32" in sentence


@pytest.mark.parametrize("name", ["token_embd.weight", "blk.1.ffn_up.weight", "output_norm.weight"])
def test_missing_tensor(name: str, tmp_path: Path) -> None:
    sentence = refusal(tiny_file(tmp_path / "m.gguf", drop=name), tmp_path)
    assert name in sentence
    assert "incomplete" in sentence


def test_tensor_that_a_llama_lacks(tmp_path: Path) -> None:
    extra = {"blk.0.attn_q.bias": np.zeros(60, np.float32)}
    assert "blk.0.attn_q.bias" in refusal(tiny_file(tmp_path / "b.gguf", tensors=extra), tmp_path)


def test_misshapen_tensor(tmp_path: Path) -> None:
    extra = {"blk.2.ffn_down.weight": np.zeros((42, 51), np.float32)}
    sentence = refusal(tiny_file(tmp_path / "s.gguf", tensors=extra), tmp_path)
    assert "(42, 51)" in sentence
    assert "(42, 53)" in sentence


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"llama.attention.head_count_kv": 4}, "must be a multiple of the second"),
        ({"llama.rope.dimension_count": 4}, "only part of each head"),
        ({"llama.attention.value_length": 8}, "another size than keys"),
        ({"llama.expert_count": 8}, "mixture of experts"),
        ({"llama.rope.scaling.type": "longrope"}, "longrope"),
        ({"llama.rope.freq_base": 0.0}, "llama.rope.freq_base is 0.0"),
        ({"llama.block_count": 0}, "llama.block_count is 0"),
        ({"tokenizer.ggml.model": "bert"}, "kind 'bert'"),
        ({"tokenizer.ggml.pre": "from-the-future"}, "'from-the-future'"),
    ],
)
def test_metadata_that_would_be_computed_wrongly(
    metadata: dict[str, Any], words: str, tmp_path: Path
) -> None:
    assert words in refusal(tiny_file(tmp_path / "x.gguf", metadata=metadata), tmp_path)


@pytest.mark.parametrize("key", ["llama.embedding_length", "llama.context_length"])
def test_missing_metadata(key: str, tmp_path: Path) -> None:
    assert f"{key} is missing" in refusal(tiny_file(tmp_path / "x.gguf", drop=key), tmp_path)


def test_vocabulary_size_may_be_left_out(tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "x.gguf", drop="llama.vocab_size")
    model = load_language_model(path, device="cpu", cache_dir=tmp_path / "cache")
    assert model.config.vocab_size == 263


def test_a_file_without_tokenizer_still_computes(tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "x.gguf", drop="tokenizer.ggml.model")
    model = load_language_model(path, device="cpu", cache_dir=tmp_path / "cache")
    assert model.logits(IDS).shape == (11, 263)
    with pytest.raises(ModelError, match="contains no tokenizer"):
        model.encode("text")
