"""The first paint comes before anything heavy is imported."""

import subprocess
import sys

HEAVY = {"mesa", "sklearn", "pandas", "scipy", "numba"}
LATER = {"tui.dialogs", "tui.screens.inject", "sim.ledger", "sim.checkpoint", "psutil"}
"""Not before a key asks for it, or a run is continued."""


def test_the_app_imports_nothing_heavy_and_nothing_that_can_wait() -> None:
    code = "import sys, tui.app, tui.command_line.opening, sim.host.remote; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert {"textual", "numpy"} <= imported
    assert not imported & (HEAVY | LATER)
