"""A report on runs and sweeps, written down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.archive.directory import RunDirectory
from sim.archive.pack import folder_names
from sim.errors import InputError
from sim.machine import files
from sim.report.page import page
from sim.report.run_report import run_report
from sim.report.sweep_report import sweep_report
from sim.run.recorded import OnStep
from sim.text import shown

Subject = RunDirectory | Path
"""A run, or the folder of a sweep."""


def write_report(
    subjects: Sequence[Subject], out: Path, figures: Path | None, on_step: OnStep | None = None
) -> list[Path]:
    """Write the page, and each figure as a file of its own if that is wanted.

    Args:
        subjects: what it is about.
        out: the page, replaced whole or not at all.
        figures: folder of the figures, made when it is missing.
        on_step: called with the number of each step that is computed again.

    Returns:
        The figures that were written.

    Raises:
        InputError: a subject is unusable, or something cannot be written.
        VerificationError: a run is damaged.
        LedgerError: a run cannot be read now.
    """
    made = [
        run_report(subject, on_step) if isinstance(subject, RunDirectory) else sweep_report(subject)
        for subject in subjects
    ]
    names = [s.run_id if isinstance(s, RunDirectory) else s.name for s in subjects]
    title = names[0] if len(names) == 1 else f"{len(names)} experiments"
    _write(out, page(f"decsim-tui: {title}", [section for section, _ in made]), "--out")
    if figures is None:
        return []
    written = []
    for stem, (_, each) in zip(folder_names(names), made, strict=True):
        for name, svg in each.items():
            written.append(figures / f"{stem}-{name}.svg")
            _write(written[-1], svg + "\n", "--figures")
    return written


def _write(file: Path, text: str, option: str) -> None:
    try:
        if option == "--figures":
            file.parent.mkdir(parents=True, exist_ok=True)
        files.write_whole(file.absolute(), text)
    except OSError as error:
        raise InputError(f"{option}: {shown(file)}: cannot be written ({error.strerror})") from None
