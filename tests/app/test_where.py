"""Where files are suggested."""

from pathlib import Path

import pytest

from tui.forms.where import folder_for


def test_files_are_suggested_beside_the_run_or_here_if_it_is_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder_for(str(tmp_path)) == tmp_path
    assert folder_for(str(tmp_path / "gone")) == tmp_path / "gone"
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)
    assert folder_for(str(tmp_path)) == Path.cwd()
