"""What the screen sends, by the delta driver and by Textual's own: bytes, frames, processor time.

The same scripted session under both, on a pseudo-terminal that answers as a terminal does. Frames
are counted by their synchronised updates. With `htop`, `top` and `btop` beside them where they are
installed, and with a line of 64 kbit/s and 200 ms between the app and its terminal.

`python tests/benchmarks/run.py bytes`, or by itself beside the app of another checkout, an earlier
commit say: `python tests/benchmarks/bytes.py --against FOLDER`
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from screen_session import AppSession, Count, Line, ScreenSession
from timing import ROOT, Figure, machine, median, table

SIZES = ((80, 24), (120, 40), (200, 60))
AGENTS = (64, 200, 1000)
REFERENCE = (120, 40), 200
ESCAPE = "\x1b"
_KEYS = ((" ", "PAUS", " "), ("F", "frozen", "F"), ("T", "decsim-light", ESCAPE))
"""Key, what it brings, and the key that takes it away: pause, freeze, themes."""
_MONITORS = ("htop", "top", "btop")
_SLOW = Line(8000, 0.1)
"""64 kbit/s, 200 ms there and back."""


def measure(quick: bool) -> list[Figure]:
    """KB/s, bytes a frame, milliseconds a frame; against Textual's own driver."""
    window = 1.0 if quick else 6.0
    figures = _session(window, 1 if quick else 3)
    if not quick:
        for size in SIZES:
            for agents in AGENTS:
                if (size, agents) != REFERENCE:
                    figures += _running(size, agents, window)
        figures += _own_pace(window)
    figures += _monitors(window)
    return figures + _slow_line(3 if quick else 40, window)


def _session(window: float, runs: int) -> list[Figure]:
    """The reference, phase by phase, in turn with either driver."""
    counts: dict[bool, list[dict[str, Count]]] = {True: [], False: []}
    for _ in range(runs):
        for stock in (True, False):
            with AppSession(REFERENCE[1], stock=stock) as session:
                session.settle(window)
                counts[stock].append(_phases(session, window))
    figures = []
    for phase in counts[True][0]:
        stock, delta = ([run[phase] for run in counts[each]] for each in (True, False))
        figures.append(_rate(f"200 agents at full speed, {phase}", delta, stock))
        if phase == "running":
            figures.append(_cost(delta, stock))
    return [
        *figures,
        _whole(*([_sum(list(run.values())) for run in counts[each]] for each in (False, True))),
    ]


def _whole(delta: list[Count], stock: list[Count]) -> Figure:
    """All that the same keys in the same time brought, pauses included."""
    ours, theirs = _sum(delta), _sum(stock)
    told = f"stock: {theirs.rate:.3g} KB/s, {theirs.size:,} B; delta: {ours.size:,} B"
    return Figure(
        "the same session from beginning to end", ours.rate, "KB/s", told, theirs.size / ours.size
    )


def _phases(session: AppSession, window: float) -> dict[str, Count]:
    found = {"running": session.count(window)}
    for phase, keys in (
        ("dialogs", ("?", ESCAPE, "i", ESCAPE, "T", ESCAPE)),
        ("scrolling the ledger", ("3", *["\x1b[6~"] * 3, *["\x1b[B"] * 6)),
    ):
        parts = []
        for key in keys:
            session.press(key)
            parts.append(session.count(max(window / 10, 0.4)))
        found[phase] = _sum(parts)
    session.press(" ")
    session.count(3.0)
    found["paused"] = session.count(window / 2)
    return found


def _running(size: tuple[int, int], agents: int, window: float) -> list[Figure]:
    counts = []
    for stock in (False, True):
        with AppSession(agents, stock=stock, size=size) as session:
            session.settle(window)
            counts.append([session.count(window)])
    what = f"{agents:,} agents at full speed, {size[0]}×{size[1]}, running"
    return [_rate(what, counts[0], counts[1])]


def _own_pace(window: float) -> list[Figure]:
    counts = []
    for stock in (False, True):
        with AppSession(stock=stock, full_speed=False) as session:
            session.settle(window)
            counts.append([session.count(2 * window)])
    return [_rate("quickstart at its own pace", counts[0], counts[1])]


def beside(folder: Path, rounds: int = 4, window: float = 6.0) -> list[Figure]:
    """The reference while it runs, beside the app of another checkout as it comes.

    The two take turns; the first round does not count, as an earlier commit may compile in it.
    """
    counts: dict[Path, list[Count]] = {folder: [], ROOT: []}
    for _ in range(rounds):
        for root, found in counts.items():
            with AppSession(REFERENCE[1], root=root) as session:
                session.settle(2 * window)
                found.append(session.count(window))
    now, then = counts[ROOT][1:], counts[folder][1:]
    ours, theirs = _sum(now), _sum(then)
    told = f"the other checkout: {theirs.rate:.3g} KB/s, {_frames(theirs)}; now: {_frames(ours)}"
    ratio = theirs.per_frame / ours.per_frame
    return [
        Figure("200 agents at full speed, running", ours.rate, "KB/s", told, ratio),
        _cost(now, then, "the other checkout"),
    ]


def _monitors(window: float) -> list[Figure]:
    figures = []
    for name in _MONITORS:
        if path := shutil.which(name):
            with ScreenSession([path]) as session:
                session.count(1.0)
                figures.append(Figure(f"{name}, as it comes", session.count(window).rate, "KB/s"))
    return figures


def _slow_line(presses: int, window: float) -> list[Figure]:
    """Keys at the far end of a slow line, at full speed; and what waits in the line meanwhile."""
    latencies, waiting = [], []
    with AppSession(REFERENCE[1], line=_SLOW) as session:
        session.settle(window)
        session.wait_for("RUNNING", "PAUSED")
        for press in range(presses):
            key, shown, back = _KEYS[press % len(_KEYS)]
            pressed = session.press(key)
            latencies.append(session.wait_for(shown) - pressed)
            waiting.append(session.backlog)
            session.press(back)
            session.wait_for(shown, gone=True)
            time.sleep(0.8 + 0.0173 * (press % 7))
            waiting.append(session.backlog)
    latencies.sort()
    name = "64 kbit/s, 200 ms there and back"
    return [
        Figure(f"{name}: key to paint, half within", 1e3 * median(latencies), "ms"),
        Figure(f"{name}: 95 % within", 1e3 * latencies[int(0.95 * len(latencies))], "ms"),
        Figure(f"{name}: most that waited in the line", max(waiting) / 1000, "KB"),
        Figure(f"{name}: waiting at the end", waiting[-1] / 1000, "KB"),
    ]


def _rate(what: str, delta: list[Count], stock: list[Count]) -> Figure:
    ours, theirs = _sum(delta), _sum(stock)
    against = f"stock: {theirs.rate:.3g} KB/s, {_frames(theirs)}; delta: {_frames(ours)}"
    if not (ours.frames and theirs.frames):
        return Figure(what, ours.rate, "KB/s")
    # The busier of two runs sends more frames: what is compared is the frame.
    return Figure(what, ours.rate, "KB/s", against, theirs.per_frame / ours.per_frame)


def _cost(delta: list[Count], stock: list[Count], name: str = "stock") -> Figure:
    ours, theirs = (
        median([1e3 * each.processor / max(each.frames, 1) for each in counts])
        for counts in (delta, stock)
    )
    what = "processor time of the app, per frame"
    return Figure(what, ours, "ms", f"{name}: {theirs:.3g} ms", theirs / ours)


def _frames(count: Count) -> str:
    return f"{count.frames / count.seconds:.1f} frames/s of {count.per_frame:,.0f} B"


def _sum(counts: list[Count]) -> Count:
    return Count(
        sum(each.seconds for each in counts),
        sum(each.size for each in counts),
        sum(each.frames for each in counts),
        sum(each.processor for each in counts),
    )


def main() -> None:
    """Measure beside another checkout, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", type=Path, metavar="FOLDER", required=True)
    folder = parser.parse_args().against.resolve()
    where = machine()
    print(where, table(beside(folder)), sep="\n\n")


if __name__ == "__main__":
    main()
