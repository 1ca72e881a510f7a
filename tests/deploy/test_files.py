"""The files of `deploy/` agree with one another, with the app and with `docs/deploy.md`."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from tools.site import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CADDY = (DEPLOY / "Caddyfile").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text()
DOCS = (ROOT / "docs" / "deploy.md").read_text()
APPS = {n: service for n, service in COMPOSE["services"].items() if n.startswith("app")}


def instructions() -> list[tuple[str, str]]:
    """Return the Containerfile's instructions with their arguments."""
    text = re.sub(r"^#.*\n", "", CONTAINER, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line]


def test_every_process_is_locked_down_and_known_to_the_proxy() -> None:
    default = COMPOSE["services"]["proxy"]["environment"]["LAB_PROCESSES"]
    assert default == f"${{LAB_PROCESSES:-{' '.join(f'{name}:8501' for name in APPS)}}}"
    assert len(APPS) == 2
    for service in APPS.values():
        assert service["read_only"] is True
        assert [place.partition(":")[0] for place in service["tmpfs"]] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]
        assert "ports" not in service, "visitors reach it only through the proxy"


def test_every_process_uses_the_same_engine_for_rooms() -> None:
    rooms = COMPOSE["services"]["rooms"]
    (port,) = rooms["expose"]
    for service in APPS.values():
        assert service["environment"]["LOGITLAB_REDIS"] == f"redis://rooms:{port}/0"
    assert rooms["read_only"] is True
    assert "ports" not in rooms, "only the app's processes reach it"
    assert "| `LOGITLAB_REDIS` |" in DOCS


def test_the_caddyfile_gets_every_variable_from_compose() -> None:
    used = set(re.findall(r"\{\$(\w+)", CADDY))
    assert used == set(COMPOSE["services"]["proxy"]["environment"])


def test_the_example_names_every_setting_of_compose_and_the_docs_explain_it() -> None:
    names = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    example = (DEPLOY / "lab.env.example").read_text()
    assert names - {"LAB_PROCESSES"} == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert [name for name in sorted(names) if f"| `{name}` |" not in DOCS] == []


def test_the_container_is_unprivileged_and_checked() -> None:
    last = dict(instructions())
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last["USER"])
    check = re.search(r"CMD (\[.*\])", last["HEALTHCHECK"])
    assert check is not None
    assert (ROOT / yaml.safe_load(check[1])[1]).is_file()
    base = [argument.split()[0] for name, argument in instructions() if name == "FROM"]
    assert len(set(base)) == 1, "a virtual environment works only with the Python that made it"


def test_everything_that_the_container_copies_exists() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [shlex.split(a) for name, a in instructions() if name == "COPY" and "--from" not in a]
    sources = [source for entry in copied for source in entry[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    for needed in ("app.py", ".streamlit", "core", "charts", "ui", "pages", "data", "locales"):
        assert needed not in ignored
    assert ".git" in ignored


def test_a_stage_copies_only_what_another_one_has_made() -> None:
    stages: dict[str, Any] = {"names": [], "from": []}
    for name, argument in instructions():
        if name == "FROM" and " AS " in argument:
            stages["names"].append(argument.split(" AS ")[1])
        if name == "COPY" and (found := re.match(r"--from=(\w+)", argument)):
            stages["from"].append(found[1])
    assert stages["from"]
    assert set(stages["from"]) <= set(stages["names"])


@pytest.mark.parametrize(
    "word", re.findall(r'"(logitlab_\w+)"', (ROOT / "ui/metrics.py").read_text())
)
def test_every_metric_is_explained(word: str) -> None:
    assert f"`{word}" in DOCS
