"""The controls of the page "FlashAttention"."""

from __future__ import annotations

from ui import N_, Slider

rate = Slider("flash_attention_rate", N_("Rate"), 0.1, 20, 3, 0.1, help=N_("How fast the curve falls."))
