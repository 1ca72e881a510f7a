"""`python -m tools.new_page` writes a page that is registered, passes its tests and the linters."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import ROOT
from tools import new_page

COPIED = ("app.py", "core", "charts", "pages", "ui", "tests", "tools", "locales", ".streamlit")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a copy of the project without its data, in which a page can be created."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "data").symlink_to(ROOT / "data")
    return tmp_path


def test_the_new_page_works(house: Path) -> None:
    paths = new_page.write("half_life", "Half-life", "Training", house)
    assert len(paths) <= 6
    assert sum(len(path.read_text().splitlines()) for path in paths) <= 250
    assert 'N_("Training"): (' in (house / "app.py").read_text()
    tests = ["tests/half_life", "tests/frame/test_every_control.py", "-k", "half_life"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    result = subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stdout[-3000:]
    ruff = Path(sys.executable).with_name("ruff")
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run([ruff, *check, *paths, "app.py"], cwd=house, capture_output=True)
        assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("topic", ["Bad", "1st", "a-b", "", "../x"])
def test_an_invalid_name_is_rejected_with_a_message(topic: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="topic must be lower-case"):
        new_page.write(topic, "Title", "Tokens", tmp_path)


def test_an_existing_topic_is_rejected() -> None:
    with pytest.raises(ValueError, match="exists already"):
        new_page.write("entropy", "Entropy", "Information")
