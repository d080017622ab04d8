"""On the first run of a machine two processes share the compiling."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sim.errors import DecsimError
from sim.machine.python import python_environment
from sim.numerics.compilation import (
    FIRST_STEPS,
    FOREST,
    GONE,
    PEERS,
    STEP,
    Kernel,
    kernels_in,
    kernels_of,
    uncompiled,
)
from sim.run import compiling
from sim.run.compiling import make_ready

KERNEL = """
from numba import int64
from sim.numerics.jit import cached

@cached
def {name}(x):
    return 2 * x

@cached
def late_{name}(x):
    return 3 * x

SIGNATURES = {{"{name}": ({name}, (int64,)), "late_{name}": (late_{name}, (int64,))}}
LATER = ("late_{name}",)
"""
NAMES = ("toy_first", "toy_other")
ORDER = [
    "toy_other:late_toy_other",
    "toy_other:toy_other",
    "toy_first:late_toy_first",
    "toy_first:toy_first",
]
"""The other process begins at the other end."""


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two modules of kernels that nobody has compiled, on a machine with two processors."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(KERNEL.format(name=name))
    monkeypatch.setattr(compiling, "processors", lambda: 2)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in NAMES:
        sys.modules.pop(name, None)
    kernels_of.cache_clear()
    for helper in compiling._helpers:
        helper.kill()
        helper.wait()


def _works(name: str, factor: int = 2, module: str = "") -> None:
    kernel: Any = getattr(kernels_of(module or name.removeprefix("late_")), name)
    assert kernel(21) == 21 * factor


def _nobody(kernels: Sequence[Kernel]) -> None:
    pytest.fail("nothing is to be shared")


def test_a_few_steps_do_not_wait_for_what_only_later_ones_call(
    toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "_share", lambda kernels: None)
    lines: list[str] = []
    make_ready(NAMES, lines.append, FIRST_STEPS)
    assert lines == [
        "kernel 1 of 2: compiling, once: toy_first",
        "kernel 2 of 2: compiling, once: toy_other",
    ]
    assert [kernel.name for kernel in kernels_in(NAMES)] == ["late_toy_first", "late_toy_other"]
    _works("late_toy_first", 3)
    assert [kernel.name for kernel in kernels_in(NAMES)] == ["late_toy_other"]
    make_ready(NAMES, lines.append, FIRST_STEPS + 1)
    assert lines[2:] == ["kernel 1 of 1: compiling, once: late_toy_other"]


def test_the_other_process_leaves_everything_in_the_cache(toys: Path) -> None:
    make_ready(NAMES, lambda text: None)
    (helper,) = compiling._helpers[-1:]
    assert helper.args[-4:] == ORDER
    assert helper.wait(120) == 0
    assert not uncompiled(kernels_in(NAMES))
    for name in NAMES:
        _works(name)
        _works(f"late_{name}", 3)


def test_what_the_other_process_has_compiled_is_only_loaded(
    toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share, lines = compiling._share, list[str]()

    def share_and_wait(kernels: Sequence[Kernel]) -> None:
        share(kernels)
        assert compiling._helpers[-1].wait(120) == 0

    monkeypatch.setattr(compiling, "_share", share_and_wait)
    make_ready(NAMES, lines.append)
    assert [line.split(": ")[1] for line in lines] == ["loading"] * 4
    for name in NAMES:
        del sys.modules[name]
    monkeypatch.setattr(compiling, "_share", _nobody)
    make_ready(NAMES, lines.append)
    assert [line.split(": ")[1] for line in lines[4:]] == ["loading"] * 4


@pytest.mark.parametrize("executable", ["/nowhere/python", "/bin/false"])
def test_without_another_process_everything_is_compiled_here(
    toys: Path, monkeypatch: pytest.MonkeyPatch, executable: str
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    make_ready(NAMES, lambda text: None)
    for name in NAMES:
        _works(name)
        _works(f"late_{name}", 3)


def test_what_the_other_process_cannot_compile_is_told_here(toys: Path) -> None:
    source = (toys / "toy_other.py").read_text()
    (toys / "toy_other.py").write_text(source.replace("2 * x", "x.nothing"))
    with pytest.raises(DecsimError, match="toy_other cannot be compiled"):
        make_ready(NAMES, lambda text: None)


def test_one_processor_is_not_shared(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "processors", lambda: 1)
    monkeypatch.setattr(compiling, "_share", _nobody)
    make_ready(NAMES, lambda text: None)
    _works("toy_other")


def test_the_other_process_ends_with_the_one_that_started_it(toys: Path) -> None:
    (toys / "toy_slow.py").write_text("import time\ntime.sleep(60)\nSIGNATURES = {}\n")
    compiling._share([Kernel("toy_slow", "any")])
    helper = compiling._helpers[-1]
    assert helper.stdin is not None
    helper.stdin.close()  # as the system does for a process that is gone
    try:
        assert helper.wait(30) == GONE
    finally:
        helper.kill()
        helper.wait()


def test_a_run_of_three_steps_calls_no_kernel_that_is_for_later(tmp_path: Path) -> None:
    code = (
        "from tui.cli import main\n"
        "from sim.numerics.compilation import FOREST, PEERS, STEP, kernels_in\n"
        "try: main(['run', '--steps', '3', '--agents', '16', '--quiet', '--run-dir', 'run'])\n"
        "except SystemExit: pass\n"
        "print(*(kernel.name for kernel in kernels_in([*STEP, FOREST, PEERS])))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=python_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    left = _for_later()
    assert done.stdout.split() == left, done.stderr


def _for_later() -> list[str]:
    """The kernels that are for later, in the order of the modules."""
    return [
        name
        for module in (*STEP, FOREST, PEERS)
        for name in getattr(importlib.import_module(module), "LATER", ())
    ]


def test_what_a_kernel_calls_can_be_called_too(toys: Path) -> None:
    source = (toys / "toy_first.py").read_text()
    (toys / "toy_first.py").write_text(source + "\n@cached\ndef part(x):\n    return 4 * x\n")
    _works("part", 4, "toy_first")
