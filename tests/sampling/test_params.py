from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sampling import (
    LIMITS,
    ORDERS,
    STAGES,
    SamplingParams,
    read_request,
)

USUAL = (
    '{"top_k":10,"temperature":0.95,"num_beams":1,"top_p":0.8,"repetition_penalty":1.5,'
    '"max_tokens":30000,"messages":[{"role":"system","content":"Be short."},'
    '{"role":"user","content":"女孩"}]}'
)


def test_usual_body():
    params = SamplingParams.from_json(USUAL)
    assert (params.top_k, params.temperature, params.num_beams) == (10, 0.95, 1)
    assert (params.top_p, params.repetition_penalty, params.max_tokens) == (0.8, 1.5, 30000)
    reading = read_request(USUAL)
    assert reading.problems == ()
    assert reading.params == params
    assert [turn.role for turn in reading.messages] == ["system", "user"]
    assert reading.prompt == "女孩"
    assert set(reading.taken) == {
        "top_k",
        "temperature",
        "num_beams",
        "top_p",
        "repetition_penalty",
        "max_tokens",
    }


def test_to_json_is_the_usual_body_and_what_differs():
    body = json.loads(SamplingParams(top_k=7, min_p=0.1, order=ORDERS["notes"]).to_json())
    assert body == {
        "top_k": 7,
        "temperature": 1.0,
        "top_p": 1.0,
        "repetition_penalty": 1.0,
        "max_tokens": 64,
        "min_p": 0.1,
        "order": "notes",
    }
    beams = json.loads(SamplingParams(num_beams=3, length_penalty=0.5).to_json())
    assert (beams["num_beams"], beams["length_penalty"]) == (3, 0.5)
    text = SamplingParams().to_json([{"role": "user", "content": "女孩 😀"}])
    assert "女孩" in text
    assert read_request(text).prompt == "女孩 😀"


def make(**values: Any) -> SamplingParams:
    return SamplingParams(**values)


def setting(name: str) -> st.SearchStrategy:
    limit = LIMITS[name]
    if limit.whole:
        return st.integers(int(limit.low), int(limit.high))
    return st.floats(limit.low, limit.high)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_round_trip(data):
    values = {name: data.draw(setting(name)) for name in LIMITS}
    order = data.draw(st.permutations(STAGES))
    params = SamplingParams(**values, order=tuple(order))
    assert params.order == tuple(order)
    assert SamplingParams.from_json(params.to_json()) == params


def test_limits_hold_the_defaults_and_both_ends():
    names = {field.name for field in dataclasses.fields(SamplingParams)}
    assert names == {*LIMITS, "order"}
    for name, limit in LIMITS.items():
        assert getattr(SamplingParams(), name) == limit.default
        assert limit.help.endswith(".")
        kind = int if limit.whole else float
        ends: list[Any] = [kind(limit.low), kind(limit.high)]
        for value in ends:
            assert getattr(make(**{name: value}), name) == value
        outside: list[Any] = [kind(limit.low - 1), kind(limit.high + 1), math.nan, True, "1", None]
        for value in outside:
            with pytest.raises(ValueError, match=f"{name} must"):
                make(**{name: value})


def test_named_orders_are_permutations_and_end_as_documented():
    for order in ORDERS.values():
        assert sorted(order) == sorted(STAGES)
    assert ORDERS["llama.cpp"][:1] == ("repetition_penalty",)
    assert ORDERS["llama.cpp"][3:] == (
        "top_n_sigma",
        "top_k",
        "typical_p",
        "top_p",
        "min_p",
        "epsilon_cutoff",
        "temperature",
    )
    assert ORDERS["notes"][-3:] == ("top_k", "top_p", "temperature")
    assert make(order="llama.cpp").order == ORDERS["llama.cpp"]
    assert make(order="llama.cpp").order_name() == "llama.cpp"
    assert SamplingParams(order=STAGES[::-1]).order_name() is None


def test_transformers_order_is_the_installed_one():
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    model: Any = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=11,
            hidden_size=4,
            intermediate_size=4,
            num_hidden_layers=1,
            num_attention_heads=1,
        )
    )
    config = GenerationConfig(
        do_sample=True,
        temperature=0.7,
        top_k=3,
        top_p=0.8,
        min_p=0.1,
        typical_p=0.9,
        epsilon_cutoff=0.01,
        repetition_penalty=1.5,
        no_repeat_ngram_size=2,
    )
    ours = {
        "RepetitionPenaltyLogitsProcessor": "repetition_penalty",
        "NoRepeatNGramLogitsProcessor": "no_repeat_ngram",
        "TemperatureLogitsWarper": "temperature",
        "TopKLogitsWarper": "top_k",
        "TopPLogitsWarper": "top_p",
        "MinPLogitsWarper": "min_p",
        "TypicalLogitsWarper": "typical_p",
        "EpsilonLogitsWarper": "epsilon_cutoff",
    }
    processors = model._get_logits_processor(config, input_ids_seq_length=3)
    names = [ours[type(processor).__name__] for processor in processors]
    assert names == [name for name in ORDERS["transformers"] if name in ours.values()]
    assert len(names) == len(ours)


def test_a_partial_order_loses_no_stage():
    order = SamplingParams(order=("top_p", "temperature")).order
    assert sorted(order) == sorted(STAGES)
    assert order[:5] == (*STAGES[:3], "top_p", "temperature")


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("mine", "order must be one of"),
        (("top_k", "top_k"), "'top_k' twice"),
        (("topk",), "got 'topk'"),
        ((["top_k"],), "order must name stages"),
        (5, "order must be one of"),
    ],
)
def test_order_refusals(order, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(order=order)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('{"color": 1}', ['"color" is not a setting here']),
        ('{"top_k": -1, "top_p": 0.5}', ["top_k must be from 0"]),
        ('{"temperature": 9}', [r"temperature must lie in [0, 5]; got 9"]),
        ('{"temperature": "0.7"}', ["temperature must be a finite number; got '0.7'"]),
        ('{"temperature": NaN, "top_k": null}', ["temperature must", "top_k must"]),
        ('{"temperature": 1e999}', ["got inf"]),
        ('{"top_k": 1, "top_k": 2}', ['"top_k" is given more than once']),
        ('{"max_tokens": 5, "max_new_tokens": 7}', ["repeats max_tokens"]),
        ('{"order": ["top_k", 3]}', ["order must name stages"]),
        ('{"messages": "hi"}', ["messages must be a list"]),
        ('{"messages": [3, {"role": "user", "content": "x"}]}', ["Message 1 must have"]),
        ("[1]", ["must be a JSON object"]),
        ("nope", ["is not JSON"]),
        ("  ", ["is empty"]),
        ("[" * 100_000, ["nested too deeply"]),
        ('{"top_k": ' + "1" * 5_000 + "}", ["too many digits"]),
        ('"' + "x" * 1_000_001 + '"', ["at most 1,000,000 characters"]),
    ],
)
def test_each_unusable_field_gets_a_sentence(text, sentences):
    reading = read_request(text)
    assert len(reading.problems) == len(sentences)
    for problem, sentence in zip(reading.problems, sentences, strict=True):
        assert sentence in problem
        assert problem.endswith(".")
        assert len(problem) < 300


def test_the_rest_is_taken():
    reading = read_request('{"top_k": 10.0, "temperature": -3, "top_p": 0.5, "top_k": 11.0}')
    assert (reading.params.top_k, reading.params.top_p) == (11, 0.5)
    assert reading.params.temperature == LIMITS["temperature"].default
    assert reading.taken == ("top_k", "top_p")
    many = read_request("{" + ",".join(f'"k{i}": 1' for i in range(2003)) + "}")
    assert len(many.problems) == 21
    assert many.problems[-1] == "1983 more fields could not be used."


def test_message_parts_are_joined():
    text = '{"messages": [{"content": [{"type": "text", "text": "a"}, {"text": "b"}, 3]}]}'
    assert read_request(text).prompt == "ab"


def test_from_json_refuses_only_what_is_no_object():
    assert SamplingParams.from_json('{"top_k": "x", "y": 1}') == SamplingParams()
    for text in ("", "[", "3", "null", "[" * 100_000):
        with pytest.raises(ValueError, match=r"^The request"):
            SamplingParams.from_json(text)


nested = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=7,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*LIMITS, "order", "messages", "x"]), nested), st.text())
def test_reading_never_raises(body, text):
    assert isinstance(read_request(json.dumps(body)).params, SamplingParams)
    assert isinstance(read_request(text).params, SamplingParams)
