"""The shipped proxy configurations, run by the real proxies, with a browser behind them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from core.information import binary_entropy
from tests.e2e.conftest import CI, Visitor
from tools.serving import Server, free_port, serve
from tools.site import ROOT

DEPLOY = ROOT / "deploy"
METRICS = {"LOGITLAB_METRICS": "1"}
BACK_S = 5.0  # from the end of a process until its visitor's state is shown by another one
PAGE_S = 1.4  # time to load a page on an idle machine; a busier one gets proportionally more
#: What Streamlit and the browser print when a process dies.
LOST = re.compile("disconnected from server|WebSocket|ERR_|Failed to load resource")


def program(name: str) -> str:
    """Return the path of a proxy; skip the test without it, or fail in CI."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/bin")
    if path is None:
        (pytest.fail if CI else pytest.skip)(f"{name} is not installed: apt-get install {name}")
    return path


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def sessions(server: Server) -> int:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = re.search(r"^logitlab_sessions (\d+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


@contextlib.contextmanager
def running(command: list[str], url: str, log: Path, **environment: str) -> Generator[None]:
    """Run a proxy until the block ends; the block starts once it answers for a ready process."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        end = time.monotonic() + 20
        while status(f"{url}/readyz") != 200:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def caddy(folder: Path, *servers: Server, path: str = "") -> Generator[str]:
    """Run Caddy with `deploy/Caddyfile` in front of the servers; yield the site's URL."""
    site = f"http://127.0.0.1:{free_port()}"
    command = [program("caddy"), "run", "--adapter", "caddyfile"]
    command += ["--config", str(DEPLOY / "Caddyfile")]
    settings = {
        "LAB_SITE": site,
        "LAB_TLS": "",
        "LAB_PATH": path,
        "LAB_SECRET": "of this test",
        "LAB_PROCESSES": " ".join(f"127.0.0.1:{server.port}" for server in servers),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with running(command, site + path, folder / "proxy.log", **settings):
        yield site + path


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    with serve(environment=METRICS) as first, serve(environment=METRICS) as second:
        yield first, second


def open_coin(visitor: Visitor) -> list[int]:
    """Open the coin; return a list that collects the statuses of the fast path."""
    posts: list[int] = []
    visitor.page.on(
        "response", lambda r: posts.append(r.status) if r.url.endswith("/lab/live") else None
    )
    visitor.open("/entropy?entropy_view=coin&ent_base=e")
    return posts


def drawn_again(visitor: Visitor) -> None:
    """Wait until a new document shows the figure."""
    visitor.page.wait_for_function(
        "!window.__old && document.querySelector('.ll-plot[data-key=ent_curve][data-rev]')"
    )


def entropy_shown(visitor: Visitor) -> str:
    """Return the first number below the figure: the coin's entropy."""
    return visitor.page.locator(".ll-facts").first.inner_text().split("\n")[1]


@pytest.mark.timeout(400)  # two servers and three page loads, on a machine that others use
def test_a_visitor_continues_on_the_other_process(
    visitors: Callable[..., Visitor], pair: tuple[Server, Server], tmp_path: Path
) -> None:
    with caddy(tmp_path, *pair) as url:
        visitor = visitors(dataclasses.replace(pair[0], url=url))
        posts = open_coin(visitor)
        assert sorted(map(sessions, pair)) == [0, 1], "a websocket, at one process"
        victim, other = pair if sessions(pair[0]) else pair[::-1]
        # As in a class, the other process has visitors, too.
        visitors(other).open("/entropy?entropy_view=coin")
        assert sessions(other) == 1
        start = time.monotonic()
        visitor.page.reload()
        drawn_again(visitor)
        load = time.monotonic() - start  # of this page on this machine at this time
        visitor.settle()
        assert (sessions(victim), sessions(other)) == (1, 1), "the cookie keeps the process"

        box = visitor.slider("ent_coin").bounding_box()
        assert box is not None
        mouse, y = visitor.page.mouse, box["y"] + box["height"] / 2

        def drag(start: float, end: float, steps: int) -> None:
            for i in range(steps + 1):
                x = start + (end - start) * i / steps
                mouse.move(box["x"] + box["width"] * x, y)
                visitor.page.wait_for_timeout(40)

        visitor.page.evaluate("window.__old = true")
        mouse.move(box["x"] + box["width"] * 0.5, y)
        mouse.down()
        drag(0.5, 0.7, 15)
        assert set(posts) == {200}, "the fast path goes through the proxy"
        victim.process.kill()
        killed = time.monotonic()
        drag(0.7, 0.8, 10)
        mouse.up()
        chosen = visitor.value("ent_coin")
        assert chosen > 0.75
        drawn_again(visitor)
        assert time.monotonic() - killed < BACK_S * max(1, load / PAGE_S)
        visitor.settle()
        assert visitor.value("ent_coin") == chosen, "the newest value, not the last confirmed one"
        assert f"ent_coin={chosen}" in visitor.page.url
        assert "ent_base=e" in visitor.page.url
        assert entropy_shown(visitor) == f"{binary_entropy(chosen):.3f} bits"
        assert sessions(other) == 2

        posts.clear()
        visitor.step("ent_coin", "ent_curve")
        assert posts == [200], "the fast path works on the other process"
        strange = [text for text in visitor.errors if not LOST.search(text)]
        assert strange == []
        visitor.errors.clear()


def test_what_the_proxy_keeps_to_itself(
    visitors: Callable[..., Visitor], pair: tuple[Server, Server], tmp_path: Path
) -> None:
    with caddy(tmp_path, *pair) as url:
        for path in ("/metrics", "/_stcore/metrics", "/_stcore/agent/x"):
            assert status(url + path) == 404, path
        assert status(f"{pair[0].url}/metrics") == 200
        assert status(f"{url}/healthz") == 200
        request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for server in pair:
            server.process.kill()
            server.process.wait()
        assert status(f"{url}/?samp_prompt=a-secret") in (502, 503)
    log = (tmp_path / "proxy.log").read_text()
    assert "502" in log or "503" in log, "errors are logged"
    assert "a-secret" not in log


def nginx(folder: Path, server: Server) -> str:
    """Write a whole nginx configuration around `deploy/nginx-subpath.conf`; return the site."""
    port = free_port()
    part = (DEPLOY / "nginx-subpath.conf").read_text()
    assert part.count("http://127.0.0.1:8501") == 1
    (folder / "part.conf").write_text(part.replace("127.0.0.1:8501", f"127.0.0.1:{server.port}"))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    in_http, _ = re.findall(r"#.*?block:\s+(.*)", part)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; events {{}}"
        f"http {{ access_log off; {temporary} {in_http}"
        f" server {{ listen 127.0.0.1:{port}; include {folder}/part.conf; }} }}"
    )
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_sub_path(name: str, visitors: Callable[..., Visitor], tmp_path: Path) -> None:
    binary = program(name)
    with serve(base="/logit-lab", environment=METRICS) as server, contextlib.ExitStack() as stack:
        if name == "caddy":
            url = stack.enter_context(caddy(tmp_path, server, path="/logit-lab"))
        else:
            url = f"{nginx(tmp_path, server)}/logit-lab"
            command = [binary, "-e", f"{tmp_path}/start.log", "-c", f"{tmp_path}/nginx.conf"]
            stack.enter_context(running(command, url, tmp_path / "proxy.log"))
        visitor = visitors(dataclasses.replace(server, url=url))
        posts = open_coin(visitor)
        assert sessions(server) == 1
        visitor.step("ent_coin", "ent_curve")
        assert posts == [200]
        assert "ent_coin=0.51" in visitor.page.url
        assert status(f"{url}/metrics") == 404
        visitor.page.close()
