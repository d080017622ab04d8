"""The name of a user: one's own, and that of who is at the other end of a socket."""

from __future__ import annotations

import getpass
import os
import pwd
import socket
import struct

_CREDENTIALS = struct.Struct("3i")
"""Process, user and group, as Linux gives them."""


def user_name() -> str:
    """The name of whoever runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # the number has no name here
        return str(os.getuid())


def peer_name(descriptor: int, claimed: str) -> str:
    """The name of the user at the other end of a Unix socket.

    Args:
        descriptor: of the socket.
        claimed: what that end says; believed where the system does not know.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return claimed
    with socket.socket(fileno=os.dup(descriptor)) as near:
        data = near.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(data)
    return name_of(user)


def name_of(user: int) -> str:
    """The name of a user, or the number where it has none here."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
