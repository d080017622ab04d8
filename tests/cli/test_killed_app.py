"""`kill -9` of the app, its engine or both under steering: no acknowledged command is lost.

A page of the ledger is overwritten on purpose in every session, and the kill comes at random.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from cli_harness import call
from terminal_app import app_on_a_terminal, watch_until_it_steps

from sim.archive.directory import RunDirectory
from sim.commands import InjectFault, SetParameter
from sim.commands.payload import to_payload
from sim.host.attached import AttachedEngine
from tui.command_line.engines import alive, meant

PATIENCE = 60.0
ARGUMENTS = ["--agents", "6", "--set", "detection.trees=8", "--run-dir", "r"]
LINES = (
    "set detection.threshold .{0}",
    "set consensus.quorum .{0}",
    "inject ddos 30% for {0}",
    "poison 20%",
    "honest",
    "fault agent_crash 3",
    "fault corrupt_page for 3",
    "fault slow_disk for 2",
)
"""What is typed on the screen."""
Acknowledged = Counter[tuple[int, str, str]]
"""Step, kind and payload of commands that became rows."""


class Session:
    """The app on a terminal, and a viewer beside it that steers, too, and is told what is done."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)
        self._app, self._terminal = app_on_a_terminal(ARGUMENTS)
        watch_until_it_steps(self._terminal)
        until = time.monotonic() + PATIENCE
        while not alive():
            assert time.monotonic() < until
            self._drain(0.1)
        address, welcome = meant("r")
        self._engine = welcome.pid
        self._viewer = AttachedEngine(address)
        self._viewer.start()
        self._viewer.submit(InjectFault("corrupt_page", duration=1_000))
        self._seen: dict[int, tuple[int, str, str]] = {}

    def steer(self, deeds: int) -> None:
        """Type on the screen and give commands beside it."""
        for _ in range(deeds):
            number = self._dice.randint(50, 90)
            if self._dice.random() < 0.4:
                self._viewer.submit(SetParameter("detection.threshold", number / 100))
            else:
                self._type(f":{self._dice.choice(LINES).format(number)}\r")
            self._look(self._dice.random() * 0.3)

    def settle(self) -> None:
        """Wait until the damage has been done and something was acknowledged."""
        until = time.monotonic() + PATIENCE
        while not any(kind == "inject_fault" for _, kind, _ in self._seen.values()):
            assert time.monotonic() < until
            self._look(0.05)

    def kill(self, who: str) -> Acknowledged:
        """`kill -9`; what had been acknowledged by then."""
        self._look(self._dice.random() * 0.5)
        if who in ("screen", "both"):
            self._app.kill()
        if who in ("engine", "both"):
            os.kill(self._engine, signal.SIGKILL)
        self._look(0.0)
        self._viewer.detach()
        if who == "screen":
            assert call("stop", "r").code == 0
        self._app.kill()
        self._app.wait(PATIENCE)
        os.close(self._terminal)
        until = time.monotonic() + PATIENCE
        while RunDirectory.open(Path("r")).locked().taken:
            assert time.monotonic() < until
        return Counter(self._seen.values())

    def _type(self, keys: str) -> None:
        for key in keys:
            os.write(self._terminal, key.encode())
            self._look(0.01)

    def _drain(self, seconds: float) -> None:
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        with suppress(OSError):
            if ready:
                os.read(self._terminal, 65536)

    def _look(self, seconds: float) -> None:
        """Read what the screen writes and note what the viewer is told."""
        until = time.monotonic() + seconds
        while True:
            self._drain(0.01)
            for entry in self._viewer.snapshot.journal:
                if entry.seq >= 0:
                    payload = json.dumps(to_payload(entry.order.command), sort_keys=True)
                    self._seen[entry.seq] = (entry.step, entry.kind, payload)
            if time.monotonic() >= until:
                return


def recorded(run: str) -> Acknowledged:
    """The journal as it is exported."""
    rows = json.loads(call("export", run, "--what", "journal", "--format", "json").out)
    return Counter(
        (row["step"], row["kind"], json.dumps(row["payload"], sort_keys=True)) for row in rows
    )


def killed_and_resumed(seed: int, who: str, deeds: int) -> int:
    """A session, its end, and what comes after; how many commands had been acknowledged."""
    session = Session(seed)
    session.steer(deeds)
    session.settle()
    acknowledged = session.kill(who)
    resumed = call("resume", "r", "--headless", "--steps", "1")
    assert resumed.code == 0, resumed
    assert call("verify", "r").code == 0
    lost = acknowledged - recorded("r")
    assert not lost, (seed, who, lost)
    return acknowledged.total()


@pytest.mark.live
@pytest.mark.parametrize("who", ["screen", "both"])
def test_no_acknowledged_command_is_lost(who: str) -> None:
    assert killed_and_resumed(7, who, 4) > 0
    assert call("replay", "r").code == 0


@pytest.mark.long
@pytest.mark.live
@pytest.mark.parametrize("seed", range(72))
def test_none_is_lost_whoever_dies(seed: int, tmp_path: Path) -> None:
    killed_and_resumed(seed, ("screen", "engine", "both")[seed % 3], 5 + seed % 16)
