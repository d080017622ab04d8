"""`sim` runs without a screen: no module of it pulls in `tui`, `textual` or `rich`."""

import pkgutil
import subprocess
import sys

import pytest

import sim

MODULES = sorted(m.name for m in pkgutil.walk_packages(sim.__path__, "sim."))


@pytest.mark.parametrize("module", ["sim", *MODULES])
def test_module_imports_no_screen(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "bad = {'tui', 'textual', 'rich'} & set(sys.modules); "
        "sys.exit(f'imports {bad}' if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
