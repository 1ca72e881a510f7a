"""Create a working new page: `python -m tools.new_page <topic>`.

This writes six files (the computation in `core`, its figure in `charts`, a page with one control
and one view, and its tests) and adds one line to `app.py`. `CONTRIBUTING.md` explains them.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from string import Template

from tools.site import ROOT

SECTIONS = ("Information", "Tokens", "Transformer", "Training", "Decoding")

FILES = {
    "core/$topic.py": '''\
"""$title: the computation. Replace this curve with your own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Decay:
    """An exponential decay and its half-life.

    Attributes:
        x: Positions (N,), from 0 to 1.
        y: exp(-rate · x), shape (N,).
        half: The half-life: the x at which y is 0.5.
    """

    x: Tensor
    y: Tensor
    half: float


def decay(rate: float, points: int = 101) -> Decay:
    """Return exp(-rate · x) on an even grid from 0 to 1.

    Args:
        rate: Decay rate; above 0.
        points: Number of grid points; 2 or more.

    Raises:
        ValueError: `rate` is not above 0, or there are fewer than 2 points.
    """
    if not rate > 0:
        raise ValueError(f"rate must be above 0; got {rate}.")
    if points < 2:
        raise ValueError(f"points must be 2 or more; got {points}.")
    x = torch.linspace(0, 1, points)
    return Decay(x, torch.exp(-rate * x), float(torch.log(torch.tensor(2.0))) / rate)
''',
    "charts/$topic.py": '''\
"""Figures of the page "$title"."""

from __future__ import annotations

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.$topic import Decay


def curve(result: Decay) -> Spec:
    """Return the figure of y against x."""
    return figure(
        {
            "type": "scatter",
            "mode": "lines",
            "x": result.x,
            "y": result.y,
            "line": {"color": "@p", "width": 3},
        },
        xaxis=axis(_("x"), range=[0, 1], fixedrange=True),
        yaxis=axis(_("y"), range=[0, 1.05], fixedrange=True),
    )
''',
    "pages/$topic/controls.py": '''\
"""The controls of the page "$title"."""

from __future__ import annotations

from ui import N_, Slider

rate = Slider("${topic}_rate", N_("Rate"), 0.1, 20, 3, 0.1, help=N_("How fast the curve falls."))
''',
    "pages/$topic/curve.py": '''\
"""The view of the curve."""

from __future__ import annotations

import ui
from charts import $topic as charts
from charts.format import number
from core import $topic as core
from pages.$topic import controls
from ui import _


def draw() -> None:
    """Draw the curve and its half-life."""
    result = core.decay(controls.rate.value)
    half = number(result.half)
    with ui.figure():
        ui.plot(
            charts.curve(result),
            key="${topic}_curve",
            alt=_("An exponential decay with a half-life of {half}.").format(half=half),
            height=420,
        )
    ui.facts([ui.Fact(_("half-life"), half, _("x at which y is 0.5"))])
''',
    "pages/$topic/page.py": '''\
"""$title: the declaration of the page."""

from __future__ import annotations

import ui
from core import $topic as core
from pages.$topic import controls, curve
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "$topic",
        _("$title"),
        _("One plain sentence that says what this page shows."),
        controls=controls,
        views=[ui.View("curve", _("Curve"), curve.draw, (controls.rate,))],
        scenarios=[
            ui.Scenario(_("Fast"), ui.state("curve", rate=12.0), _("The curve falls quickly."))
        ],
        sources=[ui.Source(core.decay)],
    )


if __name__ == "__main__":
    ui.render(page())
''',
    "tests/$topic/test_$topic.py": '''\
"""$title: tests of the numbers, the figure and the page."""

import math

import pytest

from charts import $topic as charts
from core.$topic import decay
from tests import pages


def test_a_decay_by_hand() -> None:
    result = decay(math.log(2), points=3)
    assert result.y.tolist() == pytest.approx([1, 2**-0.5, 0.5])
    assert result.half == pytest.approx(1)


@pytest.mark.parametrize("rate", [0, -1, math.nan])
def test_a_rate_that_is_not_positive_is_rejected(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must be above 0"):
        decay(rate)


def test_the_figure_shows_the_result() -> None:
    result = decay(3)
    (line,) = charts.curve(result)["data"]
    assert line["y"] is result.y


def test_the_figure_follows_the_slider() -> None:
    at = pages.open_page("$topic")
    pages.send(at, "${topic}_rate", 10.0)
    pages.assert_whole(at)
    (line,) = pages.spec(at, "${topic}_curve")["data"]
    assert line["y"][-1] == pytest.approx(math.exp(-10), rel=1e-4)
''',
}


def registered(source: str, topic: str, title: str, section: str) -> str:
    """Return `app.py`'s text with one more line in a section of the navigation."""
    line = f'        ("{topic}", N_("{title}"), "insights"),\n'
    start = source.find(f'    N_("{section}"): (\n')
    if start < 0:
        # A new section is inserted before the last one.
        last = source.index('    N_("Decoding"): (\n')
        return f'{source[:last]}    N_("{section}"): (\n{line}    ),\n{source[last:]}'
    end = source.index("    ),\n", start)
    return source[:end] + line + source[end:]


def write(topic: str, title: str, section: str, root: Path = ROOT) -> list[Path]:
    """Write the six files and the line in `app.py`; return the paths.

    Raises:
        ValueError: The name is not a lower-case identifier, or the topic already exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", topic):
        raise ValueError(
            f"The topic must be lower-case letters, digits and _, starting with a letter; "
            f"got {topic!r}."
        )
    texts = {
        root / Template(name).substitute(topic=topic): Template(text).substitute(
            topic=topic, title=title
        )
        for name, text in FILES.items()
    }
    taken = [path for path in texts if path.exists() or path.with_suffix("").is_dir()]
    if taken:
        raise ValueError(f"{taken[0].relative_to(root)} exists already; choose another topic.")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    app = root / "app.py"
    app.write_text(registered(app.read_text(encoding="utf-8"), topic, title, section), "utf-8")
    return list(texts)


def main(arguments: list[str] | None = None) -> int:
    """Write a page; return 0, or print an error message and return 1."""
    parser = argparse.ArgumentParser(prog="python -m tools.new_page", description=__doc__)
    parser.add_argument("topic", help="the page's name in the code and in the URL")
    parser.add_argument("--title", help="title in the navigation; default: derived from the topic")
    parser.add_argument("--section", choices=SECTIONS, default="Transformer")
    options = parser.parse_args(arguments)
    title = options.title or options.topic.replace("_", " ").capitalize()
    try:
        paths = write(options.topic, title, options.section)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path in paths:
        print(path.relative_to(ROOT))
    print(f"Try it: make run, then http://127.0.0.1:8501/{options.topic}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
