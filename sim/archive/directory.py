"""Run directories: everything about one run in one folder that only its owner can read."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.archive.lock import RunLock
from sim.archive.safety import check_folder
from sim.config import paths
from sim.config.document import dump_document
from sim.config.load import LoadedConfig, reload_config
from sim.errors import ConfigError, DecsimError, RunDirectoryError, VerificationError
from sim.machine import files
from sim.machine.user import name_of
from sim.text import command_line, is_utf8, not_utf8, shown

if TYPE_CHECKING:
    from sim.ledger.findings import Problem, Verification

_GOAL_BYTES = 128
_LONGEST_PATH = 480
"""Bytes: SQLite opens no file whose path, with what it adds to the name, has more than 512."""
_BESIDE = ("config.yaml", "goal", "head")
"""What a problem is about that is none of the ledger."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The folder of one run."""

    path: Path
    """Absolute."""

    @property
    def run_id(self) -> str:
        """Name of the run: that of its folder."""
        return self.path.name

    @property
    def config_file(self) -> Path:
        """The effective configuration that the run began with."""
        return self.path / "config.yaml"

    @property
    def ledger_file(self) -> Path:
        """The ledger, made by the engine."""
        return self.path / "ledger.db"

    @property
    def log_file(self) -> Path:
        """What went wrong, for people."""
        return self.path / "run.log"

    @property
    def events_file(self) -> Path:
        """Errors and turns of the tuner, a JSON object a line; made with the first of them."""
        return self.path / "events.jsonl"

    @property
    def outcome_file(self) -> Path:
        """What came out, as the run said when it ended; a shortcut that may be missing."""
        return self.path / "outcome"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints, made by the engine when it needs it."""
        return self.path / "checkpoints"

    @classmethod
    def create(cls, loaded: LoadedConfig, path: Path | None = None) -> RunDirectory:
        """Make the directory with its `config.yaml`, whole or not at all.

        Args:
            loaded: what is going to run.
            path: where; by default a new folder with a readable name among the user's runs.

        Raises:
            RunDirectoryError: there is something already, or it cannot be made.
        """
        target = _absolute(path) if path is not None else _unused_path(loaded)
        try:
            if target.is_dir() and not any(target.iterdir()):
                _fill_empty(target, loaded)
            else:
                _make(target, loaded)
        except OSError as error:
            raise RunDirectoryError(
                f"{shown(target)}: cannot be made a run directory ({error.strerror}), expected"
                " a new or an empty folder"
            ) from None
        return cls(target)

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """The run directory at `path`.

        Raises:
            RunDirectoryError: it is none.
        """
        run = cls(_absolute(path))
        try:
            missing = [f.name for f in (run.config_file, run.ledger_file) if not f.exists()]
        except OSError as error:
            expected = _strangers(run.path) or "expected a run directory"
            raise RunDirectoryError(
                f"{shown(run.path)}: cannot be read ({error.strerror}), {expected}"
            ) from None
        if not run.path.exists():
            raise RunDirectoryError(
                f"{shown(run.path)}: does not exist, expected a run directory or the id of a run"
            )
        if missing:
            raise RunDirectoryError(
                f"{shown(run.path)}: is not a run directory, it has no {' and no '.join(missing)}"
            )
        check_folder(run.path)
        return run

    def load(self) -> LoadedConfig:
        """The configuration that the run began with.

        Raises:
            ConfigError: somebody has damaged `config.yaml`, or a plug-in that it names is missing.
        """
        try:
            return reload_config(self.config_file)
        except ConfigError as error:
            raise ConfigError(f"{error}{self._lacking()}") from None

    def _lacking(self) -> str:
        """`; the run used ...` where its record says that plug-ins are missing here."""
        from sim.ledger.reader import open_read_only
        from sim.plugins.usage import INVENTORY, missing

        try:
            reader = open_read_only(self.ledger_file)
        except DecsimError:
            return ""  # whoever reads the ledger next says what is wrong with it
        try:
            words = missing(reader.meta().get(INVENTORY, ""), ())
        except DecsimError:
            return ""
        finally:
            reader.close()
        return f"; the run used {' and '.join(words)}, not installed here" if words else ""

    def verify(self, expect_head: str = "") -> Verification:
        """Check the ledger, and what decides the run; damage is a finding, not an error.

        Args:
            expect_head: the head of the chain, hex, or its beginning, as it was noted elsewhere.
        """
        from sim.archive import binding

        found = self.verify_ledger()
        if found.ok:
            found = _with(found, *binding.problems(self))
        if expect_head and not found.head.startswith(expect_head):
            found = _with(found, _other_head(found.head, expect_head))
        return found

    def verify_ledger(self) -> Verification:
        """Check the chain and the schema of the ledger alone; damage is a finding, not an error."""
        from sim.ledger.verify import verify

        return verify(self.ledger_file)

    def check(self, expect_head: str = "") -> None:
        """Make sure that the run is what was written, before anything is built on it.

        Args:
            expect_head: see `verify`.

        Raises:
            VerificationError: it is not; the message names the first bad row and what helps.
            LedgerError: it cannot be read now.
        """
        found = self.verify(expect_head)
        if found.first_bad is None:
            return
        if found.first_bad.table in _BESIDE:
            raise VerificationError(f"{shown(self.path)}: {found.first_bad}")
        raise VerificationError(
            f"{shown(self.ledger_file)}: {found.first_bad}; what is whole can be saved:"
            f" {command_line('doctor', '--mend', self.path)}"
        )

    def locked(self) -> RunLock:
        """A lock that one process at a time can hold; a context manager."""
        return RunLock(self.path / "lock")

    @property
    def goal(self) -> int | None:
        """Steps that the run was asked for in all, or None if nobody said."""
        try:
            return int(self._goal_text.partition("\n")[0])
        except ValueError:
            return None

    def set_goal(self, steps: int) -> None:
        """Note how many steps were asked for in all, so that `resume` knows when it is done.

        Raises:
            OSError: it cannot be written.
            ConfigError: somebody has damaged `config.yaml`.
        """
        from sim.archive.binding import sealed_goal

        files.write_whole(self._goal_file, sealed_goal(steps, self.load()))

    def goal_holds(self, loaded: LoadedConfig) -> bool:
        """Whether the goal is what `set_goal` wrote, or there is none."""
        from sim.archive.binding import sealed_goal

        goal, text = self.goal, self._goal_text
        return not text if goal is None else text == sealed_goal(goal, loaded)

    @property
    def _goal_file(self) -> Path:
        return self.path / "goal"

    @property
    def _goal_text(self) -> str:
        try:
            return files.read_text(self._goal_file, largest=_GOAL_BYTES)
        except OSError:
            return ""


def _with(found: Verification, *problems: Problem) -> Verification:
    """What was found, and problems that do not concern a row."""
    if not problems:
        return found
    every = (*found.problems, *problems)
    return replace(found, ok=False, problems=every, first_bad=found.first_bad or every[0])


def _other_head(head: str, expected: str) -> Problem:
    from sim.ledger.findings import Problem

    return Problem("head", None, f"is {head[:16]}…, expected {expected[:16]}…")


def _absolute(path: Path) -> Path:
    try:
        whole = path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise RunDirectoryError(f"{shown(path)}: is no usable path ({error})") from None
    if not is_utf8(whole):
        raise RunDirectoryError(f"{shown(whole)}: {not_utf8(whole, 'a path')}")
    if (size := len(os.fsencode(whole))) > _LONGEST_PATH:
        raise RunDirectoryError(
            f"{shown(whole)}: has {size:,} bytes, expected a path of at most {_LONGEST_PATH}"
        )
    return whole


def _unused_path(loaded: LoadedConfig) -> Path:
    traffic = Path(loaded.config.traffic.path).name.split(".")[0]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", loaded.scenario or traffic).strip("-")[:40] or "run"
    while True:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = _absolute(paths.runs()) / f"{stem}-{stamp}-{secrets.token_hex(2)}"
        if not path.exists():
            return path


def _strangers(path: Path) -> str:
    """What is said of a run that somebody else keeps for himself; nothing of any other."""
    try:
        owner = path.lstat().st_uid
    except OSError:
        return ""
    if owner == os.geteuid():
        return ""
    whose = f"belongs to {name_of(owner)}, who alone can read it"
    return f"{whose}: ask for what you need, or attach and export if it is shared"


def _make(target: Path, loaded: LoadedConfig) -> None:
    """Build the folder under another name and give it its own in one move."""
    _make_parents(target.parent)
    # mkdtemp makes it with mode 0700; the move fails if something with content is in the way.
    building = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}-", dir=target.parent))
    try:
        files.write_whole(building / "config.yaml", _config_text(loaded))
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _fill_empty(target: Path, loaded: LoadedConfig) -> None:
    """Use a folder that is there and empty; it may be a mount point, which cannot be replaced."""
    with contextlib.suppress(PermissionError):
        target.chmod(files.PRIVATE_FOLDER)
    files.write_whole(target / "config.yaml", _config_text(loaded))


def _make_parents(folder: Path) -> None:
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=files.PRIVATE_FOLDER, exist_ok=True)


def _config_text(loaded: LoadedConfig) -> str:
    config = loaded.config
    if config.traffic.path:
        absolute = str(Path(config.traffic.path).expanduser().resolve())
        if not is_utf8(absolute):
            raise ConfigError(f"traffic.path: {shown(absolute)} {not_utf8(absolute, 'a path')}")
        traffic = config.traffic.model_copy(update={"path": absolute})
        config = config.model_copy(update={"traffic": traffic})
    return dump_document(config, loaded.timeline, loaded.scenario)
