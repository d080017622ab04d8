"""A connection over which whole messages go, in both directions."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from sim.host.messages import Message, decode, encode
from sim.machine.user import peer_name
from sim.text import shown


class Line:
    """One end; any thread may send, one receives.

    Args:
        near: the socket, which is the line's from now on.
    """

    def __init__(self, near: socket.socket) -> None:
        self._connection = Connection(near.detach())
        self._sending = threading.Lock()

    def send(self, message: Message) -> None:
        """Send one message whole.

        Raises:
            OSError: the other end is gone.
        """
        data = encode(message)
        with self._sending:
            self._connection.send_bytes(data)

    def receive(self, largest: int | None = None) -> Message:
        """Wait for the next message.

        Args:
            largest: bytes that one may have; all else is taken for noise.

        Raises:
            EOFError: the other end is gone.
            OSError: likewise, or the message is too large.
            HostError: what came is no message.
        """
        return decode(self._connection.recv_bytes(largest))

    def waits(self, seconds: float) -> bool:
        """Whether something comes within so many seconds, be it the end."""
        return self._connection.poll(seconds)

    def giver(self, claimed: str, viewer: int) -> str:
        """Whoever gives orders at the other end: user and number of the viewer.

        Args:
            claimed: the user, as the other end says; the system knows better.
            viewer: number of the viewer.
        """
        name = shown(peer_name(self._connection.fileno(), claimed), 64)
        return f"{name}@{viewer}"

    def hang_up(self) -> None:
        """End the conversation, also for a thread that listens: closing alone would not wake it."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as near:
            near.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()
