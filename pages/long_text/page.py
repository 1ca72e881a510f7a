"""Long text: the declaration of the page."""

from __future__ import annotations

import ui
from core import long_text as core
from core.long_text import streaming
from pages.long_text import chunks, controls, cost, retrieval, sinks
from pages.long_text.downloads import downloads
from pages.long_text.pitfalls import pitfalls
from pages.long_text.questions import experiments
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "long_text",
        _("Long text"),
        _(
            "A text that is too long for a model is cut into chunks, searched, or read through a "
            "window. Each way loses something, and the page measures what."
        ),
        controls=controls,
        views=[
            ui.View(
                "chunks",
                _("Chunks"),
                chunks.draw,
                (
                    *controls.sizes.values(),
                    controls.method,
                    controls.overlap,
                    ui.More(controls.chosen, controls.text),
                ),
            ),
            ui.View(
                "retrieval",
                _("Retrieval"),
                retrieval.draw,
                (
                    controls.best,
                    controls.question,
                    controls.answer,
                    controls.method,
                    *controls.sizes.values(),
                    controls.overlap,
                    ui.More(controls.text),
                ),
            ),
            ui.View("cost", _("Cost"), cost.draw, (controls.length, controls.window)),
            ui.View("sinks", _("Attention sinks"), sinks.draw, (controls.position, controls.cache)),
        ],
        sentences=[
            lambda text: ui.state("chunks", text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("Cut by characters"),
                ui.state("chunks"),
                _("Fixed lengths ignore the language: words and sentences are cut in two."),
            ),
            ui.Scenario(
                _("The recursive splitter"),
                ui.state("chunks", method="recursive"),
                _("No word is cut. Look at the overlap: it is less than was asked for."),
            ),
            ui.Scenario(
                _("One paragraph per chunk"),
                ui.state("chunks", method="paragraphs"),
                _("Nothing is cut, but the sizes differ widely."),
            ),
            ui.Scenario(
                _("The answer in two halves"),
                ui.state("retrieval", overlap=0, sizes={"characters": 60}),
                _("The chunks are small and do not overlap: look at the signs above the bars."),
            ),
            ui.Scenario(
                _("Sentences as chunks"),
                ui.state("retrieval", method="sentences", sizes={"sentences": 1}, overlap=0),
                _("Every sentence is whole, but what “it” refers to is in another chunk."),
            ),
            ui.Scenario(
                _("128K tokens"),
                ui.state("cost", length=131_072.0),
                _("Full attention grows with the square of the length, a window linearly."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.chunk_text),
            ui.Source(core.recursive_split, "LangChain, RecursiveCharacterTextSplitter"),
            ui.Source(core.retrieve, "Lewis et al. (2020); Reimers and Gurevych (2019)"),
            ui.Source(core.attention_pairs, "Beltagy et al. (2020), section 3.1"),
            ui.Source(streaming.stream, "Xiao et al. (2023), section 3.2"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
