"""Users and groups: one's own, and who is at the other end of a socket."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import socket
import struct

from sim.errors import InputError
from sim.text import nearest, quoted

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


def own_groups() -> dict[str, int]:
    """Name and number of each group that this process is in, sorted."""
    names = {}
    for number in {os.getegid(), *os.getgroups()}:
        try:
            names[grp.getgrgid(number).gr_name] = number
        except KeyError:  # a number without a name: nobody can ask for it
            continue
    return dict(sorted(names.items()))


def own_group(name: str) -> int:
    """The number of a group that this process is in.

    Raises:
        InputError: there is no such group, or it is one of others.
    """
    own = own_groups()
    if name in own:
        return own[name]
    expected = f"expected one of yours: {', '.join(own)}"
    try:
        grp.getgrnam(name)
    except (KeyError, ValueError):
        raise InputError(
            f"--share-group: no group {quoted(name)} here{nearest(name, own)}; {expected}"
        ) from None
    raise InputError(f"--share-group: you are not in group {quoted(name)}, {expected}")
