"""A Redis server for the tests of rooms that several processes share."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from tools.serving import free_port

MISSING = "redis-server was not found; install it with `apt-get install redis-server`."


class RedisServer:
    """Debian's redis-server on a free port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [*command, "--dir", str(folder)], stdout=subprocess.DEVNULL
        )
        client = redis.Redis(port=self.port)
        for _ in range(200):
            with suppress(redis.ConnectionError):
                client.ping()
                return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = RedisServer(tmp_path)
    yield server
    server.stop()
