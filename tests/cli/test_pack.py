"""Records worth citing, and archives that only claim to be one."""

from __future__ import annotations

import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call

Change = Callable[[zipfile.ZipInfo, bytes], tuple[object, bytes] | None]
SMALL = ["--agents", "8", "--set", "traffic.batch_size=8", "--set", "detection.trees=8"]
MEMBERS = ["manifest.json", "README.md", *(f"runs/a/{n}" for n in ("config.yaml", "goal"))]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of eight steps and its pack."""
    folder = tmp_path_factory.mktemp("recorded")
    run = str(folder / "a")
    done = call("run", "--steps", "8", *SMALL, "--run-dir", run, "--quiet")
    assert done.code == 0, done
    done = call("pack", run, "--out", str(folder / "a.zip"))
    assert done.code == 0, done
    return folder


@pytest.fixture
def packed(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of eight steps and its pack; what is unpacked can be seen in `unpacked`."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "unpacked"))
    (tmp_path / "unpacked").mkdir()
    done = call(
        "run", "--steps", "8", *SMALL, "--scenario", "port-scan", "--run-dir", "a", "--quiet"
    )
    assert done.code == 0, done
    done = call("pack", "a", "--out", "a.zip")
    assert done.code == 0, done
    return Path("a.zip")


def rewrite(
    pack: Path, change: Callable[[zipfile.ZipInfo, bytes], tuple[object, bytes] | None]
) -> Path:
    """The pack with each member as `change` gives it."""
    target = pack.with_name("changed.zip")
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            changed = change(info, old.read(info))
            if changed is not None:
                new.writestr(*changed)  # type: ignore[arg-type]
    return target


def add(pack: Path, info: zipfile.ZipInfo | str, content: bytes = b"x") -> Path:
    target = pack.with_name("changed.zip")
    shutil.copy(pack, target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, content)
    return target


def refused(pack: Path, tmp_path: Path) -> str:
    for command in ("verify", "replay"):
        result = call(command, str(pack))
        assert_one_error_line(result)
        assert list((tmp_path / "unpacked").iterdir()) == []
    return result.err


def test_what_is_packed_can_be_checked_and_repeated(packed: Path, tmp_path: Path) -> None:
    head = json.loads(call("verify", "a", "--json").out)["head"]
    shutil.rmtree("a")
    for command in ("verify", "replay"):
        result = call(command, "a.zip", "--json")
        assert result.code == 0, result
        assert json.loads(result.out)["head"] == head
        assert head in call(command, "a.zip").out
    with zipfile.ZipFile(packed) as archive:
        assert sorted(archive.namelist()) == sorted(
            [*MEMBERS, "runs/a/ledger.db", "runs/a/summary.json"]
        )
        assert head in archive.read("README.md").decode()
        assert json.loads(archive.read("runs/a/summary.json"))["ledger"]["head"] == head
    assert list((tmp_path / "unpacked").iterdir()) == []


def test_equal_records_give_equal_bytes(packed: Path) -> None:
    Path("elsewhere").mkdir()
    shutil.copytree("a", "elsewhere/a")
    shutil.rmtree("elsewhere/a/checkpoints")
    assert call("pack", "elsewhere/a", "--out", "b.zip").code == 0
    assert Path("b.zip").read_bytes() == packed.read_bytes()


def test_a_run_that_goes_differently_is_not_reproduced(packed: Path) -> None:
    """A pack whose files agree with each other, and not with what is computed."""
    assert call("run", "--steps", "8", *SMALL, "--seed", "2", "--run-dir", "b", "--quiet").code == 0
    assert call("pack", "b", "--out", "b.zip").code == 0
    with zipfile.ZipFile("b.zip") as other:
        ledger = other.read("runs/b/ledger.db")
    changed = rewrite(
        packed, lambda info, data: (info, ledger if info.filename.endswith(".db") else data)
    )
    for command in ("verify", "replay"):
        result = call(command, str(changed))
        assert result.code == 3, result
        assert "runs/a/ledger.db: is not what manifest.json says" in result.err


def test_another_configuration_is_found(packed: Path) -> None:
    changed = rewrite(
        packed,
        lambda info, data: (
            (info, data.replace(b"quorum: ", b"quorum: 0.9 #"))
            if info.filename.endswith("config.yaml")
            else (info, data)
        ),
    )
    assert call("replay", str(changed)).code == 3


@pytest.mark.parametrize("name", [*MEMBERS[1:], "runs/a/ledger.db"])
def test_a_missing_member(packed: Path, name: str) -> None:
    changed = rewrite(packed, lambda i, data: None if i.filename == name else (i, data))
    assert call("verify", str(changed)).code == 3


@pytest.mark.parametrize(
    "name",
    [
        "../outside", "/etc/outside", "runs/../../outside", "runs/a/../goal", "runs/a/lock",
        "runs/a/checkpoints/step-1.npz", "runs/.a/goal", "C:\\outside", "runs/a/goal\n", "x" * 300,
    ],
)  # fmt: skip
def test_a_member_that_is_none_of_a_pack(packed: Path, tmp_path: Path, name: str) -> None:
    assert "none of a pack" in refused(add(packed, name), tmp_path)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFCHR])
def test_a_member_that_is_no_file(packed: Path, tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("runs/b/goal")
    info.external_attr = (kind | 0o644) << 16
    assert "is no plain file" in refused(add(packed, info, b"/etc/passwd"), tmp_path)


def test_a_member_twice(packed: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        changed = add(packed, "runs/a/goal")
    assert "twice" in refused(changed, tmp_path)


def test_a_bomb(packed: Path, tmp_path: Path) -> None:
    changed = add(packed, "runs/b/ledger.db", bytes(64 << 20))
    assert "more than it can have" in refused(changed, tmp_path)


def test_a_size_that_is_a_lie(packed: Path, tmp_path: Path) -> None:
    content = bytearray(packed.read_bytes())
    at = content.rindex(b"PK\x01\x02")  # the last entry of the directory
    content[at + 24 : at + 28] = (5).to_bytes(4, "little")
    Path("changed.zip").write_bytes(content)
    assert call("verify", "changed.zip").code in (2, 3)
    assert list((tmp_path / "unpacked").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"no archive", b'{"format": 1}', b"[]", b"\xff"],
)
def test_no_pack(packed: Path, tmp_path: Path, content: bytes) -> None:
    Path("x.zip").write_bytes(content)
    refused(Path("x.zip"), tmp_path)
    changed = rewrite(
        packed, lambda i, data: (i, content if i.filename == "manifest.json" else data)
    )
    refused(changed, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"runs": []},
        {"runs": [{"folder": "../a", "head": "0" * 64}]},
        {"runs": [{"folder": "a", "head": 5}]},
        {"runs": [{"folder": "other", "head": "0" * 64}]},
        {"runs": 3},
        {"files": []},
        {"format": "other"},
    ],
)
def test_a_manifest_that_nobody_wrote(
    packed: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    def changed(info: zipfile.ZipInfo, data: bytes) -> tuple[object, bytes]:
        if info.filename != "manifest.json":
            return info, data
        return info, json.dumps(json.loads(data) | change).encode()

    refused(rewrite(packed, changed), tmp_path)


def test_another_head_in_the_manifest(packed: Path) -> None:
    def changed(info: zipfile.ZipInfo, data: bytes) -> tuple[object, bytes]:
        if info.filename != "manifest.json":
            return info, data
        manifest = json.loads(data)
        manifest["runs"][0]["head"] = "ab" * 32
        return info, json.dumps(manifest).encode()

    result = call("replay", str(rewrite(packed, changed)))
    assert (result.code, "decsim-pack" in result.err) == (3, False)


@pytest.mark.parametrize("out", ["a", "nowhere/a.zip", "a/ledger.db"])
def test_where_no_pack_can_be_written(packed: Path, out: str) -> None:
    before = Path("a/ledger.db").read_bytes()
    assert_one_error_line(call("pack", "a", "--out", out))
    assert Path("a/ledger.db").read_bytes() == before


def test_a_link_is_not_followed(packed: Path, tmp_path: Path) -> None:
    Path("link.zip").symlink_to(packed.absolute())
    assert "is a link" in refused(Path("link.zip"), tmp_path)
