"""The Streamlit settings on which speed and privacy depend, and the exact version pins."""

import gc
import re
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from unittest import mock

import pytest
from streamlit import config
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from streamlit.testing.v1.util import patch_config_options

from tests.pages import ROOT, app, assert_whole, send

CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def full_collections(work: Callable[[], object]) -> int:
    """Return how often Streamlit requests a full garbage collection during `work()`."""
    calls: list[int] = []
    # AppTest skips the end of a run, where the server collects, so run the server's code here.
    end = script_runner.ScriptRunner._on_script_finished
    with (
        mock.patch.object(LocalScriptRunner, "_on_script_finished", end),
        mock.patch.object(script_runner, "gc", mock.Mock(wraps=gc)) as seen,
    ):
        seen.collect = lambda generation=2: calls.append(generation)
        work()
    return len(calls)


def test_streamlit_honors_post_script_gc() -> None:
    assert CONFIG["runner"]["postScriptGC"] is False
    assert config.get_option("runner.postScriptGC") is False, "config.toml is not read"
    at = app()
    assert_whole(at)
    assert full_collections(lambda: send(at, "home_T", 2.0)) == 0


def test_without_the_setting_each_run_would_collect() -> None:
    at = app()
    with patch_config_options({"runner.postScriptGC": True}):
        assert full_collections(lambda: send(at, "home_T", 2.0)) >= 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("browser.gatherUsageStats", False),
        ("server.address", "127.0.0.1"),
        ("server.fileWatcherType", "none"),
        ("client.showErrorDetails", "none"),
        ("runner.fastReruns", True),
        ("runner.magicEnabled", False),
    ],
)
def test_options_are_known_to_streamlit_and_set(option: str, value: object) -> None:
    assert config.get_option(option) == value


def test_every_option_of_the_file_is_one_that_streamlit_knows() -> None:
    known = set(config.get_config_options())

    def names(options: dict, prefix: str = "") -> list[str]:
        return [
            name
            for key, value in options.items()
            for name in (
                names(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
            )
        ]

    assert [name for name in names(CONFIG) if name not in known] == []


@pytest.mark.parametrize("name", ["streamlit", "torch"])
def test_exact_pins_are_kept_and_installed(name: str) -> None:
    pinned = re.search(rf"^{name}==(\S+)$", REQUIREMENTS, re.MULTILINE)
    assert pinned, f"requirements.txt does not pin {name} exactly"
    assert version(name).split("+")[0] == pinned[1]
    assert {"streamlit": "1.67.0", "torch": "2.13.0"}[name] == pinned[1]


@pytest.mark.parametrize(
    "name", ["plotly", "pandas", "gguf", "safetensors", "tokenizers", "orjson"]
)
def test_the_rest_is_bounded_above(name: str) -> None:
    assert re.search(rf"^{name}>=[\d.]+,<[\d.]+$", REQUIREMENTS, re.MULTILINE), name
