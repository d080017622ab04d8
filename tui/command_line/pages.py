"""A server of pages, each with the app on one engine; only who knows its address gets in."""

from __future__ import annotations

import secrets
import socket

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server

HOST = "127.0.0.1"
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://{host}"
)
"""A page loads nothing from anywhere else, not even a font."""
_FOCUS = """<script>
  (function focus() {
    const keys = document.querySelector(".xterm-helper-textarea");
    keys ? keys.focus() : setTimeout(focus, 50);
  })();
</script>
</body>"""
"""The terminal of a page takes keys as soon as it is there, without a click."""


class PageServer(Server):
    """Serves one command to any number of pages.

    Args:
        command: what a page runs, as a shell reads it.
        listening: a socket of `HOST` that is bound.
        title: what the browser shows.
    """

    def __init__(self, command: str, listening: socket.socket, title: str) -> None:
        self._socket = listening
        self._token = secrets.token_urlsafe(24)
        port = listening.getsockname()[1]
        super().__init__(command, HOST, port, title, public_url=f"http://{HOST}:{port}")

    @property
    def address(self) -> str:
        """Where the pages are; whoever knows it can steer the run."""
        return f"{self.public_url}/{self._token}/"

    def run(self) -> None:
        """Serve until somebody interrupts."""
        web.run_app(self._make_app(), sock=self._socket, print=None, shutdown_timeout=5.0)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: whoever made this knows the address."""

    async def _make_app(self) -> web.Application:
        """All that there is lies behind the token."""
        whole = web.Application(middlewares=[_with_focus])
        whole.add_subapp(f"/{self._token}", await super()._make_app())
        whole.on_response_prepare.append(self._guard)
        return whole

    async def _guard(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = _POLICY.format(host=request.host)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cache-Control"] = "no-store"


@web.middleware
async def _with_focus(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if isinstance(response, web.Response) and response.content_type == "text/html":
        response.text = (response.text or "").replace("</body>", _FOCUS, 1)
    return response


def bound(port: int) -> socket.socket:
    """A socket at a port of this machine alone; 0 takes any that is free.

    Raises:
        OSError: it is taken.
    """
    listening = socket.socket(socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # who has the address early waits
    except OSError:
        listening.close()
        raise
    return listening
