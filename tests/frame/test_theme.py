"""Colors: one table for Python, browser and Streamlit, with contrast and color-blind safety."""

import itertools
import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import plotly.graph_objects as go
import pytest

from charts import theme
from charts.theme import DIVERGING, PALETTE, SEQUENTIAL, Mode, browser_theme, figure, resolve
from tests.charts_helper import assert_valid
from tests.pages import ROOT

MODES: tuple[Mode, ...] = get_args(Mode)
TEXT = ("@ink", "@muted", "@warn")
MARKS = ("@p", "@q", "@kept", "@accent", "@positive", "@negative", "@warn")
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs node")


def linear(color: str) -> np.ndarray:
    """Return the linear sRGB values, 0 … 1, of "#rrggbb"."""
    c = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 … 21."""
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Return the OKLab coordinates of a linear sRGB color (Ottosson 2020)."""
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    ) @ np.clip(rgb, 0, 1)
    return np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    ) @ np.cbrt(lms)


#: Machado, Oliveira & Fernandes (2009), table 1, severity 1.0, on linear sRGB.
EYES = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def test_contrast_by_hand() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's example


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", ["@paper", "@panel"])
@pytest.mark.parametrize("token", TEXT)
def test_text_is_readable(token: str, ground: str, mode: Mode) -> None:
    # 4.5:1 (WCAG 1.4.3), rounded like the common contrast checkers.
    assert round(contrast(PALETTE[token][mode], PALETTE[ground][mode]), 1) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", ["@paper", "@panel"])
@pytest.mark.parametrize("token", MARKS)
def test_marks_stand_out(token: str, ground: str, mode: Mode) -> None:
    assert contrast(PALETTE[token][mode], PALETTE[ground][mode]) >= 3


@pytest.mark.parametrize("token", ["@removed", "@raw"])
@pytest.mark.parametrize("mode", MODES)
def test_muted_marks_are_still_visible(token: str, mode: Mode) -> None:
    ratio = contrast(PALETTE[token][mode], PALETTE["@paper"][mode])
    assert 2 <= ratio < contrast(PALETTE["@p"][mode], PALETTE["@paper"][mode])


@pytest.mark.parametrize("token", ["@removed", "@raw"])
def test_muted_marks_have_a_contrast_of_three_to_one_in_light_mode(token: str) -> None:
    assert contrast(PALETTE[token]["light"], PALETTE["@paper"]["light"]) >= 3


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("mode", MODES)
def test_meaning_colors_are_distinguishable_with_color_blindness(mode: Mode, eyes: str) -> None:
    seen = {t: oklab(EYES[eyes] @ linear(PALETTE[t][mode])) for t in ("@p", "@q", "@kept")}
    apart = {
        pair: float(np.linalg.norm(seen[pair[0]] - seen[pair[1]]))
        for pair in itertools.combinations(seen, 2)
    }
    # One just noticeable difference is about 0.02 in OKLab.
    assert min(apart.values()) >= 0.06, apart


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("mode", MODES)
def test_sign_colors_are_distinguishable_with_color_blindness(mode: Mode, eyes: str) -> None:
    seen = [oklab(EYES[eyes] @ linear(PALETTE[t][mode])) for t in ("@positive", "@negative")]
    assert np.linalg.norm(seen[0] - seen[1]) >= 0.06


@pytest.mark.parametrize("mode", MODES)
def test_the_sequential_scale_is_monotonic_with_even_steps(mode: Mode) -> None:
    lightness = [oklab(linear(color))[0] for color in SEQUENTIAL[mode]]
    steps = np.diff(lightness) * (1 if mode == "dark" else -1)
    assert np.all(steps > 0)
    assert steps.max() < 2.5 * steps.min()


@pytest.mark.parametrize("mode", MODES)
def test_the_diverging_scale_has_zero_in_the_middle(mode: Mode) -> None:
    colors = DIVERGING[mode]
    assert len(colors) == len(SEQUENTIAL[mode]) == 10
    assert colors[4] == colors[5]
    ground = oklab(linear(PALETTE["@paper"][mode]))[0]
    away = [abs(oklab(linear(color))[0] - ground) for color in colors]
    assert away[:5] == sorted(away[:5], reverse=True)
    assert away[5:] == sorted(away[5:])


def test_streamlit_has_the_same_colors() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    for mode in MODES:
        section = config[mode]
        assert section["primaryColor"] == PALETTE["@p"][mode]
        assert section["backgroundColor"] == PALETTE["@paper"][mode]
        assert section["secondaryBackgroundColor"] == PALETTE["@panel"][mode]
        assert section["textColor"] == PALETTE["@ink"][mode]
        assert section["borderColor"] == PALETTE["@grid"][mode]


#: A figure that uses every way to specify a color.
EVERYTHING = figure(
    {
        "type": "bar",
        "x": ["@p", "b"],
        "y": [1, 2],
        "name": "@q",
        "marker": {"color": "@p", "line": {"color": "@grid"}},
    },
    {"type": "scatter", "x": [1], "y": [2], "marker": {"color": ["@kept"]}, "text": ["@ink"]},
    {"type": "heatmap", "z": [[1, 2], [3, 4]], "colorscale": "@sequential", "xaxis": "x2"},
    {"type": "heatmap", "z": [[1, 2], [3, 4]], "colorscale": "@diverging", "zmid": 0},
    xaxis={"title": {"text": "@p"}, "range": [0, 1]},
    xaxis2={"title": {"text": "second"}, "domain": [0.5, 1]},
    annotations=[{"text": "@q", "font": {"color": "@negative"}, "showarrow": False}],
)


@pytest.mark.parametrize("mode", MODES)
def test_tokens_become_colors_and_texts_stay(mode: Mode) -> None:
    spec = resolve(EVERYTHING, mode)
    bar, point, heat, signed = spec["data"]
    assert bar["marker"] == {
        "color": PALETTE["@p"][mode],
        "line": {"color": PALETTE["@grid"][mode]},
    }
    assert bar["x"] == ["@p", "b"]
    assert bar["name"] == "@q"
    assert point["text"] == ["@ink"]
    assert point["marker"]["color"] == [PALETTE["@kept"][mode]]
    assert heat["colorscale"][0] == [0, SEQUENTIAL[mode][0]]
    assert signed["colorscale"][9] == [1, DIVERGING[mode][9]]
    assert spec["layout"]["annotations"][0]["text"] == "@q"
    assert spec["layout"]["annotations"][0]["font"]["color"] == PALETTE["@negative"][mode]
    assert spec["layout"]["xaxis"]["title"]["text"] == "@p"
    assert spec["layout"]["xaxis"]["range"] == [0, 1]
    for axis in ("xaxis", "xaxis2", "yaxis"):
        assert spec["layout"][axis]["tickfont"]["color"] == PALETTE["@ink"][mode]


def test_resolving_changes_nothing_of_its_input() -> None:
    before = json.dumps(EVERYTHING)
    first = resolve(EVERYTHING)
    first["layout"]["xaxis"]["tickfont"]["size"] = 99
    assert json.dumps(EVERYTHING) == before
    assert resolve(EVERYTHING)["layout"]["xaxis"]["tickfont"]["size"] != 99


def test_plotly_accepts_what_resolve_gives_and_refuses_a_token() -> None:
    assert_valid(EVERYTHING)
    with pytest.raises(ValueError, match="color"):
        go.Figure({"data": [{"type": "bar", "marker": {"color": "@p"}}]})
    with pytest.raises(ValueError, match="no_such_field"):
        assert_valid(figure({"type": "bar", "no_such_field": 1}))


def test_escape_keeps_plotly_from_reading_tags() -> None:
    assert theme.escape("<b>&amp;") == "&lt;b&gt;&amp;amp;"


def test_label_margin_grows_with_the_longest_label_within_bounds() -> None:
    assert theme.label_margin([]) == theme.label_margin(["a"]) == 40
    assert theme.label_margin(["女孩女孩"]) > theme.label_margin(["abcd"])
    assert theme.label_margin(["a" * 500]) == 220


def in_node(code: str, folder: Path) -> Any:
    """Return the JSON that `code` prints, with colors.js loaded as `c` and its table set."""
    for name in ("colors",):
        text = (ROOT / f"ui/frontend/{name}.js").read_text(encoding="utf-8")
        (folder / f"{name}.mjs").write_text(text)
    table = json.dumps(browser_theme())
    (folder / "run.mjs").write_text(
        f"globalThis.fetch = async () => ({{ json: async () => ({table}) }});\n"
        'const c = await import("./colors.mjs");\nawait c.loadTheme("file:///x");\n'
        f"console.log(JSON.stringify({code}));\n"
    )
    done = subprocess.run(
        [str(NODE), str(folder / "run.mjs")], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_node
@pytest.mark.parametrize("mode", MODES)
def test_the_browser_resolves_like_python(mode: Mode, tmp_path) -> None:
    got = in_node(f"c.resolve({json.dumps(EVERYTHING)}, {json.dumps(mode)})", tmp_path)
    assert got == json.loads(json.dumps(resolve(EVERYTHING, mode)))


@needs_node
def test_text_on_a_shaded_chip_is_readable(tmp_path) -> None:
    code = (
        '["light", "dark"].map((m) => ["@sequential", "@diverging"].map((s) => '
        "Array.from({ length: 101 }, (_, i) => c.shade(i / 100, m, s)))).flat(2)"
    )
    worst = 21.0
    for pair in cast("list[dict[str, str]]", in_node(code, tmp_path)):
        ground = "#" + "".join(f"{int(v):02x}" for v in pair["ground"][4:-1].split(","))
        worst = min(worst, contrast(ground, pair["ink"]))
    # For the large text of chips, 3:1 is sufficient (WCAG 1.4.3), but not for the small note.
    assert worst >= 3.8, worst


@needs_node
def test_small_text_on_a_shaded_chip_is_readable(tmp_path) -> None:
    code = "Array.from({ length: 101 }, (_, i) => c.shade(i / 100, 'light'))"
    for pair in cast("list[dict[str, str]]", in_node(code, tmp_path)):
        ground = "#" + "".join(f"{int(v):02x}" for v in pair["ground"][4:-1].split(","))
        assert contrast(ground, pair["ink"]) >= 4.5
