"""One visitor floods the fast path while another moves a slider.

`python -m tests.e2e.flood URL` prints one line of JSON: the other visitor's p95 in milliseconds,
without and with the flood. The flood comes from another process, so that it does not slow down the
measuring: `python -m tests.e2e.flood URL SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bench.fast_path import FastPath
from bench.figures import quantile
from bench.sessions import KEY, VALUES, Visitor

CONNECTIONS = 40
MOVES = 60
PAUSE_S = 0.04  # between two moves, about the time in which a browser paints


@asynccontextmanager
async def visit(url: str) -> AsyncGenerator[tuple[Visitor, FastPath]]:
    """Open a page as a visitor; the session lasts as long as the block."""
    visitor, address = Visitor(0), urlsplit(url)
    async with connect(
        f"{url.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    ) as stream:
        await stream.send(visitor._rerun())
        await visitor._run_of(stream, sequence=0)
        assert visitor.token
        fast = FastPath(address.hostname or "", address.port or 80)
        yield visitor, fast
        fast.close()


async def flood(url: str, seconds: float) -> dict[str, int]:
    """Post one visitor's view as fast as 40 connections can."""
    address = urlsplit(url)
    answered = refused = 0
    async with visit(url) as (visitor, _fast):
        print("the flood begins", flush=True)
        end = time.perf_counter() + seconds

        async def pour(first: int) -> None:
            nonlocal answered, refused
            fast = FastPath(address.hostname or "", address.port or 80)
            sequence = first
            while time.perf_counter() < end:
                sequence += CONNECTIONS
                value = VALUES[sequence % len(VALUES)]
                parts = await fast.post(visitor.token, {KEY: [value, sequence]})
                answered += parts is not None
                refused += parts is None
            fast.close()

        await asyncio.gather(*(pour(i) for i in range(CONNECTIONS)))
    return {"answered": answered, "refused": refused}


async def moves(visitor: Visitor, fast: FastPath) -> float:
    """Move a slider; return the p95 of the responses in milliseconds."""
    taken = []
    for _ in range(MOVES):
        visitor.number += 1
        start = time.perf_counter()
        value = VALUES[visitor.number % len(VALUES)]
        parts = await fast.post(visitor.token, {KEY: [value, visitor.number]})
        assert parts is not None, "a visitor who moves one slider is always answered"
        taken.append(1000 * (time.perf_counter() - start))
        await asyncio.sleep(PAUSE_S)
    return quantile(taken, 0.95)


async def compare(url: str) -> dict[str, float]:
    """Measure a visitor's p95 without and with the flood."""
    async with visit(url) as (visitor, fast):
        await moves(visitor, fast)
        quiet = await moves(visitor, fast)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.flood", url, "8"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        began = asyncio.create_task(asyncio.to_thread(process.stdout.readline))
        while not began.done():
            await moves(visitor, fast)  # An idle connection would be closed.
        loud = await moves(visitor, fast)
        counts = json.loads((await asyncio.to_thread(process.communicate))[0])
    return {"quiet": quiet, "loud": loud, **counts}


if __name__ == "__main__":
    url, *seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(flood(url, float(seconds[0])) if seconds else compare(url))))
