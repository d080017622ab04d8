"""The first paint comes before anything heavy is imported."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["mesa", "sklearn", "pandas", "scipy", "numba"])
def test_the_app_imports_nothing_heavy(heavy) -> None:
    code = f"import sys, tui.app; sys.exit('imported' if {heavy!r} in sys.modules else 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
