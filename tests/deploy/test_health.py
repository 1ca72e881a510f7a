"""`/healthz`, `/readyz` and `/metrics`: what they answer, when, and what they never contain."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config
from streamlit.config import get_option, set_option

from core.lm import ModelError
from ui import health, models
from ui import metrics as metrics_module
from ui.errors import Notice
from ui.fast_path import redrawing, server
from ui.fast_path.server import FastPath
from ui.jobs import Worker
from ui.metrics import Metrics

PATIENCE = 10


async def nothing(*_args: Any) -> None: ...


def client(on: bool = True) -> tuple[TestClient, Metrics]:
    metrics = Metrics(on)
    return TestClient(Starlette(routes=[*health.routes(), *metrics.routes()])), metrics


@pytest.fixture(autouse=True)
def _workers_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    model, runs = Worker(), Worker()
    monkeypatch.setattr(models, "worker", lambda: model)
    monkeypatch.setattr(metrics_module.runs, "run_worker", lambda: runs)
    monkeypatch.setattr(metrics_module, "sessions", lambda: 3)
    monkeypatch.setattr(models, "_missing", dict(models._missing))


def values(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in lines}


def test_ready_only_once_the_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_which: str) -> Any:
        raise ModelError("The file of the model is missing.")

    models._missing["language model"] = "The language model is being loaded."
    ask, _metrics = client()
    assert ask.get("/healthz").status_code == 200
    waiting = ask.get("/readyz")
    assert (waiting.status_code, waiting.text) == (503, "The language model is being loaded.\n")
    monkeypatch.setattr(models, "_load", missing)
    with pytest.raises(Notice):
        models.language_model()
    failed = ask.get("/readyz")
    assert (failed.status_code, failed.text) == (503, "The file of the model is missing.\n")
    assert ask.get("/healthz").status_code == 200
    monkeypatch.setattr(models, "_load", lambda which: which)
    models.encoder()
    assert ask.get("/readyz").status_code == 503, "the other model does not make the server ready"
    models.language_model()
    ready = ask.get("/readyz")
    assert (ready.status_code, ready.headers["cache-control"]) == (200, "no-store")


def test_the_addresses_lie_below_the_sub_path() -> None:
    before = get_option("server.baseUrlPath")
    set_option("server.baseUrlPath", "/lab-app/")
    try:
        ask, _metrics = client()
    finally:
        set_option("server.baseUrlPath", before)
    for path in ("/healthz", "/metrics"):
        assert ask.get(f"/lab-app{path}").status_code == 200
        assert ask.get(path).status_code == 404


def test_metrics_are_not_reachable_when_off() -> None:
    ask, metrics = client(on=False)
    answer = ask.get("/metrics")
    assert answer.status_code == 404
    assert "logitlab" not in answer.text
    assert metrics.observer is None, "nothing is recorded"


@pytest.mark.parametrize(("value", "on"), [(None, False), ("0", False), ("", False), ("1", True)])
def test_the_switch(monkeypatch: pytest.MonkeyPatch, value: str | None, on: bool) -> None:
    monkeypatch.delenv(metrics_module.SWITCH, raising=False)
    if value is not None:
        monkeypatch.setenv(metrics_module.SWITCH, value)
    assert metrics_module.switched_on() is on


def test_queue_and_seconds_of_the_worker() -> None:
    ask, _metrics = client()
    running, end = threading.Event(), threading.Event()

    def work(_job: Any) -> None:
        running.set()
        end.wait(PATIENCE)
        threading.Event().wait(0.05)

    jobs = [models.worker().submit(key, work) for key in ("a", "b", "c")]
    assert running.wait(PATIENCE)
    busy = values(ask.get("/metrics").text)
    assert busy['logitlab_queue{worker="model"}'] == 2
    assert busy['logitlab_queue{worker="runs"}'] == 0
    assert busy["logitlab_sessions"] == 3
    end.set()
    assert all(job.wait(PATIENCE) for job in jobs)
    idle = values(ask.get("/metrics").text)
    assert idle['logitlab_queue{worker="model"}'] == 0
    assert 0.15 <= idle['logitlab_model_seconds_total{worker="model"}'] < PATIENCE
    assert idle['logitlab_model_seconds_total{worker="runs"}'] == 0


def test_a_redraw_does_not_wait_for_the_lock_of_streamlits_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []

    async def send(message: Any) -> None:
        seen.append(message.get("status", 0))

    async def receive() -> Any:
        return {"type": "http.request", "body": b'["tok-gone", {"key": [1, 1]}]'}

    async def others(*_args: Any) -> None:
        raise AssertionError("the request is for the fast path")

    fast_path = FastPath(others)
    scope = {"type": "http", "method": "POST", "path": "/lab/live"}
    free, locked = threading.Event(), threading.Event()

    def hold() -> None:
        with config._config_lock:
            locked.set()
            free.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(PATIENCE)
    asker = threading.Thread(target=lambda: asyncio.run(fast_path(scope, receive, send)))
    asker.start()
    asker.join(PATIENCE / 2)
    answered = list(seen)
    free.set()
    holder.join()
    asker.join()
    assert answered[:1] == [204]


@pytest.mark.parametrize(("lives", "status"), [(True, 204), (False, 205)])
def test_a_page_asks_whether_its_session_is_here(
    monkeypatch: pytest.MonkeyPatch, lives: bool, status: int
) -> None:
    ended = {"here": False, "asleep": True}
    monkeypatch.setattr(redrawing, "owner_of", lambda token: token if token in ended else None)
    internals = SimpleNamespace(session_ended=lambda owner: ended[owner])
    monkeypatch.setattr(redrawing, "internals", internals)
    monkeypatch.setattr(server, "redraw", lambda *_args: pytest.fail("a question draws nothing"))

    async def ask(token: str) -> int:
        seen: list[Any] = []

        async def send(message: Any) -> None:
            seen.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": orjson.dumps([token, {}])}

        await FastPath(nothing)(
            {"type": "http", "method": "POST", "path": "/lab/live"}, receive, send
        )
        return seen[0]["status"]

    for token in ["here"] if lives else ["asleep", "of another process"]:
        assert asyncio.run(ask(token)) == status


def test_redraws_are_counted_and_timed_without_data_of_visitors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask, metrics = client()
    # The view "tok-known" exists; redrawing "secret text" takes 20 ms, all else needs a rerun.
    monkeypatch.setattr(server, "owner_of", lambda token: "me" if token == "tok-known" else None)

    def redraw(_token: str, changed: dict[str, Any]) -> bytes | None:
        threading.Event().wait(0.02)
        return b"drawn" if "key" in changed else None

    monkeypatch.setattr(server, "redraw", redraw)

    fast_path = FastPath(nothing, observe=metrics.observer)

    def post(body: Any) -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": orjson.dumps(body), "more_body": False}

        scope = {"type": "http", "method": "POST", "path": "/lab/live"}
        asyncio.run(fast_path(scope, receive, nothing))

    post(["tok-known", {"key": ["secret text", 1]}])
    post(["tok-known", {"key": ["secret text", 2]}])
    post(["tok-known", {"other": ["secret text", 1]}])
    post(["tok-gone", {"key": ["secret text", 3]}])
    post("not a request")
    text = ask.get("/metrics").text
    found = values(text)
    assert found['logitlab_redraws_total{result="redrawn"}'] == 2
    assert found['logitlab_redraws_total{result="rerun"}'] == 2
    assert found["logitlab_redraw_seconds_count"] == 2
    assert 0.04 <= found["logitlab_redraw_seconds_sum"] < 2
    assert found['logitlab_redraw_seconds_bucket{le="0.016"}'] == 0
    assert "secret" not in text
    assert "tok-" not in text
    assert "key" not in text
