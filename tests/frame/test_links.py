"""Links that people have shared keep working: no parameter of an address is ever renamed."""

from __future__ import annotations

import pytest

from tests import pages
from tests.pages import ROOT
from ui.controls import assuming
from ui.links import sentence_box
from ui.page import Page, State, values_in

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


SENTENCE = "Rain falls on the"
STATES = [
    (page, wanted(SENTENCE))
    for page in (pages.describe(entry.topic) for entry in pages.registered())
    for wanted in page.sentences
]


@pytest.mark.parametrize(
    ("page", "wanted"), STATES, ids=[f"{page.topic} {wanted.view}" for page, wanted in STATES]
)
def test_a_page_opens_with_a_sentence_from_another(page: Page, wanted: State) -> None:
    values = values_in(page, wanted)
    at = pages.open_page(page.topic, state=values)
    pages.assert_whole(at)
    view = next(view for view in page.views if view.name == wanted.view)
    with assuming(values):
        box = sentence_box(page, view)
    assert box is not None, "the text box is not in the rail"
    if box in view.controls:  # not in a collapsed section
        assert pages.message(at, box.key)["value"] == SENTENCE
    assert pages.message(at, f"{page.topic}_address")["parameters"][box.key] == SENTENCE


def test_a_view_without_a_sentence_has_no_links() -> None:
    page = pages.describe("scaling")
    assert all(sentence_box(page, view) is None for view in page.views)
    page = pages.describe("entropy")
    with assuming({"ent_src": "drag"}):
        assert sentence_box(page, page.views[0]) is None
