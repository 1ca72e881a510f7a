"""Links that people have shared keep working: no parameter of an address is ever renamed."""

from __future__ import annotations

import pytest

from tests import pages
from tests.pages import ROOT

#: Topic → the parameters that its addresses have held; add to it, never take away.
PUBLISHED = {
    line.partition(":")[0]: line.partition(":")[2].split()
    for line in (ROOT / "tests/frame/published_parameters.txt").read_text("utf-8").splitlines()
}


@pytest.mark.parametrize("topic", PUBLISHED)
def test_every_published_parameter_is_still_a_control(topic: str) -> None:
    keys = {control.key for control in pages.describe(topic).all_controls()}
    assert set(PUBLISHED[topic]) - keys == set()


@pytest.mark.parametrize(
    ("topic", "query", "shown"),
    [
        ("sampling", {"source": "table", "T": "0.7", "k": "3"}, {"T": 0.7, "k": 3}),
        ("entropy", {"ent_n": "3", "ent_bars3": "500,300,200;200,300,500"}, {"ent_n": 3}),
        ("positions", {"rope_m": "40", "rope_base": "500000"}, {"rope_m": 40}),
        ("moe", {"moe_view": "hand", "moe_experts": "6", "moe_k": "1"}, {"moe_experts": 6}),
        ("tokenizers", {"tok_algo": "unigram", "tok_extra": "5"}, {"tok_extra": 5}),
        ("attention", {"att_heads": "4", "att_head": "3"}, {"att_heads": 4, "att_head": 3}),
        ("activations", {"activations_view": "gated", "act_gate": "-2"}, {"act_gate": -2.0}),
        ("language_model", {"lm_at": "2"}, {"lm_at": 2}),
    ],
)
def test_a_link_of_version_0_1_opens_its_state(topic: str, query: dict, shown: dict) -> None:
    at = pages.open_page(topic, query=query)
    pages.assert_whole(at)
    assert {key: pages.message(at, key)["value"] for key in shown} == shown
    parameters = pages.message(at, f"{topic}_address")["parameters"]
    assert set(shown) <= set(parameters) | set(query)
