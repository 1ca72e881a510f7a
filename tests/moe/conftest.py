"""The fast path between the runs of AppTest."""

from __future__ import annotations

from types import ModuleType
from unittest.mock import MagicMock

import pytest
from streamlit.runtime import Runtime

from tests.frame.test_fast_path import _with_runtime
from ui.fast_path import redrawing


@pytest.fixture
def fast_path(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    runtime = MagicMock(spec=Runtime)
    monkeypatch.setattr(redrawing, "_redraw", _with_runtime(redrawing._redraw, runtime))
    return redrawing
