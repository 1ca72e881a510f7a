"""The normalization page in process: every view, hostile input, and numbers against torch."""

from __future__ import annotations

import re

import pytest
import torch

from pages.normalization import axes, controls
from tests import pages


def opened(view: str, **state: object):
    return pages.open_page("normalization", state={"normalization_view": view, **state})


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))).replace("−", "-")


@pytest.mark.parametrize("kind", ["batch", "layer", "rms"])
def test_axes_shows_what_torch_computes(kind: str) -> None:
    at = opened("axes", norm_kind=kind, norm_length=2)
    pages.assert_whole(at)
    batch = axes.full_batch(0).clone()
    for row, length in enumerate((2, *controls.LENGTHS[1:])):
        batch[row, length:] = 0
    flat = batch.flatten(0, 1)
    oracle = {
        "batch": torch.nn.BatchNorm1d(4, affine=False)(flat),
        "layer": torch.nn.LayerNorm(4, elementwise_affine=False)(flat),
        "rms": torch.nn.RMSNorm(4, eps=1e-5, elementwise_affine=False)(flat),
    }[kind].view_as(batch)
    assert f"= {float(oracle[1, 2, 1]):.3f}" in pages.formulas(at)[0]


def test_a_click_on_a_value_chooses_it() -> None:
    at = opened("axes")
    pages.click(at, "norm_sheets", {"curve": 3, "point": 0, "x": 11.0, "y": 1.0})
    pages.assert_whole(at)
    chosen = [at.session_state[f"norm_{name}"] for name in ("sentence", "token", "feature")]
    assert chosen == [3, 2, 2]
