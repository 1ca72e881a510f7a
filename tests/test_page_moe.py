"""The MoE page: every view, every control to its ends and beyond, hostile texts and links."""

from __future__ import annotations

import pytest

from pages.moe_parts import batch
from tests import pages
from tests.pages import NASTY, NONSENSE, assert_whole, open_page, put


def test_the_page_opens_on_the_router_by_hand():
    at = open_page("moe")
    assert_whole(at)
    assert {"moe_router", "moe_queues", "moe_sum"} <= set(pages.keys(at, "plot"))


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_any_words_are_routed(text):
    at = put(open_page("moe"), {"moe_words": text, "moe_cap": 0.5})
    assert_whole(at)


@pytest.mark.parametrize(
    ("key", "values"),
    {
        "moe_experts": (2, 8, 99, -1),
        "moe_k": (1, 4, 99),
        "moe_cap": (0.25, 4.0, 0, "x"),
        "moe_noise": (0.0, 4.0),
        "moe_scale": (0.1, 10.0),
        "moe_shared": (0, 3),
        "moe_rounds": (0, 60),
        "moe_rate": (0.005, 0.2),
        "moe_jitter": (0.0, 0.5),
        "moe_seed": (0, 99, "nan"),
        "moe_noise_seed": (0, 99),
        "moe_at": (0, 1, 999, "x"),
        "moe_stage": ("logits", "softmax", "chosen", "gates", "dispatch", "?"),
        "moe_norm": ("before", "after", "?"),
    }.items(),
)
def test_every_control_to_its_ends_and_beyond(key, values):
    at = open_page("moe")
    for value in values:
        put(at, {key: value})
        assert_whole(at)


def test_nonsense_in_the_link():
    names = ("moe_experts", "moe_k", "moe_cap", "moe_at", "moe_stage", "moe_view", "moe_norm")
    for word in NONSENSE:
        assert_whole(open_page("moe", query=dict.fromkeys(names, word)))


def test_equal_words_share_their_experts_and_overflow():
    held = batch.run(batch.Settings(("ha",) * 7, experts=4, top_k=1, capacity_factor=1.0))
    routing = held.trace.routing
    assert routing.demand.max() == 7
    assert routing.capacity == 2
    assert routing.dropped == 5
    assert held.steps[-1].output.abs().sum() == 0


def test_rounds_of_the_bias_even_the_load_and_leave_the_gates_alone():
    words, _count = batch.words_of("the cat sat on the mat and the dog sat on the cat")
    plain = batch.run(batch.Settings(words))
    even = batch.run(batch.Settings(words, bias_rounds=40, bias_rate=0.02))
    assert len(even.updates) == 40
    assert even.load.max_violation < plain.load.max_violation
    assert (even.trace.routing.probs == plain.trace.routing.probs).all()
