"""A damaged cache of compiled kernels is a miss, whatever is damaged and how."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from sim.errors import DecsimError
from sim.numerics.kernel_cache import KernelCache

SOURCE = """
from numba import int64
from sim.numerics.jit import cached

@cached
def double(x):
    return 2 * x

SIGNATURES = {"double": (double, (int64,))}
"""


def module_in(folder: Path) -> ModuleType:
    """The module as a new process would import it."""
    path = folder / "toy_kernels.py"
    if not path.exists():
        path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("toy_kernels", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy_kernels"] = module
    spec.loader.exec_module(module)
    return module


def made_ready(folder: Path) -> tuple[str, KernelCache]:
    """What was wrong with the cache, and the cache of a kernel that works."""
    module = module_in(folder)
    kernel, signature = module.SIGNATURES["double"]
    cache = KernelCache(Path(module.__file__ or ""), kernel)
    trouble = cache.compile(signature)
    kernel.disable_compile()
    assert kernel(21) == 42
    return trouble, cache


def _file(folder: Path, suffix: str) -> Path:
    return next((folder / "__pycache__").glob(f"toy_kernels.double-*{suffix}"))


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "garbage": lambda path: path.write_bytes(b"\xa5" * 500),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "flipped": _flip,
}


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_a_miss_and_mended(tmp_path: Path, damage: str, suffix: str) -> None:
    assert made_ready(tmp_path)[0] == ""
    assert made_ready(tmp_path)[0] == ""
    DAMAGE[damage](_file(tmp_path, suffix))
    trouble, _ = made_ready(tmp_path)
    assert "double" in trouble
    assert "compiled anew" in trouble
    assert made_ready(tmp_path)[0] == ""


def _as_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc", "digest"])
@pytest.mark.parametrize("replace", [_as_device, _as_pipe])
def test_what_never_ends_is_not_read(
    tmp_path: Path, replace: Callable[[Path], None], suffix: str
) -> None:
    made_ready(tmp_path)
    replace(_file(tmp_path, suffix))
    assert "is no file: compiled anew" in made_ready(tmp_path)[0]
    assert made_ready(tmp_path)[0] == ""


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "zeros"])
def test_damage_without_a_digest_is_a_miss(tmp_path: Path, damage: str) -> None:
    made_ready(tmp_path)
    DAMAGE[damage](_file(tmp_path, ".nbc"))
    _file(tmp_path, "digest").unlink()
    trouble, _ = made_ready(tmp_path)
    assert trouble or damage == "empty"
    assert made_ready(tmp_path)[0] == ""


@pytest.mark.parametrize("suffix", [".nbi", ".nbc", "digest"])
def test_what_cannot_be_replaced_is_done_without(tmp_path: Path, suffix: str) -> None:
    made_ready(tmp_path)
    _as_folder(_file(tmp_path, suffix))
    made_ready(tmp_path)
    made_ready(tmp_path)


def test_a_missing_file_is_a_miss(tmp_path: Path) -> None:
    made_ready(tmp_path)
    _file(tmp_path, ".nbc").unlink()
    made_ready(tmp_path)
    assert made_ready(tmp_path)[0] == ""


def test_what_cannot_be_compiled_names_the_folder(tmp_path: Path) -> None:
    text = SOURCE.replace("2 * x", "x.nothing")
    (tmp_path / "toy_kernels.py").write_text(text)
    module = module_in(tmp_path)
    kernel, signature = module.SIGNATURES["double"]
    with pytest.raises(DecsimError, match=r"double cannot be compiled .* delete .*__pycache__"):
        KernelCache(Path(module.__file__ or ""), kernel).compile(signature)


def test_two_cold_starts_at_once(tmp_path: Path) -> None:
    (tmp_path / "toy_kernels.py").write_text(SOURCE)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import toy_kernels\n"
        "from sim.numerics.compilation import cache_trouble, kernels_in, warm_up\n"
        "for _ in range(3): warm_up(kernels_in(['toy_kernels']))\n"
        "print(cache_trouble())\n"
        "print(toy_kernels.double(21))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for start in starts:
        out, _ = start.communicate(timeout=120)
        assert start.returncode == 0
        assert out.splitlines()[-1] == "42"
    assert made_ready(tmp_path)[0] == ""


def test_leftovers_of_other_kernels_do_not_matter(tmp_path: Path) -> None:
    _, cache = made_ready(tmp_path)
    assert cache.folder is not None
    shutil.copy(_file(tmp_path, ".nbc"), cache.folder / "toy_kernels.doubled-1.py311.1.nbc")
    assert made_ready(tmp_path)[0] == ""
