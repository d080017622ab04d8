"""What an address looks like: of the internet, or of a network card."""

from __future__ import annotations

import ipaddress
import re

_HARDWARE = re.compile(
    r"[0-9a-f]{2}(?P<gap>[:-])[0-9a-f]{2}((?P=gap)[0-9a-f]{2}){1,6}|([0-9a-f]{4}\.){2}[0-9a-f]{4}",
    re.IGNORECASE,
)
"""An Ethernet address, or the first half of one, which names its maker."""
_BEHIND = re.compile(r"/\d{1,3}$|(?<=\]):\d{1,5}$|(?<=\d)[:#]\d{1,5}$")
"""What may follow an address: a prefix length or a port."""


_PADDED = re.compile(r"(?:(?:0\d\d|0\d|\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}")
"""An IP address with leading zeros, as in the lists of DARPA: 192.168.001.010."""


def is_address(text: str) -> bool:
    """Tell whether `text` is an IP address, perhaps with leading zeros."""
    return is_plain_address(text) or _PADDED.fullmatch(text) is not None


def is_plain_address(text: str) -> bool:
    """Tell whether `text` is an IP address without leading zeros."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_hardware(text: str) -> bool:
    """Tell whether `text` is an Ethernet address, or the part of one that names its maker."""
    return _HARDWARE.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Tell whether `text` names a host: an address of any kind, perhaps with a port or prefix."""
    if is_address(text) or is_hardware(text):
        return True
    return is_address(_BEHIND.sub("", text).strip("[]"))
