"""The app in a pseudo-terminal, at full speed: how soon a key shows, and what the screen costs.

The terminal is a real one for the app: it reads keys from it and draws on it; nothing is stubbed.
What it draws is read at once and thrown away, so the time that a terminal needs to show it is not
in these figures. The pace is counted in the ledger, with and without the screen in turn: in two
runs, whose paces differ by more than a screen costs, and in one run whose screen is held at times.
"""

from __future__ import annotations

import time

from run_process import RunProcess
from timing import Figure, median

BUSY = 16
"""Step from which on the run has models, an attack and signatures."""


ESCAPE = "\x1b"
_KEYS = (
    ("?", "let it go on", ESCAPE),
    ("F", "VIEW FROZEN", "F"),
    ("T", "decsim-light", ESCAPE),
    ("i", "Intensity", ESCAPE),
    (" ", "PAUS", " "),
)
"""Key, what it brings, and the key that takes it away: help, freeze, themes, a form, pause."""


def measure(quick: bool) -> list[Figure]:
    """Latency in ms and pace in steps/s."""
    agents, presses, window = (60, 3, 1.0) if quick else (1000, 25, 8.0)
    latencies: list[float] = []
    shown, unseen, going = [], [], []
    for _ in range(1 if quick else 5):
        with RunProcess(agents, screen=False) as process:
            process.wait_for_step(BUSY)
            unseen.append(process.pace(window))
        with RunProcess(agents, screen=True) as process:
            process.wait_for_step(BUSY)
            shown.append(process.pace(window))
            for _ in range(2):
                drawing = process.pace(window / 2)
                process.hold(True)
                going.append(drawing / process.pace(window / 2))
                process.hold(False)
            latencies += _latencies(process, presses)
    latencies.sort()
    with_screen, without = median(shown), median(unseen)
    return [
        Figure("key to paint, half of the keys within", 1e3 * median(latencies), "ms"),
        Figure("key to paint, 95 % within", 1e3 * latencies[int(0.95 * len(latencies))], "ms"),
        Figure(
            f"{agents:,} agents with the screen on",
            with_screen,
            "steps/s",
            f"without a screen: {without:.3g} steps/s",
            with_screen / without,
        ),
        Figure("the same run, against its screen held", median(going), "×"),
    ]


def _latencies(process: RunProcess, presses: int) -> list[float]:
    """Seconds from a key to what it brings on the screen, several keys in turn."""
    found = []
    for press in range(presses):
        key, shown, back = _KEYS[press % len(_KEYS)]
        before, pressed = process.press(key)
        found.append(process.wait_for(shown, before) - pressed)
        process.press(back)
        # Not in step with the screen's own ten updates per second.
        time.sleep(0.5 + 0.0173 * (press % 7))
    return found
