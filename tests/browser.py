"""A headless Chromium, driven by its own protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

SECONDS = 60.0


class Browser:
    """One page in a browser of its own.

    Args:
        program: Chromium.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Browser:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                self._program, "--headless=new", "--no-sandbox", "--disable-gpu",
                "--enable-unsafe-swiftshader", "--remote-debugging-port=0", "--no-first-run",
                "--window-size=1200,900", f"--user-data-dir={self._folder.name}", "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._session = aiohttp.ClientSession()
        port = await self._port()
        async with self._session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [page for page in await answer.json() if page["type"] == "page"]
        address = pages[0]["webSocketDebuggerUrl"]
        self._line = await self._session.ws_connect(address, max_msg_size=0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._line.close()
        await self._session.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    async def _port(self) -> int:
        file = Path(self._folder.name) / "DevToolsActivePort"
        end = time.monotonic() + SECONDS
        while not (file.exists() and file.read_text().strip()):
            assert time.monotonic() < end and self._process.poll() is None, "no browser"
            await asyncio.sleep(0.05)
        return int(file.read_text().split()[0])

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol; its result."""
        number = next(self._numbers)
        await self._line.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = await asyncio.wait_for(self._line.receive_json(), SECONDS)
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    async def press(self, character: str) -> None:
        """A key that types something."""
        key = {"key": character, "windowsVirtualKeyCode": ord(character.upper())}
        await self.do("Input.dispatchKeyEvent", type="keyDown", text=character, **key)
        await self.do("Input.dispatchKeyEvent", type="keyUp", **key)

    async def value(self, expression: str) -> Any:
        """What a script comes to."""
        found = await self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    async def picture(self) -> bytes:
        """What is seen, as a PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot"))["data"])
