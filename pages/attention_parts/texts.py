"""Teaching states of the page, and what to look at in them."""

from __future__ import annotations

import ui
from ui import _

VIEW = ui.view_key("attention")
FOUR = "the cat chased the mouse\nthe mouse slept\na dog barked\nwhere is the mouse"


def scenarios() -> list[ui.Scenario]:
    """Chips, one teaching state each."""
    return [
        ui.Scenario(
            _("Four sentences"),
            {VIEW: "hand", "att_text": FOUR, "att_sentence": "1", "att_source": "layer"},
            _("A batch: the shorter ones are padded, and the padding is masked."),
        ),
        ui.Scenario(
            _("Small numbers"),
            {VIEW: "hand", "att_source": "given", "att_stage": 0},
            _("Q, K and V typed in: follow it with pencil and paper."),
        ),
        ui.Scenario(
            _("Left padding"),
            {
                VIEW: "masks", "att_mcausal": "1", "att_pads": 2, "att_pside": "left",
                "att_prefix": 0, "att_window": 0, "att_way": "right",
            },
            _("With a causal mask, the padding's rows may look at nothing."),
        ),
        ui.Scenario(
            _("Induction"),
            {
                VIEW: "heads", "att_model": "lm", "att_on": "random", "att_period": 24,
                "att_wall": "induction", "att_layer": 18, "att_rhead": 6, "att_token": 0,
            },
            _("Random tokens, written twice: what can copy, does."),
        ),
        ui.Scenario(
            _("Previous token"),
            {
                VIEW: "heads", "att_model": "lm", "att_on": "text", "att_wall": "previous_token",
                "att_layer": 16, "att_rhead": 0, "att_token": 0, "att_form": "lines",
            },
        ),
        ui.Scenario(
            _("First token"),
            {
                VIEW: "heads", "att_model": "lm", "att_on": "text", "att_wall": "first_token",
                "att_layer": 18, "att_rhead": 8, "att_token": 0, "att_form": "heat",
            },
        ),
        ui.Scenario(
            _("Encoder"),
            {
                VIEW: "heads", "att_model": "encoder", "att_on": "text", "att_wall": "picture",
                "att_layer": 2, "att_rhead": 9, "att_token": 0, "att_form": "heat",
            },
        ),
        ui.Scenario(_("One key head"), {VIEW: "sharing", "att_shape": "Falcon-7B"}),
    ]  # fmt: skip


def experiments() -> list[ui.Experiment]:
    """Three things to try."""
    return [
        ui.Experiment(
            _("Break a row"),
            _(
                "Padding on the left under a causal mask, and −∞ with nothing more: the first two "
                "rows are NaN. Choose −10⁹, and they look at everything; then the right way."
            ),
            {
                VIEW: "masks", "att_mcausal": "1", "att_pads": 2, "att_pside": "left",
                "att_prefix": 0, "att_window": 0, "att_way": "minus_infinity",
            },
        ),
        ui.Experiment(
            _("Move the stripe"),
            _(
                "An induction head on random tokens that repeat. Drag “Random tokens”: the stripe "
                "stays one token less than a period below the diagonal."
            ),
            {
                VIEW: "heads", "att_model": "lm", "att_on": "random", "att_period": 12,
                "att_wall": "induction", "att_layer": 18, "att_rhead": 6, "att_token": 0,
                "att_form": "heat",
            },
        ),
        ui.Experiment(
            _("Switch heads off"),
            _(
                "Four heads side by side, then W_O. Switch heads off under “More controls”: their "
                "columns turn 0, and the output is what the others leave."
            ),
            {
                VIEW: "hand", "att_source": "layer", "att_heads": 4, "att_size": 2,
                "att_off": "2,3", "att_stage": 6, "att_head": 1,
            },
        ),
    ]  # fmt: skip
