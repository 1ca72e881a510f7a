"""Reuse of a KV cache, the conversation's requests, timing and cache sizes, against oracles."""

from __future__ import annotations

import doctest
from dataclasses import replace
from itertools import takewhile

import pytest
import torch
import transformers

from core import architectures as core
from core.architectures import cache, conversation, reuse, timing
from core.attention import ARCHITECTURES, attention, kv_cache_bytes
from core.errors import InputError
from core.lm import LanguageModel
from core.shapes import KNOWN_MODELS, LatentAttention

GIB = 2**30
LATENT = LatentAttention(q_rank=6, kv_rank=9, nope_dim=5, rope_dim=2, value_dim=3)
CHAT = [core.Turn("What is 2 + 3?", "Five."), core.Turn("And 5 + 7?", "Twelve."), core.Turn("Why?")]


@pytest.mark.parametrize("module", [cache, conversation, reuse, timing])
def test_examples(module) -> None:
    result = doctest.testmod(module)
    assert not result.failed
    assert result.attempted


# --- the common prefix ---


def test_prefix_by_hand() -> None:
    found = core.shared_prefix([5, 6, 7, 8], [5, 6, 9, 8, 1])
    assert (found.cached, found.length, found.shared, found.first_mismatch) == (4, 5, 2, 2)
    assert (found.reused, found.recomputed) == (2, 3)
    continued = core.shared_prefix([5, 6], [5, 6, 7])
    assert (continued.shared, continued.first_mismatch, continued.recomputed) == (2, None, 1)
    empty = core.shared_prefix([], [3, 4])
    assert (empty.shared, empty.first_mismatch, empty.recomputed) == (0, None, 2)


@pytest.mark.parametrize("first", [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]])
def test_the_last_token_always_runs(first: list[int]) -> None:
    found = core.shared_prefix(first, [1, 2, 3])
    assert (found.shared, found.reused, found.recomputed) == (3, 2, 1)


def test_prefix_equals_plain_python_and_keeps_its_inputs() -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        lengths = torch.randint(1, 8, (2,), generator=generator)
        first, second = (torch.randint(0, 2, (int(n),), generator=generator) for n in lengths)
        before = first.clone(), second.clone()
        found = core.shared_prefix(first, second)
        pairs = zip(first.tolist(), second.tolist(), strict=False)
        assert found.shared == len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        assert found.reused + found.recomputed == len(second)
        assert torch.equal(first, before[0])
        assert torch.equal(second, before[1])


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [([1], [], "second_ids"), ([-1], [1], "first_ids"), ([1], [0.5], "second_ids")],
)
def test_bad_ids_are_named(first, second, word: str) -> None:
    with pytest.raises(InputError, match=word):
        core.shared_prefix(first, second)


# --- four architectures ---


def _states(ids: list[int], mask: torch.Tensor, stacks: torch.Tensor) -> torch.Tensor:
    """Return every layer's states (L, T, D) of three random attention layers with residuals.

    An encoder-decoder has other weights for the tokens of its decoder: `stacks` is 1 there.
    """
    generator = torch.Generator().manual_seed(7)
    table = torch.randn(11, 5, generator=generator, dtype=torch.float64)
    places = torch.randn(13, 5, generator=generator, dtype=torch.float64)
    x = table[ids] + places[: len(ids)]
    layers = []
    for _ in range(3):
        weights = torch.randn(2, 3, 5, 5, generator=generator, dtype=torch.float64)
        q, k, v = torch.einsum("td,tned->nte", x, weights[stacks])
        layers.append(torch.cat((k, v), dim=-1))
        x = x + attention(q, k, v, mask).output
    return torch.stack(layers)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("cached", "prompt", "new"),
    [
        ([1, 2, 3, 4, 5], 3, [1, 2, 3, 4, 5, 6, 7]),  # the conversation goes on
        ([1, 2, 3, 4, 5], 3, [1, 9, 3, 4, 5, 6, 7]),  # an early token was changed
        ([1, 2, 3, 4, 5], 3, [1, 2, 3, 5, 6]),  # something is left out
        ([1, 2, 3, 4, 5], 3, [1, 2, 3]),  # the same prompt again
        ([1, 2, 3, 4, 5], 3, [1, 2, 3, 4, 5]),  # the answer becomes a part of the prompt
        ([1, 2, 3], 3, [1, 2, 3]),
        ([1], 0, [1]),  # the token moves from a decoder to an encoder
    ],
)
def test_reusable_is_what_a_real_network_computes_equal(architecture, cached, prompt, new) -> None:
    """The cache is right for a token exactly if its keys and values are, in every layer."""

    def run(ids: list[int], length: int) -> torch.Tensor:
        stacks = torch.zeros(len(ids), dtype=torch.int64)
        if architecture == "encoder-decoder":
            stacks[length:] = 1
        return _states(ids, core.visibility(architecture, len(ids), length), stacks)

    old, fresh = run(cached, prompt), run(new, len(new))
    both = min(len(cached), len(new))
    equal = torch.isclose(old[:, :both], fresh[:, :both]).all(dim=2).all(dim=0)
    found = core.cache_reuse(architecture, cached, prompt, new)
    assert found.reusable[:both].tolist() == equal.tolist()
    assert not found.reusable[both:].any()
    assert found.computed == max(1, int((~found.reusable).sum()))
    assert found.reused + found.computed == len(new)


def test_a_decoder_reuses_the_common_prefix() -> None:
    for cached, new in (([1, 2, 3], [1, 2, 3, 4]), ([1, 2], [3, 2]), ([], [1])):
        found, compared = (
            core.cache_reuse("decoder", cached, 0, new),
            core.shared_prefix(cached, new),
        )
        assert (found.reused, found.computed) == (compared.reused, compared.recomputed)
        assert found.per_token == 1
    assert core.cache_reuse("encoder", [1, 2], 2, [1, 2, 3]).per_token == 4


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_visibility_is_transitive(architecture: str) -> None:
    seen = core.visibility(architecture, 7, 3).double()
    assert torch.equal((seen @ seen > 0), seen.bool())


# --- the conversation ---


def test_lines_become_turns() -> None:
    assert core.turns_of(" a \n\n b\nc\n") == (core.Turn("a", "b"), core.Turn("c"))
    assert len(core.turns_of("x\n" * 99, 3)) == 3
    with pytest.raises(InputError, match="empty"):
        core.turns_of(" \n ")


@pytest.mark.model
def test_plain_requests_are_the_model_s_own_template(language_model: LanguageModel) -> None:
    made = core.requests(language_model, "Be brief.", CHAT, "plain")
    messages = [{"role": "system", "content": "Be brief."}]
    for request, turn in zip(made, CHAT, strict=True):
        messages.append({"role": "user", "content": turn.user})
        assert list(request.prompt) == language_model.encode(
            language_model.tokenizer.chat_text(messages)
        )
        messages.append({"role": "assistant", "content": turn.answer})
    assert language_model.decode(made[1].cached[made[1].history :]) == (
        "<|im_end|>\n<|im_start|>user\nAnd 5 + 7?<|im_end|>\n<|im_start|>assistant\nTwelve."
    )


@pytest.mark.model
@pytest.mark.parametrize(
    ("template", "in_history", "in_prompt", "in_answer"),
    [
        ("plain", "", "", ""),
        ("strip", "", "", "<think>\nEasy.\n</think>\n\n"),
        ("off", "", "<think>\n\n</think>\n\n", ""),
        ("keep", "<think>\nEasy.\n</think>\n\n", "", "<think>\nEasy.\n</think>\n\n"),
    ],
)
def test_where_the_reasoning_stands(
    language_model: LanguageModel, template, in_history, in_prompt, in_answer
) -> None:
    request = core.requests(language_model, "s", CHAT, template, "Easy.")[1]
    text = language_model.decode(request.prompt)
    assert f"<|im_start|>assistant\n{in_history}Five.<|im_end|>" in text
    assert text.endswith(f"<|im_start|>assistant\n{in_prompt}")
    assert language_model.decode(request.answer) == f"{in_answer}Twelve."
    assert language_model.decode(request.prompt[: request.history]).endswith("Five.")


@pytest.mark.model
def test_only_stripped_reasoning_costs_a_prefill(language_model: LanguageModel) -> None:
    def again(template: str) -> int:
        first, second = core.requests(language_model, "s", CHAT, template, "Easy.")[:2]
        return second.history - core.shared_prefix(first.cached, second.prompt).reused

    answer = len(language_model.encode("Five."))
    assert (again("plain"), again("keep")) == (0, 0)
    assert again("strip") == answer  # the answer's tokens, at other positions than in the cache
    assert again("off") == answer


# --- timing ---


def test_passes_by_hand() -> None:
    assert core.passes(0, 3, 2) == ((3, 3), (1, 4), (1, 5))
    with pytest.raises(InputError, match="cached"):
        core.passes(3, 3, 1)


@pytest.mark.model
def test_the_cache_changes_no_result(language_model: LanguageModel) -> None:
    ids = language_model.encode("The capital of France is")
    timed = list(core.timed_passes(language_model, ids[:3], ids, 1))
    assert [found.tokens for found in timed] == [(2, 5), (1, 6)]
    assert [found.index for found in timed] == [0, 1]
    assert all(found.difference < 2e-3 for found in timed)
    assert min(min(found.seconds) for found in timed) > 0
    assert language_model.token_text(timed[0].token) == " Paris"
    assert timed[1].token == int(language_model.next_logits([*ids, timed[0].token]).argmax())


# --- sizes ---


@pytest.mark.parametrize(
    ("name", "context", "gib"),
    [
        ("Qwen3-0.6B", 40_960, "4.38"),  # 2.19 with a head size of width / heads
        ("Gemma-3-27B", 131_072, "10.41"),
        ("DeepSeek-V3", 163_840, "10.72"),
        ("Llama-3-8B", 8192, "1.00"),
    ],
)
def test_published_models(name: str, context: int, gib: str) -> None:
    assert KNOWN_MODELS[name].context == context
    assert f"{core.cache_size(name, context).bytes / GIB:.2f}" == gib


def test_wrong_assumptions() -> None:
    assert core.cache_size("Qwen3-0.6B", 40_960).by_width / GIB == pytest.approx(2.19, abs=0.005)
    gemma = core.cache_size("Gemma-3-27B", 131_072)
    assert (gemma.global_layers, gemma.local_layers, gemma.local_tokens) == (10, 52, 1024)
    assert gemma.all_global / GIB == 62
    deep = core.cache_size("DeepSeek-V3", 163_840)
    assert (deep.numbers, deep.kind, deep.by_width) == (576, "MLA", deep.bytes)
    assert deep.uncompressed / GIB == 762.5
    assert core.cache_size("Falcon-7B", 1).kind == "MQA"
    assert core.cache_size("GPT-2", 9).uncompressed == core.cache_size("GPT-2", 9).bytes


def test_without_windows_it_is_the_attention_page_s_formula() -> None:
    for name in ("GPT-2", "Llama-2-7B", "Llama-3-8B", "Falcon-7B", "SmolLM2-135M", "Qwen3-0.6B"):
        row = KNOWN_MODELS[name]
        size = core.cache_size(row, 11, 4)
        token = kv_cache_bytes(row.layers, row.num_kv_heads, row.head_dim, 4)
        assert (size.bytes, size.token_bytes, size.bytes_per_value) == (11 * token, token, 4)


@pytest.mark.parametrize(
    ("name", "architecture", "more"),
    [
        ("Qwen3-0.6B", "Qwen3", {}),
        ("Mistral-7B", "Mistral", {"local_layers": 3}),
        ("Gemma-3-27B", "Gemma3Text", {"local_layers": 2}),
        ("DeepSeek-V3", "DeepseekV3", {"num_kv_heads": 4, "head_dim": 7, "latent": LATENT}),
    ],
)
def test_a_small_copy_in_transformers_caches_as_much(name, architecture, more) -> None:
    """The library's cache of a small model of the same kind, counted number by number.

    It keeps one token less than the window, because the next token is itself in the window.
    """
    settings = {
        "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": more.get("num_kv_heads", 2), "head_dim": 8, "vocab_size": 11,
        "intermediate_size": 8, "sliding_window": 5, "pad_token_id": 0,
    }  # fmt: skip
    if "latent" in more:
        settings |= {"qk_nope_head_dim": 5, "qk_rope_head_dim": 2, "v_head_dim": 3}
        settings |= {"q_lora_rank": 6, "kv_lora_rank": 9, "first_k_dense_replace": 3}
        settings |= {"sliding_window": None}
        del settings["head_dim"]
    if name == "Gemma-3-27B":
        settings["layer_types"] = ["sliding_attention", "sliding_attention", "full_attention"]
    config = getattr(transformers, f"{architecture}Config")(**settings)
    network = getattr(transformers, f"{architecture}Model")(config)
    with torch.no_grad():
        ids = torch.ones(1, 9, dtype=torch.int64)
        kept = network(ids, use_cache=True).past_key_values
    counted = sum(layer.keys.numel() + layer.values.numel() for layer in kept.layers)
    sizes = {"layers": 3, "num_heads": 4, "num_kv_heads": 2, "head_dim": 8, "dim": 16}
    shape = replace(KNOWN_MODELS[name], **(sizes | {"window": 4, "local_layers": 0} | more))
    assert counted == core.cache_size(shape, 9, 1).bytes


def test_printed_savings() -> None:
    assert core.MISTRAL_SAVING.agrees(core.mistral_saving())
    assert core.DEEPSEEK_SAVING.agrees(core.deepseek_saving(6))
    assert not core.DEEPSEEK_SAVING.agrees(core.deepseek_saving(16))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("nobody", 1), "shape"), (("T5 1.0 base", 1), "encoder–decoder"), (("GPT-2", 0), "context")],
)
def test_bad_sizes_are_named(arguments, word: str) -> None:
    with pytest.raises(InputError, match=word):
        core.cache_size(*arguments)
    with pytest.raises(InputError, match="bytes_per_value"):
        core.cache_size("GPT-2", 1, 0)
