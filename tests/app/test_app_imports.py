"""The first paint comes before anything heavy is imported."""

import subprocess
import sys

HEAVY = {"mesa", "sklearn", "pandas", "scipy", "numba"}


def test_the_app_imports_nothing_heavy() -> None:
    code = "import sys, tui.app; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "textual" in imported
    assert imported & HEAVY == set()
