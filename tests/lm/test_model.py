"""The default model against transformers on the same file; and what a small model promises."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaForCausalLM

from core.lm import PAGE_TOKENS, LanguageModel, ModelError, find_language_model, load_language_model
from core.lm.trace import DEFAULT_KEEP, TRACE_NAMES
from tests.lm.helpers import Tiny, write_gguf

TEXTS = {
    "english": "The capital of France is",
    "chinese": "女孩在商店里买了一双鞋子。",
    "code": "def f(x):\n    return [i**2 for i in range(10)]\n",
    "emoji": "👩‍👩‍👧‍👦 family 🎉🇫🇷",
    "one token": " the",
    "512 tokens": " ".join(f"word {i} of many," for i in range(200)),
    "digits": "3.14159, 2024-01-01 and 1,000,000",
    "whitespace": " a \t b\n\n\n  c\u00a0d\r\n   ",
    "chat": "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
}
IDS = [5, 262, 0, 7, 7, 131, 2, 89, 13, 41, 257]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder, sizes = tmp_path_factory.mktemp("tiny"), Tiny()
    path = write_gguf(folder / "tiny.gguf", sizes.metadata(), sizes.tensors(sizes.transformer()))
    return load_language_model(path, device="cpu", cache_dir=folder)


@pytest.fixture(scope="module")
def oracle() -> LlamaForCausalLM:
    path = find_language_model()
    return AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()


@pytest.mark.model
@pytest.mark.parametrize("name", TEXTS)
def test_logits_and_attentions_equal_transformers(
    name: str, language_model: LanguageModel, oracle: LlamaForCausalLM
) -> None:
    ids = language_model.encode(TEXTS[name])[:PAGE_TOKENS]
    assert (len(ids) == 512) == (name == "512 tokens")
    trace = language_model.trace(ids, keep=["attentions"])
    with torch.no_grad():
        expected = oracle(torch.tensor([ids]), output_attentions=True)
    torch.testing.assert_close(trace.logits, expected.logits[0], rtol=0, atol=1e-3)
    for layer, attention in enumerate(expected.attentions):
        torch.testing.assert_close(trace.attentions[layer], attention[0], rtol=0, atol=1e-3)


@pytest.mark.model
def test_the_capital_of_france(language_model: LanguageModel) -> None:
    ids = language_model.encode("The capital of France is")
    probs, tokens = language_model.next_logits(ids).softmax(-1).topk(3)
    assert [language_model.token_text(int(i)) for i in tokens] == [" Paris", " the", " London"]
    torch.testing.assert_close(probs, torch.tensor([0.773, 0.065, 0.012]), rtol=0, atol=6e-4)


@pytest.mark.model
def test_config_of_the_default_model(language_model: LanguageModel) -> None:
    config = language_model.config
    assert (config.num_layers, config.num_heads, config.num_kv_heads) == (30, 9, 3)
    assert (config.head_dim, config.embed_dim, config.hidden_dim) == (64, 576, 1536)
    assert (config.vocab_size, config.rope_base, config.tied_embeddings) == (49152, 1e5, True)
    assert config.kv_bytes_per_token == 2 * 30 * 3 * 64 * 4
    assert language_model.max_tokens == 512
    assert language_model.token_text(language_model.start_id) == "<|endoftext|>"
    assert {language_model.token_text(i) for i in language_model.stop_ids} == {
        "<|endoftext|>",
        "<|im_end|>",
    }


@pytest.mark.model
def test_cached_and_uncached_logits_are_equal(language_model: LanguageModel) -> None:
    ids = language_model.encode("One, two, three, 四, five")
    together = language_model.logits(ids)
    cache = language_model.new_cache(capacity=2)
    parts = [ids[:3], *([i] for i in ids[3:])]
    rows = [2, *range(3, len(ids))]
    for row, part in zip(rows, parts, strict=True):
        alone = language_model.next_logits(part, cache)
        torch.testing.assert_close(alone, together[row], rtol=0, atol=1e-4)
    assert cache.length == len(ids)


# --- the small model ---


def test_trace_has_every_intermediate_by_name(tiny: LanguageModel) -> None:
    T, L, H, G, d, D, F, V = 11, 3, 6, 2, 10, 42, 53, 263
    trace = tiny.trace(IDS, keep=list(TRACE_NAMES))
    shapes = {
        "queries": (L, H, T, d),
        "keys": (L, G, T, d),
        "values": (L, G, T, d),
        "rotated_queries": (L, H, T, d),
        "rotated_keys": (L, G, T, d),
        "scores": (L, H, T, T),
        "attentions": (L, H, T, T),
        "head_outputs": (L, H, T, d),
        "attention_outputs": (L, T, D),
        "residual_middle": (L, T, D),
        "gates": (L, T, F),
        "ups": (L, T, F),
        "ffn_outputs": (L, T, D),
        "logits": (T, V),
    }
    assert set(shapes) - {"logits"} == set(TRACE_NAMES)
    for name, shape in shapes.items():
        assert getattr(trace, name).shape == shape, name
    assert trace.hidden.shape == (L + 1, T, D)
    assert (trace.ids, trace.layers) == (tuple(IDS), (0, 1, 2))


def test_trace_identities(tiny: LanguageModel) -> None:
    trace, blocks = tiny.trace(IDS, keep=list(TRACE_NAMES)), tiny.weights.blocks
    close = torch.testing.assert_close
    close(trace.logits, tiny.logits(IDS), rtol=0, atol=0)
    close(trace.attentions.sum(-1), torch.ones(3, 6, 11))
    assert torch.equal(trace.attentions.triu(1), torch.zeros_like(trace.attentions))
    close(trace.hidden[:-1] + trace.attention_outputs, trace.residual_middle)
    close(trace.residual_middle + trace.ffn_outputs, trace.hidden[1:])
    close(trace.gate_activations, torch.nn.functional.silu(trace.gates))
    close(trace.gated[1] @ blocks[1].ffn_down.T, trace.ffn_outputs[1])
    # RoPE turns: lengths stay, the first token stays, the second turns its first pair by 1 radian.
    close(trace.rotated_keys.norm(dim=-1), trace.keys.norm(dim=-1))
    close(trace.rotated_queries[:, :, 0], trace.queries[:, :, 0])
    pair, turned = trace.queries[0, 0, 1, :2], trace.rotated_queries[0, 0, 1, :2]
    angle = torch.atan2(turned[1], turned[0]) - torch.atan2(pair[1], pair[0])
    close(angle.cos(), torch.tensor(1.0).cos())
    close(angle.sin(), torch.tensor(1.0).sin())
    # Query heads 0, 1, 2 read key head 0; 3, 4, 5 read key head 1.
    for head in range(6):
        q, k = trace.rotated_queries[2, head], trace.rotated_keys[2, head // 3]
        close(q @ k.T / 10**0.5, trace.scores[2, head], rtol=1e-4, atol=1e-5)
    mixed = trace.attentions[2, 4] @ trace.values[2, 1]
    close(mixed, trace.head_outputs[2, 4], rtol=1e-4, atol=1e-5)


def test_trace_keeps_what_is_asked_for(tiny: LanguageModel) -> None:
    whole, part = tiny.trace(IDS), tiny.trace(IDS, layers=[2, -3], keep=["gates"])
    assert part.layers == (2, 0)
    assert torch.equal(part.gates, whole.gates[[2, 0]])
    assert torch.equal(part.hidden, whole.hidden)
    assert set(whole.kept) == set(DEFAULT_KEEP)
    assert set(part.kept) == {"gates"}
    with pytest.raises(ModelError, match="did not keep 'attentions'"):
        _ = part.attentions
    with pytest.raises(ModelError, match="did not keep 'scores'"):
        _ = whole.scores
    assert tiny.trace(IDS, layers=[]).layers == ()


def test_positions_pick_rows(tiny: LanguageModel) -> None:
    whole = tiny.logits(IDS)
    close = torch.testing.assert_close
    close(tiny.logits(IDS, positions=[0, 7, -1]), whole[[0, 7, 10]])
    close(tiny.next_logits(IDS), whole[-1])
    close(tiny.logits(torch.tensor(IDS)), whole)
    with pytest.raises(ValueError, match="positions must be from -11 to 10; got 11"):
        tiny.logits(IDS, positions=[11])


def test_what_comes_later_changes_nothing_before(tiny: LanguageModel) -> None:
    torch.testing.assert_close(tiny.logits(IDS)[:5], tiny.logits([*IDS[:5], 1, 1, 1])[:5])


def test_cache_truncates_and_branches(tiny: LanguageModel) -> None:
    cache = tiny.new_cache(capacity=1)
    tiny.next_logits(IDS, cache)
    assert (cache.length, cache.capacity >= 11) == (11, True)
    cache.truncate(4)
    branch = cache.select([0])
    torch.testing.assert_close(tiny.next_logits([9], cache), tiny.next_logits([*IDS[:4], 9]))
    torch.testing.assert_close(tiny.next_logits([8], branch), tiny.next_logits([*IDS[:4], 8]))
    with pytest.raises(ValueError, match="length must be from 0 to 5; got 6"):
        cache.truncate(6)


def test_a_text_may_be_read_in_parts(tiny: LanguageModel) -> None:
    cache, whole = tiny.new_cache(capacity=2), tiny.logits(IDS)
    for start, end in ((0, 2), (2, 7), (7, 8), (8, 11)):  # it grows while it holds something
        part = tiny.next_logits(IDS[start:end], cache)
        torch.testing.assert_close(part, whole[end - 1], rtol=0, atol=1e-4)


def test_a_pass_writes_to_nothing_that_it_was_given(tiny: LanguageModel) -> None:
    ids, weights = torch.tensor(IDS), [b.attn_q.clone() for b in tiny.weights.blocks]
    embedding = tiny.weights.embedding.clone()
    tiny.trace(ids)
    next(tiny.generate(IDS))
    assert ids.tolist() == IDS
    assert torch.equal(tiny.weights.embedding, embedding)
    assert all(torch.equal(b.attn_q, w) for b, w in zip(tiny.weights.blocks, weights, strict=True))


def test_threads_share_one_model(tiny: LanguageModel) -> None:
    prompts = [[i, *IDS[: i + 1]] for i in range(7)]
    expected = [[s.token_id for s in tiny.generate(p, stop_ids=frozenset())] for p in prompts[:3]]
    logits = [tiny.logits(p) for p in prompts]
    wrong: list[object] = []

    def work(i: int) -> None:
        for _ in range(3):
            if not torch.allclose(tiny.logits(prompts[i]), logits[i], atol=1e-5):
                wrong.append(i)
            if i < 3:
                ids = [s.token_id for s in tiny.generate(prompts[i], stop_ids=frozenset())]
                if ids != expected[i]:
                    wrong.append((i, ids))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_encode_limited_counts_what_it_cut(tiny: LanguageModel) -> None:
    text = "abc" * 5
    assert tiny.encode_limited(text, 11) == (tiny.encode(text)[:11], 4)
    assert tiny.encode_limited(text, 15) == (tiny.encode(text), 0)
    assert tiny.encode_limited("") == ([], 0)
    assert tiny.encode_limited(text, 11, keep="last") == (tiny.encode(text)[4:], 4)
    assert tiny.encode_limited(text, 15, keep="last") == (tiny.encode(text), 0)
    assert tiny.max_tokens == 64  # its context is shorter than a page's limit
    with pytest.raises(ValueError, match="limit must be at least 1; got 0"):
        tiny.encode_limited(text, 0)
    with pytest.raises(ValueError, match="keep must be one of 'first', 'last'"):
        tiny.encode_limited(text, 11, keep="middle")


def test_a_bos_of_the_tokenizer_stays_before_the_last_tokens(
    tiny: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "abc" * 5
    plain = tiny.encode(text)
    bos = tiny.tokenizer.bos_id
    assert tiny.prefix_ids == ()
    encode = type(tiny.tokenizer).encode
    monkeypatch.setattr(
        type(tiny.tokenizer), "encode", lambda self, text: [bos, *encode(self, text)]
    )
    assert tiny.prefix_ids == (bos,)
    assert tiny.encode_limited(text, 11, keep="last") == ([bos, *plain[-10:]], 5)


def test_only_the_first_token_of_a_text_is_predicted_from_the_separator(
    tiny: LanguageModel,
) -> None:
    text = [7, 131, 2, 89, 13]
    found = tiny.text_logits(text)
    for place, row in enumerate(found):
        torch.testing.assert_close(row, tiny.next_logits(text[:place] or [tiny.start_id]))
    torch.testing.assert_close(tiny.text_logits(text[:1]), found[:1])
    with pytest.raises(ValueError, match="from 0 to"):
        tiny.text_logits([7, 10**6, 3])


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([], "at least one token id"),
        ("text", "pass model.encode"),
        ([263], "from 0 to 262; got 263"),
        ([0, -1], "from 0 to 262; got -1"),
        ([0.5], "whole numbers"),
        ([True], "whole numbers"),
        (["a"], "whole numbers"),
        ([None], "whole numbers"),
        ([[1, 2]], "at least one token id"),
        ([1] * 65, "has 65 tokens.*at most 64"),
    ],
)
def test_bad_ids(tiny: LanguageModel, ids: list[int], words: str) -> None:
    for call in (tiny.logits, tiny.next_logits, tiny.trace, tiny.generate):
        with pytest.raises(ModelError, match=words):
            call(ids)


def test_the_context_counts_what_the_cache_holds(tiny: LanguageModel) -> None:
    cache = tiny.new_cache()
    tiny.next_logits([1] * 63, cache)
    tiny.next_logits([1], cache)
    with pytest.raises(ModelError, match="has 65 tokens"):
        tiny.next_logits([1], cache)


def test_bad_layers_and_names(tiny: LanguageModel) -> None:
    with pytest.raises(ValueError, match="layers must be from -3 to 2; got 3"):
        tiny.trace(IDS, layers=[3])
    with pytest.raises(ValueError, match="keep must be one of 'queries'"):
        tiny.trace(IDS, keep=["query"])


def test_no_weights_no_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOGITLAB_MODEL", str(tmp_path / "gone.gguf"))
    with pytest.raises(ModelError, match=r"gone\.gguf does not exist"):
        load_language_model()
