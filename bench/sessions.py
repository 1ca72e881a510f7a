"""Simulate many visitors who each move a slider once per second.

This runs as a separate process (`python -m bench.sessions URL VISITORS SECONDS PID WAY`), so that
its CPU time is not counted as the server's, and prints one line of JSON. PID is the server's
process id, whose CPU time it reads. A visitor connects to Streamlit's websocket
(BackMsg.rerun_script) and waits for the page. WAY selects how the slider's value is sent: "fast"
posts it to the fast path (`ui/fast_path`) and falls back to a rerun if the server requires it;
"streamlit" sends the component's state with its fragment and waits for the end of that run
(ForwardMsg.script_finished). Only 127.0.0.1 is allowed, with at most 200 visitors for 60 seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.fast_path import FastPath
from bench.figures import quantile
from ui.wire import unpack

MOST_VISITORS = 200
LONGEST_SECONDS = 60.0
PATIENCE = 30.0  # maximum seconds for the first run of a page
PAGE = "sampling"
QUERY = "source=table"
KEY = "T"
REST_S = 2.0  # between the last arrival and the first move
VALUES = [round(0.33 + 0.07 * i, 2) for i in range(40)]


class _Meeting:
    """The time at which the sliders begin to move: once every visitor's page has been drawn.

    A page's first run costs the server as much as ten moves. At a fixed time, a slow machine would
    measure moves that wait for the pages of those who are still arriving.
    """

    def __init__(self, crowd: int) -> None:
        """Wait for `crowd` visitors."""
        self.crowd = crowd
        self.started = asyncio.Event()
        self._missing = crowd
        self.beginning = 0.0

    async def begin(self) -> float:
        """Wait for the others and for the server's rest; return the time of the beginning."""
        self._missing -= 1
        if self._missing == 0:
            await asyncio.sleep(REST_S)
            self.beginning = time.perf_counter()
            self.started.set()
        await self.started.wait()
        return self.beginning


@dataclass(slots=True)
class Visitor:
    """A simulated visitor with one session.

    Attributes:
        number: Index, by which the visitors are spread over the second.
        element: Id of the slider's component.
        fragment: Id of the slider's fragment.
        page: Hash of the page, from the server.
        answered: Milliseconds from each message to its response.
        lost: Number of messages without a correct response in time.
        fell: Number of messages that fell back to a Streamlit rerun.
        token: Token of the slider's view on the fast path.
    """

    number: int
    element: str = ""
    fragment: str = ""
    page: str = ""
    answered: list[float] = field(default_factory=list)
    lost: int = 0
    fell: int = 0
    token: str = ""

    async def live(self, url: str, way: str, meeting: _Meeting, seconds: float) -> None:
        """Connect, move the slider once per second until the time is up, and disconnect."""
        origin = url.replace("ws", "http", 1)
        async with connect(
            f"{url}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Origin": origin},
            max_size=None,
            open_timeout=PATIENCE,
        ) as stream:
            await stream.send(self._rerun())
            async with asyncio.timeout(PATIENCE):
                await self._run_of(stream, sequence=0)
            if not self.element:
                raise RuntimeError(f"the page has no live slider {KEY!r}")
            address = urlsplit(url)
            fast = FastPath(address.hostname or "", address.port or 80)
            end = await meeting.begin() + seconds
            await asyncio.sleep(self.number / meeting.crowd)
            sequence = 0
            while (start := time.perf_counter()) < end:
                sequence += 1
                value = VALUES[(sequence + self.number) % len(VALUES)]
                try:
                    async with asyncio.timeout(5):
                        if await self._move(stream, fast, way, value, sequence):
                            self.answered.append(1000 * (time.perf_counter() - start))
                        else:
                            self.lost += 1
                except TimeoutError:
                    self.lost += 1
                await asyncio.sleep(max(0.0, start + 1 - time.perf_counter()))
            fast.close()

    async def _move(
        self, stream: ClientConnection, fast: FastPath, way: str, value: float, sequence: int
    ) -> bool:
        """Send a value; return whether the matching response arrived."""
        if way == "fast" and self.token:
            parts = await fast.post(self.token, {KEY: [value, sequence]})
            if parts is not None:
                return unpack(parts[f"{KEY}·live"])["seq"] == sequence
        self.fell += way == "fast"
        await stream.send(self._rerun(value, sequence))
        return await self._run_of(stream, sequence)

    def _rerun(self, value: float | None = None, sequence: int = 0) -> bytes:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = QUERY
        run.page_script_hash = self.page
        run.page_name = "" if self.page else PAGE
        if value is not None:
            run.fragment_id = self.fragment
            state = run.widget_states.widgets.add()
            state.id = self.element
            state.json_value = json.dumps({"value": [value, sequence]})
        return message.SerializeToString()

    async def _run_of(self, stream: ClientConnection, sequence: int) -> bool:
        """Read until a run ends; return whether it contained the reply to `sequence`."""
        right = False
        while True:
            data = await stream.recv()
            message = ForwardMsg()
            message.ParseFromString(data if isinstance(data, bytes) else data.encode())
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self.page = message.navigation.page_script_hash
            elif kind == "delta":
                right = self._take(message) == sequence or right
            elif kind == "script_finished":
                finished = message.script_finished
                if finished in (
                    ForwardMsg.FINISHED_SUCCESSFULLY,
                    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
                ):
                    return right

    def _take(self, message: ForwardMsg) -> int | None:
        """Remember the slider's ids; return the number of the message that the delta answers."""
        element = message.delta.new_element
        if element.WhichOneof("type") != "bidi_component":
            return None
        component = element.bidi_component
        if component.component_name.rpartition("_")[2] != "slider":
            return None
        if self.element and component.id != self.element:
            return None
        head = unpack(component.bytes)
        if head.get("key") != KEY:
            return None
        self.element = component.id
        self.token = head.get("live") or self.token
        self.fragment = message.delta.fragment_id or self.fragment
        return head["seq"]


async def crowd(
    url: str, visitors: int, seconds: float, pid: int, way: str = "fast"
) -> dict[str, float]:
    """Simulate `visitors` for `seconds`; return latencies, lost messages and server time."""
    address = urlsplit(url)
    if address.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError(f"url must be on 127.0.0.1, not {address.hostname}; use a local server")
    if not 1 <= visitors <= MOST_VISITORS:
        raise ValueError(f"visitors must be 1 to {MOST_VISITORS}; got {visitors}")
    if not 0 < seconds <= LONGEST_SECONDS:
        raise ValueError(f"seconds must be in (0, {LONGEST_SECONDS:g}]; got {seconds}")
    if way not in ("fast", "streamlit"):
        raise ValueError(f'way must be "fast" or "streamlit"; got {way!r}')
    everybody = [Visitor(number) for number in range(visitors)]
    meeting = _Meeting(visitors)
    spent = asyncio.create_task(_spent(pid, meeting, seconds))
    start = time.perf_counter()
    ways = url.replace("http", "ws", 1), way, meeting, seconds
    await asyncio.gather(*(_arrive(visitor, *ways) for visitor in everybody))
    taken = [value for visitor in everybody for value in visitor.answered]
    return {
        "visitors": visitors,
        "messages": len(taken),
        "lost": sum(visitor.lost for visitor in everybody),
        "fell": sum(visitor.fell for visitor in everybody),
        "p50": quantile(taken, 0.5) if taken else float("nan"),
        "p95": quantile(taken, 0.95) if taken else float("nan"),
        "spent": 1000 * await spent / len(taken) if taken else float("nan"),
        "arrived": meeting.beginning - start - REST_S,
    }


async def _spent(pid: int, meeting: _Meeting, seconds: float) -> float:
    """Return the server's CPU time in seconds while the sliders move."""

    def used() -> float:
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system

    await meeting.started.wait()
    before = used()
    await asyncio.sleep(seconds + 0.5)
    return used() - before


async def _arrive(visitor: Visitor, url: str, way: str, meeting: _Meeting, seconds: float) -> None:
    await asyncio.sleep(0.08 * visitor.number)  # visitors do not all arrive at the same time
    await visitor.live(url, way, meeting, seconds)


def main(arguments: list[str]) -> None:
    """Run the simulation with the arguments `URL VISITORS SECONDS PID WAY`."""
    url, visitors, seconds, pid, way = arguments
    seen = asyncio.run(crowd(url, int(visitors), float(seconds), int(pid), way))
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])
