"""A persistent connection that posts changed controls as a browser does."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

from ui.wire import unpack


class FastPath:
    """One persistent HTTP/1.1 connection to the server, opened at the first post."""

    def __init__(self, host: str, port: int) -> None:
        """Store the address; the first post opens the connection."""
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, token: str, changed: dict[str, Any]) -> dict[str, Any] | None:
        """Return the new messages of the view's components by key; None: use a Streamlit rerun."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        body = json.dumps([token, changed]).encode()
        writer.write(
            f"POST /lab/live HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Accept-Encoding: gzip\r\nContent-Type: text/plain;charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        status, headers = await self._head(reader)
        if headers.get("transfer-encoding") == "chunked":
            data = await self._chunks(reader)
        else:
            data = await reader.readexactly(int(headers.get("content-length", "0")))
        if status != 200:
            return None
        if headers.get("content-encoding") == "gzip":
            data = gzip.decompress(data)
        return {key: raw.tobytes() for key, raw in unpack(data)["parts"].items()}

    async def _head(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in fields}

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        pieces = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            pieces.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(pieces)

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
