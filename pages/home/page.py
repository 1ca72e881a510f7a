"""The map: the declaration of the page."""

from __future__ import annotations

import ui
from core import home as core
from core.sampling import draw as draw_token
from pages.home import controls
from pages.home import map as view
from pages.home.questions import experiments
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "home",
        _("The map"),
        _(
            "Follow your own sentence from text to next token, station by station. Each station "
            "has a page of its own."
        ),
        controls=controls,
        views=[
            ui.View(
                "map",
                _("Map"),
                view.draw,
                (
                    controls.text,
                    controls.layer,
                    controls.head,
                    controls.temperature,
                    controls.seed,
                    view.append_button,
                ),
            ),
        ],
        sentences=[
            lambda text: ui.state("map", text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("Paris"),
                ui.state("map", spot="attention,4,3"),
                _("In this head, the last token attends to the name of the country."),
            ),
            ui.Scenario(
                _("Attention sink"),
                ui.state("map", layer=18, head=8, spot="attention"),
                _("Many heads attend to the first token when no other token is relevant."),
            ),
            ui.Scenario(
                _("Chinese text"),
                ui.state("map", text="我爱语言模型", spot="tokens"),
                _(
                    "Six Chinese characters become twelve tokens, most of which are only a part "
                    "of a character."
                ),
            ),
            ui.Scenario(
                _("Greedy"),
                ui.state("map", temperature=0.0, spot="logits"),
                _("At temperature 0, every seed draws the same token."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.text_map, "Shazeer (2020), equation 6"),
            ui.Source(core.attention_weight, "Vaswani et al. (2017), equation 1"),
            ui.Source(draw_token, "Devroye (1986), section III.2"),
        ],
        downloads=[
            ui.Download(_("Tokens and attention (CSV)"), "map-tokens.csv", view.table),
            ui.Download(_("Next tokens (CSV)"), "map-next.csv", view.next_table),
        ],
    )


if __name__ == "__main__":
    ui.render(page())
