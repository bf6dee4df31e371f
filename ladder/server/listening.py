"""What a browser says over a WebSocket: JSON objects of a bounded length."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from ladder import given

TOO_LONG = 1009  # closing code


async def listen(
    socket: WebSocket, hear: Callable[[Mapping[str, object]], Awaitable[None]], awake: asyncio.Event, most: int
) -> None:
    """Gives each JSON object that the browser sends to `hear`, one after the other, and ignores all other messages.
    Ends with the connection, which it closes itself after a message of more than `most` letters. Sets `awake` at the
    end."""
    try:
        while True:
            text = await socket.receive_text()
            if len(text) > most:
                await socket.close(TOO_LONG)
                return
            words: object = None
            with contextlib.suppress(ValueError):
                words = given.parsed(text)
            if isinstance(words, dict):
                await hear(words)
    except (WebSocketDisconnect, RuntimeError, KeyError):
        pass
    finally:
        awake.set()
