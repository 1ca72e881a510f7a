"""The popover at a selected chip: where it goes, what it says, and its buttons."""

import itertools
import json
import shutil
import subprocess

import pytest

from charts.surprisal import surprisal, surprisal_shade
from tests.pages import ROOT, message, script, trigger


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_popover_never_covers_its_chip_and_stays_in_the_window(tmp_path) -> None:
    for name in ("detail", "live", "wire"):
        text = (ROOT / f"ui/frontend/{name}.js").read_text(encoding="utf-8")
        (tmp_path / f"{name}.mjs").write_text(text.replace('.js"', '.mjs"'))
    view = {"width": 390, "height": 500}
    chips = [
        {"left": left, "right": left + 40, "top": top, "bottom": top + 30}
        for left, top in itertools.product((0, 170, 350), (0, 100, 235, 400, 470))
    ]
    strips = [{"left": 0, "right": 390}, {"left": 100, "right": 200}]
    boxes = [{"width": w, "height": h} for w, h in itertools.product((90, 378), (60, 230, 900))]
    cases = list(itertools.product(chips, boxes, strips))
    (tmp_path / "run.mjs").write_text(
        'import { placed } from "./detail.mjs";\n'
        f"const cases = {json.dumps(cases)}, view = {json.dumps(view)};\n"
        "const places = cases.map(([chip, box, strip]) => placed(chip, box, view, strip));\n"
        "console.log(JSON.stringify(places));\n"
    )
    done = subprocess.run(
        ["node", str(tmp_path / "run.mjs")], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    for (chip, box, strip), place in zip(cases, json.loads(done.stdout), strict=True):
        bottom = place["top"] + place["height"]
        assert bottom < chip["top"] or place["top"] > chip["bottom"]
        assert place["top"] >= 0
        assert bottom <= view["height"]
        assert 0 <= place["left"] <= view["width"] - box["width"]
        assert place["height"] <= box["height"]
        if box["width"] <= strip["right"] - strip["left"]:
            assert strip["left"] <= place["left"] <= strip["right"] - box["width"]


def strips() -> None:
    import streamlit as st

    import ui

    detail = ui.Detail(["a", "0.5"], ["b", "c"], lambda i: st.session_state.update(chose=i))
    ui.tokens([ui.Token("a")], key="strip", label="one", selected=0, detail=detail)
    ui.tokens([ui.Token("a")], key="plain", label="one", selected=0)


def test_a_detail_reaches_the_browser_and_its_buttons_reach_python() -> None:
    at = script(strips)
    assert message(at, "strip")["detail"] == {
        "lines": ["a", "0.5"],
        "choices": ["b", "c"],
        "close": "Close (Esc)",
    }
    assert message(at, "plain")["detail"] is None
    for wrong in (2, -1, "x", None):
        trigger(at, "strip", "choose", wrong)
        assert "chose" not in at.session_state
    trigger(at, "strip", "choose", 1)
    assert at.session_state["chose"] == 1


def test_a_strong_color_means_surprising() -> None:
    shades = [surprisal_shade(surprisal(p), 1024) for p in (1.0, 0.5, 0.01, 1e-3, 1e-9, 0.0)]
    assert shades == sorted(shades)
    assert shades[:2] == [0.0, pytest.approx(0.1)]
    assert shades[-1] == 1.0
    assert surprisal_shade(surprisal(0.5), 1) == 1.0
