"""Imports follow the layers in one direction, and a topic has the same name in every layer."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.pages import ROOT, registered

OURS = ("core", "charts", "ui", "pages", "app", "tests", "bench", "tools", "training")

#: The layers that each layer may import, and the third-party libraries that it may not.
ALLOWED = {
    "core": {"core"},
    "charts": {"core", "charts"},
    "ui": {"core", "charts", "ui"},
    "pages": {"core", "charts", "ui"},
    "training": {"core", "training"},
}
FORBIDDEN = {
    "core": {"streamlit", "plotly", "pandas"},
    "charts": {"streamlit", "plotly", "pandas"},
    "ui": {"pandas"},
    "pages": {"plotly", "altair", "matplotlib"},
    "training": {"streamlit", "plotly", "pandas"},
}
#: Libraries that parts of core need to read files; the rest of core uses only torch.
CORE_READERS = {
    "core/lm": {"gguf", "safetensors", "tokenizers", "numpy"},
    "core/small_networks.py": {"safetensors"},
    "core/moe": {"tokenizers"},
    "core/architectures": {"tokenizers"},
    "core/tokenizers": {"tokenizers"},
}
#: Pages whose core module has another name.
CORE_NAMES = {"entropy": "information", "language_model": "text_scoring"}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Return the full names of all modules that a file imports, with relative imports resolved."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            # `from pages import sampling` imports pages.sampling.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def files(layer: str) -> list[Path]:
    return sorted(path for path in (ROOT / layer).rglob("*.py") if "__pycache__" not in path.parts)


def wrong_imports(layer: str, path: Path) -> list[str]:
    own_parts = f"pages.{path.stem}_parts"
    if layer == "pages" and path.parent != ROOT / "pages":
        own_parts = f"pages.{path.parent.name}"
    wrong = []
    for name in imports(path):
        top = name.split(".")[0]
        if layer == "pages" and (name == own_parts or name.startswith(own_parts + ".")):
            continue
        if top in FORBIDDEN[layer] or (top in OURS and top not in ALLOWED[layer]):
            wrong.append(name)
    return wrong


def in_files(layer: str, check: Callable[[Path], list[str]]) -> dict[str, list[str]]:
    """Return what a check finds in a layer, by file."""
    found = {str(path.relative_to(ROOT)): check(path) for path in files(layer)}
    assert found, f"{layer} has no files"
    return {name: problems for name, problems in found.items() if problems}


@pytest.mark.parametrize("layer", ALLOWED)
def test_imports_follow_the_layers(layer: str) -> None:
    assert in_files(layer, lambda path: wrong_imports(layer, path)) == {}


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("core/bad.py", "import streamlit as st"),
        ("core/bad.py", "from charts import theme"),
        ("charts/bad.py", "def f():\n    from ui import html"),
        ("charts/bad.py", "import plotly.graph_objects as go"),
        ("ui/bad.py", "import pages.sampling"),
        ("pages/bad.py", "from pages.sampling import draw"),
        ("pages/bad.py", "from pages import sampling_parts"),
        ("pages/bad.py", "from . import sampling"),
        ("pages/bad_parts/a.py", "from pages.bad import draw"),
        ("pages/bad.py", "import app"),
    ],
)
def test_the_check_detects_a_wrong_import(place: str, line: str, monkeypatch, tmp_path) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(line)
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert wrong_imports(place.split("/")[0], path)


def test_a_page_may_use_its_own_parts(monkeypatch, tmp_path) -> None:
    path = tmp_path / "pages/good.py"
    path.parent.mkdir()
    path.write_text("from pages.good_parts import table\nfrom pages.good_parts.table import draw")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert wrong_imports("pages", path) == []


def foreign_imports(path: Path) -> list[str]:
    readers = next(
        (names for place, names in CORE_READERS.items() if path.is_relative_to(ROOT / place)), set()
    )
    known = set(sys.stdlib_module_names) | {"torch", "core"} | readers
    return [name for name in imports(path) if name.split(".")[0] not in known]


def test_core_needs_torch_and_python_alone() -> None:
    assert in_files("core", foreign_imports) == {}
    assert foreign_imports(ROOT / "ui/models.py"), "the check finds nothing"


TOPICS = [page.topic for page in registered()]


def test_every_page_is_registered_and_exists() -> None:
    scripts = {path.stem for path in (ROOT / "pages").glob("*.py")}
    scripts |= {path.parent.name for path in (ROOT / "pages").glob("*/page.py")}
    assert scripts == set(TOPICS), "pages/*.py and app.pages() differ"
    assert len(TOPICS) == len(set(TOPICS)), "a page is registered twice"


def circles(modules: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of files with circular imports (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in modules[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for name in modules:
        if name not in index:
            visit(name)
    return found


def imported_files(layers: tuple[str, ...]) -> dict[str, set[str]]:
    """Return the files of all layers by dotted name, with the files that each one imports."""
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for layer in layers
        for path in files(layer)
    }
    graph = {}
    for name, path in paths.items():
        found = set()
        for target in imports(path):
            while target and target not in paths:
                target = target.rpartition(".")[0]
            found |= {target} if target and target != name else set()
        graph[name] = found
    return graph


def test_there_are_no_circular_imports() -> None:
    assert circles(imported_files(("core", "charts", "ui", "pages", "training"))) == []


def test_the_check_detects_a_circular_import() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert circles(graph) == [["a", "b", "c"]]


def test_exactly_one_page_is_home() -> None:
    assert [page.topic for page in registered() if page.home] == ["home"]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_its_files(topic: str) -> None:
    core = CORE_NAMES.get(topic, topic)
    package = (ROOT / f"pages/{topic}/page.py").is_file()
    wanted = [
        (f"core/{core}.py", f"core/{core}/__init__.py"),
        (f"charts/{topic}.py", f"charts/{topic}/__init__.py"),
        (f"pages/{topic}/controls.py",) if package else (f"pages/{topic}.py",),
        (f"tests/{topic}/test_page.py",) if package else (f"tests/test_page_{topic}.py",),
        (f"tests/{topic}/test_charts.py",) if package else (f"tests/test_charts_{topic}.py",),
    ]
    missing = [
        " or ".join(names) for names in wanted if not any((ROOT / n).is_file() for n in names)
    ]
    assert missing == []


#: HTML elements, except "<script>", which appears in texts as an example input.
_HTML = re.compile(
    r"</?(div|span|p|b|i|u|em|strong|style|table|tr|td|th|br|hr|a|img|svg|ul|ol|li|h[1-6]|button)"
    r"(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_CSS = re.compile(r"[\w-]+\s*:\s*[^;{}\n]+;|!important|\b\d+(px|rem)\b")
_HTML_CALLS = {"html", "plotly_chart", "altair_chart", "pyplot", "write_stream"}


def markup(path: Path) -> list[str]:
    """Return a page's uses of HTML, CSS and Streamlit's figures, which belong to the frame."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [match.group() for match in _HTML.finditer(node.value)]
            found += [match.group() for match in _CSS.finditer(node.value) if "px" in match.group()]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _HTML_CALLS:
                found.append(f"{ast.unparse(node.func)}()")
            found += ["unsafe_allow_html"] * any(
                k.arg == "unsafe_allow_html" for k in node.keywords
            )
    return found


def test_pages_hold_no_markup() -> None:
    assert in_files("pages", markup) == {}


def test_the_check_detects_markup(tmp_path) -> None:
    path = tmp_path / "page.py"
    path.write_text(
        "import streamlit as st\n"
        "st.html('<div class=x>a</div>')\n"
        "st.markdown('<b>a</b>', unsafe_allow_html=True)\n"
        "css = 'margin: 3px; color: red;'\n"
        "fine = 'a < b and <script> is text; k > 3'\n"
    )
    assert len(markup(path)) >= 5
    assert not any("script" in item or "k > 3" in item for item in markup(path))
