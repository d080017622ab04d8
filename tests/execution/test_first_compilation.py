"""On the first run of a machine two processes share the compiling."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.errors import DecsimError
from sim.numerics.compilation import GONE
from sim.run import compiling
from sim.run.compiling import compile_all, second_half

KERNEL = """
from numba import int64
from sim.numerics.jit import cached

@cached
def {name}(x):
    return 2 * x

SIGNATURES = {{"{name}": ({name}, (int64,))}}
"""
NAMES = ("toy_first", "toy_other")


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


def _works(name: str) -> None:
    kernel: Any = getattr(importlib.import_module(name), name)
    assert kernel(21) == 42


def test_the_other_process_compiles_its_share(toys: Path) -> None:
    lines: list[str] = []
    compile_all(NAMES, lines.append)
    assert lines == [
        "kernel 1 of 1: compiling, once: toy_first",
        "compiling, once: the rest",
        "kernel 1 of 1: loading: toy_other",
    ]
    for name in NAMES:
        _works(name)


def test_what_was_compiled_before_is_only_loaded(
    toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_all(NAMES, lambda text: None)
    for name in NAMES:
        del sys.modules[name]
    monkeypatch.setattr(compiling, "_start", lambda names: pytest.fail("nothing is to be done"))
    lines: list[str] = []
    compile_all(NAMES, lines.append)
    assert [line.split(": ")[1] for line in lines] == ["loading", "loading"]


@pytest.mark.parametrize("executable", ["/nowhere/python", "/bin/false"])
def test_without_another_process_everything_is_compiled_here(
    toys: Path, monkeypatch: pytest.MonkeyPatch, executable: str
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    compile_all(NAMES, lambda text: None)
    for name in NAMES:
        _works(name)


def test_what_the_other_process_cannot_compile_is_told_here(toys: Path) -> None:
    source = (toys / "toy_other.py").read_text()
    (toys / "toy_other.py").write_text(source.replace("2 * x", "x.nothing"))
    with pytest.raises(DecsimError, match="toy_other cannot be compiled"):
        compile_all(NAMES, lambda text: None)


def test_one_processor_is_not_shared(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "processors", lambda: 1)
    monkeypatch.setattr(compiling, "_start", lambda names: pytest.fail("there is only one"))
    compile_all(NAMES, lambda text: None)
    _works("toy_other")


def test_the_share_is_half_of_the_sources_at_most(toys: Path) -> None:
    assert second_half(NAMES) == ["toy_other"]
    (toys / "toy_other.py").write_text("#" * 10_000)
    assert second_half(NAMES) == []


def test_the_other_process_ends_with_the_one_that_started_it(toys: Path) -> None:
    (toys / "toy_slow.py").write_text("import time\ntime.sleep(60)\nSIGNATURES = {}\n")
    helper = compiling._start(["toy_slow"])
    assert helper is not None and helper.stdin is not None
    helper.stdin.close()  # as the system does for a process that is gone
    try:
        assert helper.wait(30) == GONE
    finally:
        helper.kill()
        helper.wait()
