"""Coding and channels: the declaration of the page."""

from __future__ import annotations

import ui
from core import coding as core
from pages.coding import blocks, capacity, codes, controls, huffman, message
from pages.coding.downloads import downloads
from pages.coding.experiments import experiments
from pages.coding.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "coding",
        _("Coding and channels"),
        _(
            "Shannon's two theorems: a source cannot be coded in fewer bits than its entropy, and "
            "a noisy channel carries at most its capacity without error."
        ),
        controls=controls,
        views=[
            ui.View(
                "huffman",
                _("Huffman code"),
                huffman.draw,
                (controls.source, controls.text, controls.bars, controls.prompt),
            ),
            ui.View(
                "blocks",
                _("Blocks"),
                blocks.draw,
                (controls.block, controls.symbols, *controls.block_bars.values()),
            ),
            ui.View(
                "capacity",
                _("Capacity"),
                capacity.draw,
                (controls.noise, controls.channel, controls.matrix),
            ),
            ui.View(
                "codes",
                _("Codes"),
                codes.draw,
                (controls.flip, controls.tries, controls.code, controls.plane_seed),
            ),
            ui.View(
                "sent",
                _("A message"),
                message.draw,
                (
                    controls.message_flip,
                    controls.message_code,
                    controls.sentence,
                    controls.marked,
                    controls.message_seed,
                ),
            ),
        ],
        sentences=[
            lambda text: ui.state("huffman", source="text", text=text),
            lambda text: ui.state("huffman", source="model", prompt=text),
            lambda text: ui.state("sent", sentence=text),
        ],
        scenarios=[
            ui.Scenario(
                _("The model's next token"),
                ui.state("huffman", source="model"),
                _(
                    "All tokens of the vocabulary are symbols. The rare ones are in subtrees; the "
                    "likely ones are near the root."
                ),
            ),
            ui.Scenario(
                _("Powers of ½"),
                ui.state("huffman", text="aaaabbcd"),
                _("All probabilities are powers of ½, so L is exactly H."),
            ),
            ui.Scenario(
                _("One symbol"),
                ui.state("huffman", text="aaaaaaaa"),
                _("The entropy is 0, but each symbol takes one bit."),
            ),
            ui.Scenario(
                _("Z channel"),
                ui.state("capacity", channel="z", noise=0.5),
                _("A 1 is less reliable than a 0, so it is sent less often: p(1) = 0.4."),
            ),
            ui.Scenario(
                _("An unused input"),
                ui.state("capacity", channel="typed", iteration=0),
                _("Press play: the iteration gives up the second input."),
            ),
            ui.Scenario(
                _("A useless channel"),
                ui.state("codes", flip=0.5),
                _("C = 0: with every code, about half of the message bits are wrong."),
            ),
            ui.Scenario(
                _("Repetition-7"),
                ui.state("sent", message_code="repetition-7", message_flip=0.1),
                _("Seven times as many bits remove almost all errors."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.huffman_code, "Huffman (1952)"),
            ui.Source(core.block_huffman, "Cover and Thomas (2006), section 5.4"),
            ui.Source(core.bsc_capacity, "Shannon (1948), section 15"),
            ui.Source(core.bec_capacity, "Elias (1955)"),
            ui.Source(core.z_channel_capacity, "MacKay (2003), section 9.6"),
            ui.Source(core.best_input, "MacKay (2003), section 9.5"),
            ui.Source(core.blahut_arimoto, "Blahut (1972); Arimoto (1972)"),
            ui.Source(core.rate_limit, "MacKay (2003), section 10.1"),
            ui.Source(core.channel_encode, "Hamming (1950)"),
            ui.Source(core.channel_decode, "Hamming (1950)"),
            ui.Source(core.transmit),
            ui.Source(core.wilson_interval, "Wilson (1927)"),
            ui.Source(core.send_bits),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
