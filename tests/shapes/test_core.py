"""Shapes, counts and einsum against torch, transformers, hand arithmetic and identities."""

from __future__ import annotations

import copy
import math
from dataclasses import asdict, replace
from typing import Any

import pytest
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

from core import moe
from core.errors import InputError
from core.lm import LanguageModel
from core.shapes import (
    KNOWN_MODELS,
    block_shapes,
    einsum,
    growth,
    iteration,
    parameter_count,
    parse_einsum,
)
from core.shapes.torch_calls import CALLS

LLAMA_8B: dict[str, Any] = {
    "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
}  # fmt: skip
SMOL: dict[str, Any] = {
    "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
    "num_attention_heads": 9, "num_key_value_heads": 3, "tie_word_embeddings": True,
}  # fmt: skip
CONFIGS: dict[str, tuple[str, Any, int]] = {
    "SmolLM2-135M": ("LlamaForCausalLM", transformers.LlamaConfig(**SMOL), 134_515_008),
    "GPT-2": ("GPT2LMHeadModel", transformers.GPT2Config(), 124_439_808),
    "BERT base": ("BertModel", transformers.BertConfig(), 109_482_240),
    "Llama-3-8B": ("LlamaForCausalLM", transformers.LlamaConfig(**LLAMA_8B), 8_030_261_248),
    "Mixtral 8x7B": ("MixtralForCausalLM", transformers.MixtralConfig(), 46_702_792_704),
}


def on_meta(name: str, layers: int = 0) -> torch.nn.Module:
    model, config, _total = CONFIGS[name]
    if layers:
        config = copy.deepcopy(config)
        config.num_hidden_layers = layers
    config._attn_implementation = "eager"
    with torch.device("meta"):
        return getattr(transformers, model)(config).eval()


@pytest.mark.parametrize("name", CONFIGS)
def test_totals_equal_the_librarys_models(name: str) -> None:
    counted = sum(p.numel() for p in set(on_meta(name).parameters()))
    found = parameter_count(KNOWN_MODELS[name])
    assert found.total == counted == CONFIGS[name][2]
    assert sum(found.by_part.values()) == found.total


@pytest.mark.parametrize("name", ["SmolLM2-135M", "GPT-2", "BERT base", "Llama-3-8B"])
def test_the_flops_of_a_block_are_those_that_torch_counts(name: str) -> None:
    model = on_meta(name, layers=1)
    counter = FlopCounterMode(display=False)
    ids = torch.zeros(2, 7, dtype=torch.long, device="meta")
    with counter, torch.no_grad():
        model(ids)
    shape = KNOWN_MODELS[name]
    counts = counter.get_flop_counts()
    layers = [key for key in counts if key.endswith((".layers.0", ".h.0", ".layer.0"))]
    assert len(layers) == 1
    mine = sum(tensor.flops for tensor in block_shapes(shape, 2, 7))
    assert sum(counts[layers[0]].values()) == mine


def test_the_loaded_model_has_the_tensors_of_the_drawing(language_model: LanguageModel) -> None:
    config, row = language_model.config, KNOWN_MODELS["SmolLM2-135M"]
    assert (config.num_layers, config.embed_dim, config.vocab_size) == (30, 576, row.vocab_size)
    axes = {tensor.name: tensor.axes for tensor in block_shapes(row, 1, 5)}
    trace = language_model.trace(list(range(5)), keep=["attentions", "keys", "gates"])
    heads = axes["weights"]
    assert trace.attentions.shape[1:] == (heads["K"] * heads["G"], heads["T"], heads["S"])
    assert trace.keys.shape[1:] == tuple(axes["k"][letter] for letter in "KSD")
    assert trace.gates.shape[1:] == tuple(axes["gate"][letter] for letter in "TF")


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_every_row_counts_as_the_mixture_page_does(name: str) -> None:
    shape = KNOWN_MODELS[name]
    found = parameter_count(shape)
    assert found.total == moe.moe_parameters(shape).total
    assert parameter_count(asdict(replace(shape, latent=None))).total > 0
    if not shape.dense_layers and not shape.cross_layers:
        inside = sum(t.parameters for t in block_shapes(shape, 2, 3)) * shape.layers
        parts = ("attention", "ffn", "router")
        gains = shape.final_norms * shape.dim * (1 + shape.norm_biases)
        counted = sum(found.by_part[part] for part in parts) + found.by_part["norms"]
        assert inside == counted - gains


def test_a_mapping_of_the_fields_counts_as_the_row() -> None:
    fields = {"layers": 2, "dim": 6, "vocab_size": 11, "num_heads": 2, "num_kv_heads": 1,
              "head_dim": 3, "expert_dim": 5, "tied": True}  # fmt: skip
    by_hand = 11 * 6 + 6 + 2 * (6 * 6 + 2 * 6 * 3 + 6 * 6 + 3 * 6 * 5 + 2 * 6)
    assert parameter_count(fields).total == by_hand
    kept = dict(fields)
    block_shapes(fields, 2, 3)
    assert fields == kept
    positions = parameter_count(fields | {"positions": 7})
    assert positions.total == by_hand + 7 * 6
    assert parameter_count(fields | {"extra": 5}).by_part["other"] == 5


@pytest.mark.parametrize("name", KNOWN_MODELS)
@pytest.mark.parametrize(("batch", "length"), [(2, 3), (1, 1)])
def test_every_einsum_makes_its_tensor(name: str, batch: int, length: int) -> None:
    tensors = block_shapes(KNOWN_MODELS[name], batch, length)
    assert len({t.name for t in tensors}) == len(tensors)
    known: dict[str, int] = {}
    for tensor in tensors:
        assert set(tensor.inputs) <= set(known) | {""}
        known |= {tensor.name: 1}
        assert tensor.bytes == 2 * math.prod(tensor.axes.values())
        if not tensor.einsum:
            assert tensor.name == "x"
            continue
        left, out = tensor.einsum.split("->")
        assert out == "".join(tensor.axes)
        if tensor.kind in ("choose", "join"):
            continue
        sizes = {c: 1 for c in left if c.isalpha()} | dict.fromkeys(out, 1)
        small = {c: n + 2 for n, c in enumerate(sizes)}
        small |= {"S": small.get("T", 2), "B": 2}
        sizes = {t: small[t] for t in sizes}
        operands = [torch.ones([sizes[c] for c in term], device="meta") for term in left.split(",")]
        assert torch.einsum(tensor.einsum, *operands).shape == tuple(sizes[c] for c in out)


@pytest.mark.parametrize("length", [1, 2, 300])
def test_growth_is_the_sum_over_the_block(length: int) -> None:
    shape = KNOWN_MODELS["GPT-2"]
    found = growth(shape, [length])
    total = found.square[0] + found.projections[0] + found.ffn[0]
    assert total == sum(t.flops for t in block_shapes(shape, 1, length))
    # 4 T C for scores and values against 2 · 8 C²: they meet at T = 4 C.
    assert found.crossing == 4 * 768
    at = growth(shape, [3072])
    assert at.square == at.ffn


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"layers": 1}, "lacks fields"),
        ({"depth": 3}, "fields of ModelShape"),
        ("GPT-2", "row of KNOWN_MODELS"),
        (replace(KNOWN_MODELS["GPT-2"], layers=0), "layers must be at least 1"),
        (replace(KNOWN_MODELS["GPT-2"], num_kv_heads=5), "multiple of num_kv_heads"),
    ],
)
def test_wrong_shapes_get_a_sentence(config: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parameter_count(config)
    with pytest.raises(InputError, match="batch must be at least 1"):
        block_shapes(KNOWN_MODELS["GPT-2"], 0, 3)


SIZES = dict(zip("abcdefghijkl", (2, 3, 5, 7, 4, 6, 2, 3, 5, 2, 3, 2), strict=True))


def random_operands(expression: str) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn([SIZES[index] for index in term], generator=generator, dtype=torch.float64)
        for term in expression.split("->")[0].split(",")
    ]


@pytest.mark.parametrize(
    "expression",
    [
        *CALLS,
        "abc->cab",
        "ab,bc,cd->da",
        "aba->b",
        "aab,b->a",
        "ab,bc",
        "ba",
        "a,b,c->cab",
        ",a->a",
    ],
)
def test_einsum_equals_torch_and_its_equivalent(expression: str) -> None:
    operands = random_operands(expression)
    kept = [operand.clone() for operand in operands]
    trace = einsum(expression, *operands)
    torch.testing.assert_close(trace.output, torch.einsum(expression, *operands))
    if trace.equivalent_output is not None:
        torch.testing.assert_close(trace.equivalent_output, trace.output)
        names = dict(zip("ABC", operands, strict=False))
        said = eval(trace.equivalent, {"torch": torch, **names})  # the text is ours
        torch.testing.assert_close(said, trace.output)
    assert all(torch.equal(a, b) for a, b in zip(kept, operands, strict=True))
    # The loops are Python: running them gives the output.
    scope: dict[str, Any] = {
        "zeros": lambda *n: torch.zeros(n, dtype=torch.float64),
        "range": range,
    }
    scope |= dict(zip("ABC", operands, strict=False))
    exec(trace.loops, scope)
    torch.testing.assert_close(
        torch.as_tensor(scope["out"], dtype=torch.float64), trace.output.to(torch.float64)
    )


def test_a_product_of_matrices_by_hand() -> None:
    A, B = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0], [7.0, 8.0]])
    trace = einsum("ij, jk -> ik", A, B)
    assert trace.output.tolist() == [[19, 22], [43, 50]]
    assert (trace.equivalent, trace.multiplications) == ("A @ B", 8)
    assert trace.summed == "j"
    third = iteration(trace, 2)  # i = 0, k = 1, j = 0
    assert third.indices == {"i": 0, "k": 1, "j": 0}
    assert third.places == ((0, 0), (0, 1))
    assert (third.place, third.product) == ((0, 1), 6.0)
    assert third.partial.tolist() == [[19, 6], [0, 0]]
    assert torch.equal(iteration(trace, 7).partial, trace.output)
    with pytest.raises(InputError, match="step must be from 0 to 7"):
        iteration(trace, 8)


def test_names_of_indices_do_not_matter() -> None:
    A, B = torch.ones(2, 3), torch.ones(3, 5)
    assert einsum("Qz,zX->QX", A, B).equivalent == "A @ B"
    assert einsum("ij,jk->ki", A, B).equivalent == ""
    assert parse_einsum("zb,ba") == (("zb", "ba"), "az")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "at least one index"),
        ("i.j->i", "letters, commas"),
        ("ij->k", "each output index once"),
        ("ij->ii", "each output index once"),
        ("ij->i->j", "letters, commas"),
        ("é->é", "letters, commas"),
        (3, "must be a text"),
        ("ij,jk->ik", "2 operands; got 1"),
        ("ijk->i", "has the indices 'ijk'"),
        ("ii->i", "index i must have one size"),
    ],
)
def test_wrong_expressions_get_a_sentence(expression: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        einsum(expression, torch.ones(2, 3))


def test_too_many_iterations_get_a_sentence() -> None:
    with pytest.raises(InputError, match="at most 67108864 iterations"):
        einsum("i,j->ij", torch.ones(10_000), torch.ones(10_000))
