"""Many visitors who move a slider once a second, as their browsers would.

Runs as a process of its own (`python -m bench.sessions URL VISITORS SECONDS PID WAY`; PID is the
server's, whose processor time it reads), so that its work is not the server's, and prints one line
of JSON. A visitor opens Streamlit's stream (BackMsg.rerun_script) and waits for the page. Then WAY
says how its slider speaks: "short" posts the value and gets the view's new messages (`ui/fast.py`),
falling back to the other where the server asks for it; "streamlit" sends the slider's component
state with the fragment that it lies in and waits for that run's end (ForwardMsg.script_finished).
It talks to 127.0.0.1 only, at most 200 visitors for at most 60 seconds.
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
PATIENCE = 30.0  # seconds for the first run of a page
QUERY = "source=table"
KEY = "T"
VALUES = [round(0.33 + 0.07 * i, 2) for i in range(40)]


@dataclass(slots=True)
class Visitor:
    """One session.

    Attributes:
        number: Which one; spreads the visitors over the second.
        element: Id of the slider's component.
        fragment: Id of the fragment that it lies in.
        page: The page's hash, as the server told it.
        answered: Milliseconds from each message to the end of its run.
        lost: Messages without an answer in time, or with another message's answer.
        fell: Messages for which the server asked for Streamlit's way.
        token: Name of the slider's view on the short way.
    """

    number: int
    element: str = ""
    fragment: str = ""
    page: str = ""
    answered: list[float] = field(default_factory=list)
    lost: int = 0
    fell: int = 0
    token: str = ""

    async def live(self, url: str, way: str, beginning: float, seconds: float, crowd: int) -> None:
        """Arrive, move the slider once a second until the time is up, leave."""
        origin = url.replace("ws", "http", 1)
        async with connect(
            f"{url}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Origin": origin},
            max_size=None,
        ) as stream:
            await stream.send(self._rerun())
            async with asyncio.timeout(PATIENCE):
                await self._run_of(stream, sequence=0)
            if not self.element:
                raise RuntimeError(f"the page has no live slider {KEY!r}")
            address = urlsplit(url)
            short = FastPath(address.hostname or "", address.port or 80)
            await asyncio.sleep(max(0.0, beginning - time.perf_counter()) + self.number / crowd)
            end = beginning + seconds
            sequence = 0
            while (start := time.perf_counter()) < end:
                sequence += 1
                value = VALUES[(sequence + self.number) % len(VALUES)]
                try:
                    async with asyncio.timeout(5):
                        if await self._move(stream, short, way, value, sequence):
                            self.answered.append(1000 * (time.perf_counter() - start))
                        else:
                            self.lost += 1
                except TimeoutError:
                    self.lost += 1
                await asyncio.sleep(max(0.0, start + 1 - time.perf_counter()))
            short.close()

    async def _move(
        self, stream: ClientConnection, short: FastPath, way: str, value: float, sequence: int
    ) -> bool:
        """Send a value; whether its own answer came."""
        if way == "short" and self.token:
            parts = await short.post(self.token, {KEY: [value, sequence]})
            if parts is not None:
                return unpack(parts[f"{KEY}·live"])["seq"] == sequence
        self.fell += way == "short"
        await stream.send(self._rerun(value, sequence))
        return await self._run_of(stream, sequence)

    def _rerun(self, value: float | None = None, sequence: int = 0) -> bytes:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = QUERY
        run.page_script_hash = self.page
        if value is not None:
            run.fragment_id = self.fragment
            state = run.widget_states.widgets.add()
            state.id = self.element
            state.json_value = json.dumps({"value": [value, sequence]})
        return message.SerializeToString()

    async def _run_of(self, stream: ClientConnection, sequence: int) -> bool:
        """Read until a run ends; whether the slider's answer to `sequence` came with it."""
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
        """Remember the slider; the number of the message that its delta answers."""
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
    url: str, visitors: int, seconds: float, pid: int, way: str = "short"
) -> dict[str, float]:
    """What `visitors` at once see for `seconds`: p50, p95, lost messages, server time of each."""
    address = urlsplit(url)
    if address.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError(f"url must be on 127.0.0.1, not {address.hostname}; give a local server")
    if not 1 <= visitors <= MOST_VISITORS:
        raise ValueError(f"visitors is {visitors}; it takes 1 to {MOST_VISITORS}")
    if not 0 < seconds <= LONGEST_SECONDS:
        raise ValueError(f"seconds is {seconds}; it takes up to {LONGEST_SECONDS:g}")
    if way not in ("short", "streamlit"):
        raise ValueError(f'way is {way!r}; it takes "short" or "streamlit"')
    everybody = [Visitor(number) for number in range(visitors)]
    # Their first runs need about 50 ms each; nobody begins before all have arrived.
    beginning = time.perf_counter() + 2 + 0.12 * visitors
    spent = asyncio.create_task(_spent(pid, beginning, seconds))
    await asyncio.gather(
        *(
            _arrive(visitor, url.replace("http", "ws", 1), way, beginning, seconds, visitors)
            for visitor in everybody
        )
    )
    taken = [value for visitor in everybody for value in visitor.answered]
    return {
        "visitors": visitors,
        "messages": len(taken),
        "lost": sum(visitor.lost for visitor in everybody),
        "fell": sum(visitor.fell for visitor in everybody),
        "p50": quantile(taken, 0.5) if taken else float("nan"),
        "p95": quantile(taken, 0.95) if taken else float("nan"),
        "spent": 1000 * await spent / len(taken) if taken else float("nan"),
    }


async def _spent(pid: int, beginning: float, seconds: float) -> float:
    """Seconds of processor time that the server takes while the sliders move."""

    def used() -> float:
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system

    await asyncio.sleep(beginning - time.perf_counter())
    before = used()
    await asyncio.sleep(seconds + 0.5)
    return used() - before


async def _arrive(
    visitor: Visitor, url: str, way: str, beginning: float, seconds: float, crowd: int
) -> None:
    await asyncio.sleep(0.08 * visitor.number)  # a classroom does not click in the same instant
    await visitor.live(url, way, beginning, seconds, crowd)


def main(arguments: list[str]) -> None:
    """`URL VISITORS SECONDS PID WAY`."""
    url, visitors, seconds, pid, way = arguments
    seen = asyncio.run(crowd(url, int(visitors), float(seconds), int(pid), way))
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])
