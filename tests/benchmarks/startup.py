"""From the command to the first paint, and to the first step; with and without compiled kernels.

Beside it, a Textual app with one label, in turn with the app.
"""

from __future__ import annotations

import sys
import tempfile

from run_process import RunProcess
from screen_session import Line, ScreenSession
from timing import Figure, median


def measure(quick: bool) -> list[Figure]:
    """Seconds, the app in a pseudo-terminal."""
    agents = 8 if quick else 1000
    label, warm = [], []
    if not quick:  # what is compiled once is compiled now
        _label()
        _once(8)
    for _ in range(1 if quick else 5):
        label.append(_label())
        warm.append(_once(agents))
    paint, live, ready = (median([run[i] for run in warm]) for i in range(3))
    one = median(label)
    against = f"a Textual app with one label: {one:.3g} s"
    figures = [
        Figure("first paint: frames, loading", paint, "s", against, paint / one),
        Figure("from then on keys are answered", live, "s", against, live / one),
        Figure(f"first step of {agents:,} agents, kernels from the cache", ready, "s"),
    ]
    if not quick:
        with tempfile.TemporaryDirectory(prefix="decsim-bench-") as empty:
            paint, _, ready = _once(agents, NUMBA_CACHE_DIR=empty)
        figures += [
            Figure("first paint, kernels not compiled yet", paint, "s"),
            Figure(f"first step of {agents:,} agents, kernels compiled before it", ready, "s"),
        ]
    return figures


def _once(agents: int, **variables: str) -> tuple[float, float, float]:
    """Seconds until the first paint, the app's keys, and the first step in the ledger."""
    with RunProcess(agents, screen=True, **variables) as process:
        painted = process.wait_for("Ledger")  # the title of a pane
        live = process.wait_for("Inject")  # a key of the footer
        ready = process.wait_for_step(1)
        return tuple(when - process.started for when in (painted, live, ready))  # type: ignore[return-value]


_LABEL = """
from textual.app import App
from textual.widgets import Label

class OneLabel(App):
    def compose(self):
        yield Label("one label")

OneLabel().run()
"""


def _label() -> float:
    """Seconds until an app with one label shows it."""
    with ScreenSession([sys.executable, "-c", _LABEL], line=Line(1e9, 0.0)) as session:
        return session.wait_for("one label") - session.began
