"""The app in a browser: pages behind a secret, each a viewer of one engine."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable

import pytest
from cli_harness import assert_one_error_line, call

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")

PATIENCE = 60.0
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def engine() -> dict[str, object]:
    [found] = json.loads(call("ps", "--json").out)["engines"]
    return found


async def soon(condition: Callable[[dict[str, object]], object]) -> dict[str, object]:
    end = time.monotonic() + PATIENCE
    while not condition(found := engine()):
        assert time.monotonic() < end, found
        await asyncio.sleep(0.1)
    return found


async def shown(page: aiohttp.ClientWebSocketResponse, text: bytes) -> None:
    """Wait until a page is sent a text."""
    while text not in await asyncio.wait_for(page.receive_bytes(), PATIENCE):
        pass


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Of the pages of a run."""
    started = call("start", "--agents", "6", "--set", "detection.trees=8", "--run-dir", "r")
    assert started.code == 0, started.err
    server = subprocess.Popen(
        [sys.executable, "-m", "tui", "web", "r"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ.copy(),
    )  # fmt: skip
    try:
        yield server.stdout.readline().strip()
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) in (0, 130)
        await soon(lambda e: (e["viewers"], e["state"]) != (1, "stopped") and not e["viewers"])
    finally:
        server.kill()
        server.wait()
        assert call("stop", "r").code == 0
    assert call("replay", "r").code == 0


@pytest.mark.live
async def test_a_page_is_a_viewer_and_only_who_knows_the_secret_gets_in(address: str) -> None:
    base, _, token = address.rstrip("/").rpartition("/")
    assert base.startswith("http://127.0.0.1:") and len(token) > 30
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/ws", "/static/js/textual.js", f"/{token[:-1]}/", f"/{token}x/ws"):
            async with session.get(base + path) as answer:
                assert answer.status == 404, path
        async with session.get(address) as answer:
            page = await answer.text()
            assert answer.status == 200 and f"/{token}/ws" in page
            assert "font-src 'self'" in answer.headers["Content-Security-Policy"]
        page = session.ws_connect(f"{address}ws?width=100&height=30")
        other = session.ws_connect(f"{address}ws?width=80&height=24")
        async with page as first, other as second:
            await soon(lambda e: e["viewers"] == 2)
            await second.close()
            await soon(lambda e: e["viewers"] == 1)
            await shown(first, b"RUNNING")
            await first.send_json(["stdin", " "])
            await soon(lambda e: e["state"] == "paused")
            await shown(first, b"PAUSED")
            await first.send_json(["stdin", " "])
            before = await soon(lambda e: e["state"] == "running")
        await soon(lambda e: not e["viewers"] and e["step"] > before["step"])


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
async def test_a_real_browser_shows_it_and_steers_it(address: str) -> None:
    from browser import Browser

    async with Browser(CHROMIUM) as page:
        await page.do("Page.enable")
        await page.do("Page.navigate", url=address)
        await soon(lambda e: e["viewers"] == 1)
        end = time.monotonic() + PATIENCE
        while not await page.value("document.body.classList.contains('-first-byte')"):
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)  # the page fades in
        picture = await page.picture()
        assert picture.startswith(b"\x89PNG") and len(picture) > 20_000, "a blank page is smaller"
        await page.do("Page.bringToFront")
        await page.press(" ")  # without a click before
        await soon(lambda e: e["state"] == "paused")
    await soon(lambda e: not e["viewers"])


@pytest.mark.live
def test_what_cannot_be_served_is_said() -> None:
    result = call("web")
    assert_one_error_line(result)
    assert "no engine is alive" in result.err
    assert_one_error_line(call("web", "nothing"))
