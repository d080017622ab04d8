"""Whatever is given, a command works or says in one harmless line why not.

2,000 cases by seed, of which one in three is in the usual suite and all with `pytest -m "long or
not long"`; run one alone with `call(*KINDS[kind][0](folder, Random(f"{kind} {seed}")))`.
"""

from __future__ import annotations

import shutil
import stat
import unicodedata
from pathlib import Path
from random import Random

import cases
import pytest
from cli_harness import Result, call, tree

CHUNK = 50
KINDS: dict[str, tuple[cases.Make, int]] = {
    "configuration": (cases.configuration, 450),
    "scenario": (cases.scenario, 350),
    "theme": (cases.theme, 200),
    "traffic": (cases.traffic, 450),
    "arguments": (cases.arguments, 250),
    "settings": (cases.settings, 200),
}
CHUNKS = [
    pytest.param(kind, first, marks=[pytest.mark.long] if first // CHUNK % 3 else [])
    for kind, (_, count) in KINDS.items()
    for first in range(0, count, CHUNK)
]
DAMAGED_RUNS = 100


def harmless(text: str) -> bool:
    """No control, bidirectional or otherwise invisible character but the ends of lines."""
    kinds = {unicodedata.category(c) for c in text.replace("\n", "")}
    return not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def assert_sound(result: Result, codes: tuple[int, ...]) -> None:
    assert result.code in codes
    assert "Traceback" not in result.err
    assert harmless(result.err) and harmless(result.out)
    if result.code and not result.err.startswith("Usage: "):  # help of a group of commands
        assert result.err.count("\n") == 1 and result.err.endswith("\n")
        assert result.err.startswith("decsim-tui: ")
        assert len(result.err) < 1100


@pytest.mark.parametrize(("kind", "first"), CHUNKS)
def test_any_input_works_or_is_refused_in_one_line(
    own_world: Path, tmp_path: Path, kind: str, first: int
) -> None:
    make = KINDS[kind][0]
    for seed in range(first, first + CHUNK):
        given = make(tmp_path if kind == "theme" else own_world, Random(f"{kind} {seed}"))
        before = tree(tmp_path)
        result = call(*given)
        try:
            assert_sound(result, (0, 2))
            if result.code == 2:
                assert tree(tmp_path) == before
            elif (own_world / "run").exists():
                mode = (own_world / "run").stat().st_mode
                assert stat.S_IMODE(mode) == 0o700 or given[0] == "export"
        except AssertionError as error:
            error.add_note(f"{kind}, seed {seed}: {given!a} → {result!a}")
            raise
        _clear(tmp_path, own_world)


def _clear(tmp_path: Path, work: Path) -> None:
    """Leave nothing of one case for the next."""
    for folder in (*work.iterdir(), tmp_path / "state", tmp_path / "config"):
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)


def test_many_cases_of_each_kind_are_accepted_and_many_refused(
    own_world: Path, tmp_path: Path
) -> None:
    """Else the cases would test next to nothing."""
    for kind in ("configuration", "scenario", "traffic", "settings"):
        codes = []
        for seed in range(40):
            codes.append(call(*KINDS[kind][0](own_world, Random(f"{kind} {seed}"))).code)
            _clear(tmp_path, own_world)
        assert 2 <= codes.count(0) <= 38, kind


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "run"
    assert call(*cases.make_run(folder)).code == 0
    return folder


@pytest.mark.parametrize("first", range(0, DAMAGED_RUNS, CHUNK))
def test_a_run_directory_of_somebody_else(
    sound: Path, own_world: Path, tmp_path: Path, first: int
) -> None:
    for seed in range(first, first + CHUNK):
        shutil.copytree(sound, own_world / "sound")
        given = cases.run_directory(own_world, Random(f"run {seed}"))
        before = tree(tmp_path)
        result = call(*given)
        try:
            assert_sound(result, (0, 2, 3))
            if result.code == 2:
                assert tree(tmp_path) == before
        except AssertionError as error:
            error.add_note(f"seed {seed}: {given!a} → {result!a}")
            raise
        _clear(tmp_path, own_world)
