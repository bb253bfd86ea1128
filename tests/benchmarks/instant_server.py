"""A chat-completions server that answers at once, or after a set time, at next to no cost.

Runs as a process of its own (`python instant_server.py DELAY_SECONDS`) and prints its port. It parses no more of a
request than its length, so that what a benchmark measures is the client.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

OUTPUT = '{\\"answer\\":\\"' + "word " * 120 + '\\"}'
BODY = (
    '{"id":"c","object":"chat.completion","model":"instant","choices":[{"index":0,"finish_reason":"stop",'
    f'"message":{{"role":"assistant","content":"{OUTPUT}"}}}}],'
    '"usage":{"prompt_tokens":900,"completion_tokens":130,"total_tokens":1030}}'
).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Instant(asyncio.Protocol):
    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class, which derives from none of asyncio's

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (head := self.received.find(b"\r\n\r\n")) >= 0:
            lines = self.received[:head].lower()
            at = lines.find(b"content-length:")
            length = int(lines[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.received) < head + 4 + length:
                return
            self.received = self.received[head + 4 + length :]
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.answer)
            else:
                self.answer()

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(ANSWER)


async def main(delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Instant(delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1])))
