"""Faults in one line of text, as `--set simulation.faults=disk_full@20x5` gives them."""

from __future__ import annotations

import re

from sim.commands import FAULTS, InjectFault, from_payload
from sim.config.document import LAST_STEP, TimelineEntry
from sim.errors import CommandRejectedError, ConfigError
from sim.text import nearest, quoted

KEY = "simulation.faults"
_ONE = re.compile(r"(?P<kind>[a-z_]+)@(?P<at>[0-9]{1,10})(?:x(?P<duration>[0-9]{1,7}))?")


def parse_faults(text: str, where: str) -> tuple[TimelineEntry, ...]:
    """The commands that a comma-separated list of `KIND@STEP` or `KIND@STEPxDURATION` stands for.

    Args:
        text: the list; empty is none.
        where: what the message of an error begins with.

    Raises:
        ConfigError: it is no such list; the message says what was expected.
    """
    return tuple(_parsed(part.strip(), where) for part in text.split(",") if part.strip())


def _parsed(text: str, where: str) -> TimelineEntry:
    found = _ONE.fullmatch(text)
    if found is None or not 1 <= int(found["at"]) <= LAST_STEP:
        raise ConfigError(
            f"{where}: {KEY}: {quoted(text)} is no fault, expected KIND@STEP or"
            " KIND@STEPxDURATION, e.g. disk_full@20x5"
        )
    if found["kind"] not in FAULTS:
        raise ConfigError(
            f"{where}: {KEY}: {quoted(found['kind'])} is not one of {', '.join(FAULTS)}"
            f"{nearest(found['kind'], FAULTS)}"
        )
    payload = {"kind": found["kind"]}
    if found["duration"]:
        payload["duration"] = int(found["duration"])
    try:
        command = from_payload("inject_fault", payload)
    except CommandRejectedError as error:
        raise ConfigError(f"{where}: {KEY}: {quoted(text)}: {error}") from None
    assert isinstance(command, InjectFault)
    return TimelineEntry(int(found["at"]), command)
