"""What a file is by its first bytes, when it is nothing that can be read."""

from __future__ import annotations

from pathlib import Path

from sim.traffic.files.text import NoTrafficError, error

READABLE = "CSV, ARFF, Zeek's conn.log, Suricata's eve.json, Parquet or Arrow"
"""What can be read, for messages."""

_CAPTURE = "a packet capture; turn it into flows first, for example with Zeek"
_UTF_16 = "text in UTF-16; save it as UTF-8, or set traffic.encoding to utf-16"
_UTF_32 = "text in UTF-32; save it as UTF-8, or set traffic.encoding to utf-32"
_PICKLE = "a Python pickle, which is never opened: it may run code; save it as CSV or Parquet"
_DUMP = "a dump of a database; export its table as CSV"
_BESIDE = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xd4\xc3\xb2\xa1", _CAPTURE),
    (b"\xa1\xb2\xc3\xd4", _CAPTURE),
    (b"\x4d\x3c\xb2\xa1", _CAPTURE),
    (b"\xa1\xb2\x3c\x4d", _CAPTURE),
    (b"\x0a\x0d\x0d\x0a", _CAPTURE),
    (b"\x0c\xa5", "an nfcapd file; export it first: nfdump -r FILE -o csv"),
    (b"\xa5\x0c", "an nfcapd file; export it first: nfdump -r FILE -o csv"),
    (b"\x13\x10\x00\x20", "an Argus file; export it first: ra -n -c , -r FILE"),
    (b"!<arch>\n", "a Debian package or library"),
    (b"ElfFile\x00", "a Windows event log"),
)  # fmt: skip
"""What may lie beside traffic and is none, or the same in another form."""
_MAGIC = (
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed; unpack it first (gz, bz2, xz, zip, tar are read)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first (gz, bz2, xz, zip, tar are read)"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first (gz, bz2, xz, zip, tar are read)"),
    (b"\x04\x22\x4d\x18", "lz4-compressed; unpack it first (gz, bz2, xz, zip, tar are read)"),
    (b"\x1f\x9d", "compressed with compress; unpack it first (gz, bz2, xz, zip, tar are read)"),
    (b"\x93NUMPY", "a NumPy array; save it as CSV with column names"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file; save its table as CSV or Parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook; save its sheet as CSV"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file; save its table as CSV"),
    (b"MATLAB 7.3 MAT-file", "a MATLAB file; save its table as CSV"),
    (b"$FL2", "an SPSS file; save its table as CSV"),
    (b"<stata_dta>", "a Stata file; save its table as CSV"),
    (b"(dp0\n", _PICKLE),
    (b"(lp0\n", _PICKLE),
    (b"ccopy_reg\n", _PICKLE),
    (b"RDX2\n", "an R data file; save its table as CSV"),
    (b"RDX3\n", "an R data file; save its table as CSV"),
    (b"X\n\x00\x00\x00", "an R data file; save its table as CSV"),
    (b"Obj\x01", "an Avro file; save its table as CSV or Parquet"),
    (b"ORC", "an ORC file; save its table as CSV or Parquet"),
    (b"\xff\xff\xff\xff", "an Arrow stream inside an archive; unpack it first"),
    (b"\xff\xfe\x00\x00", _UTF_32),
    (b"\x00\x00\xfe\xff", _UTF_32),
    (b"\x1f\x8b", "compressed twice; unpack it once"),
    (b"BZh", "compressed twice; unpack it once"),
    (b"\xfd7zXZ\x00", "compressed twice; unpack it once"),
    (b"PK\x03\x04", "a zip archive inside another file; unpack it once"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; fetch it: git lfs pull"),
    (b"INSERT INTO", _DUMP),
    (b"CREATE TABLE", _DUMP),
    (b"-- MySQL dump", _DUMP),
    (b"--\n-- PostgreSQL database dump", _DUMP),
    (b"PAR1", "Parquet inside an archive; unpack it first"),
    (b"ARROW1", "Feather inside an archive; unpack it first"),
)  # fmt: skip
_WEB = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg")
_HEAD = 64 << 10


def check_text(path: Path, start: bytes) -> None:
    """Raise `TrafficError` when the first unpacked bytes are those of something else than text."""
    for magic, what in _BESIDE:
        if start.startswith(magic):
            raise NoTrafficError(path, f"is {what}")
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise error(path, f"is {what}")
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise error(path, f"is {_PICKLE}")
    if is_tar(start):
        raise error(path, "is a tar archive inside another one; unpack it first")
    if start.lstrip()[:9].lower().startswith(_WEB):
        raise NoTrafficError(path, "is a web page or XML, not traffic")
    head = start[:_HEAD]
    if b"\x00" in head:
        what = _wide(head)
        raise error(path, f"is {what}" if what else f"is binary, not text; expected {READABLE}")


def is_tar(start: bytes) -> bool:
    """Tell whether a file begins as a tar archive does (POSIX or GNU)."""
    return start[257:262] == b"ustar"


def _wide(head: bytes) -> str:
    """Return what text with a zero in every second byte, or in three of four, is."""
    nulls = [head[i::4].count(0) > len(head) // 4 * 0.8 for i in range(4)]
    if sum(nulls) == 3:
        return _UTF_32
    return _UTF_16 if nulls in ([True, False] * 2, [False, True] * 2) else ""


def packed_as(names: list[str]) -> str:
    """Return what a zip archive really is by the names in it, or an empty text."""
    if "[Content_Types].xml" in names:
        if any(n.startswith("xl/") for n in names):
            return "an Excel workbook; save its sheet as CSV"
        return "an office document; save its table as CSV"
    if "mimetype" in names and "content.xml" in names:
        return "an OpenDocument file; save its sheet as CSV"
    if names and all(n.endswith(".npy") for n in names):
        return "a file of NumPy arrays (npz); save them as CSV with column names"
    if any(n.endswith("/data.pkl") for n in names):
        return "a PyTorch file; save its table as CSV"
    return ""
