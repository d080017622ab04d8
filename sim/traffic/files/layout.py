"""How the rows of a text file are written, and its first lines, by which that is seen."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.traffic.files.addresses import is_address
from sim.traffic.files.knobs import Knobs
from sim.traffic.files.lines import Block
from sim.traffic.files.schema import Schema
from sim.traffic.files.text import NoTrafficError, error

MAX_COLUMNS = 4096
DELIMITERS = ",\t;|"
_NO_TEXT = (b"{", b"[", b"@", b"<")
_MOST_TEXT = 30
"""Most lines of text above a table."""
RARE_DELIMITERS = " ^~:"
"""Tried only where there is none of the usual ones: they stand within fields, too."""
_LEAST_FIELDS = 2
_SEP = re.compile(rb'"?sep=(.)"?', re.IGNORECASE)
_TIME = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?([ T]\d\d?:\d\d.*)?|\d\d?:\d\d:\d\d(\.\d+)?")

Scalar = str | float | bool | None
Select = Callable[[dict[str, Scalar], int], bool]
"""Whether an object, found on a line of this number, is a flow; it may drop keys of it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a text file are written."""

    schema: Schema
    columns: tuple[str, ...] = ()
    """Names in file order, as written; empty for JSON lines, which name their own."""
    skip: int = 0
    """How many lines of the first block come before the rows."""
    delimiter: str = ","
    """A blank stands for any number of blanks."""
    quote: str = '"'
    """What encloses fields; empty where nothing does."""
    comment: bytes = b""
    """What lines begin with that are no rows; empty where there are none."""
    ends: bool = False
    """Whether each row ends with a delimiter."""
    padded: bool = False
    """Whether three blanks stand for a delimiter, too, as before the labels of IoT-23."""
    fields: bytes = b""
    """The line with the names, which may come again."""
    select: Select | None = None
    """Which objects are flows, for JSON lines."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines of a text file."""

    path: Path
    """For messages."""
    block: Block
    """The first lines, in UTF-8."""
    at: int
    """Index of the first line that is no comment."""
    knobs: Knobs = field(default_factory=Knobs)
    said: str = ""
    """The delimiter that a line `sep=;` above the table names."""
    comments: int = 0
    title: bytes = b""
    """A comment right above the first line, which may be the header."""

    @property
    def first(self) -> bytes:
        """The first line that is no comment."""
        return self.block.lines[self.at].lstrip()

    @property
    def quote(self) -> str:
        """What encloses fields: single quotes only where all names are in them."""
        text = self.first.decode("utf-8", "replace").strip()
        between = f"'{self.delimiter()}'"
        return "'" if text[:1] == text[-1:] == "'" and between in text.replace(" ", "") else '"'

    @property
    def line(self) -> int:
        """Its number."""
        return self.block.first + self.at

    def rows(self, count: int = 5, *, after: int = 0) -> list[str]:
        """Return the first lines of the table, without blank ones, as texts."""
        lines = [line for line in self.block.lines[self.at + after :][: 4 * count] if line.strip()]
        return [line.decode("utf-8", "replace") for line in lines[:count]]

    def delimiter(self) -> str:
        """Return what stands between fields: said, or most frequent in the first line."""
        if self.knobs.delimiter != "auto":
            return self.knobs.delimiter
        if self.said:
            return self.said
        text = self.first.decode("utf-8", "replace")
        best = max(DELIMITERS, key=text.count)
        if not text.count(best):
            return self._rare_delimiter(best)
        # Decimal commas may outnumber the semicolons of a table without a header.
        if best == "," and text.count(";") and looks_like_data(split(self.path, text, ";", 0)):
            return ";"
        return best

    def _rare_delimiter(self, usual: str) -> str:
        """Return what else divides the first lines into equally many fields, else the usual one."""
        rows = self.rows(5)
        for other in RARE_DELIMITERS:
            counts = {len(row.split(None if other == " " else other)) for row in rows}
            if len(rows) > 1 and len(counts) == 1 and counts.pop() > _LEAST_FIELDS:
                return other
        return usual

    def objects(self) -> list[dict[str, object]]:
        """Return the JSON objects on the first lines; none where there is no JSON."""
        found: list[dict[str, object]] = []
        if not self.first.startswith(b"{"):
            return found
        for row in self.rows(20):
            with suppress(ValueError, RecursionError):
                if isinstance(value := json.loads(row), dict):
                    found.append(value)
        return found

    @property
    def ends(self) -> bool:
        """Whether each of the first lines ends with a delimiter."""
        delimiter = self.delimiter()
        return not delimiter.isspace() and all(
            r.rstrip().endswith(delimiter) for r in self.rows(50)
        )

    def fields(self, count: int = 3) -> list[list[str]]:
        """Return the fields of the first lines, without the blanks around them.

        Where all lines end with a delimiter, nothing is behind the last.
        """
        last = -1 if self.ends else None
        delimiter = self.delimiter()
        first, *others = self.rows(count)
        sound = [row for row in others if row.count('"') % 2 == 0]
        quote = '"' if first.count('"') % 2 == 0 and not first.startswith(("{", "[")) else ""
        return [
            [f.strip() for f in split(self.path, row, delimiter, self.line, quote)][:last]
            for row in (first, *sound)
        ]


def make_head(path: Path, block: Block, knobs: Knobs) -> Head:
    """Step over blank lines, `sep=` and comments above a table.

    Raises:
        TrafficError: There is nothing else.
    """
    said, comments, title = "", 0, b""
    for at, line in enumerate(block.lines):
        text = line.strip()
        if not text:
            continue
        if found := _SEP.fullmatch(line.strip(b" ")):
            said = found[1].decode("latin-1")
        elif text.startswith(b"#") and not text.startswith((b"#separator", b"#fields")):
            comments, title = comments + 1, text
        else:
            head = Head(path, block, at, knobs, said, comments, title)
            return _below_text(_below_groups(_titled(head) if title else head))
    if comments:
        raise NoTrafficError(path, "holds only comment lines; expected traffic")
    raise NoTrafficError(path, "holds only blank lines; expected traffic")


def _titled(head: Head) -> Head:
    """Begin with the comment above the rows where it is their header."""
    if head.first.startswith((b"#", b"{", b"@", b"%")):
        return head
    delimiter = head.delimiter().encode()
    title = head.title.lstrip(b"#").strip()
    if title.count(delimiter) != head.first.count(delimiter) or not title.count(delimiter):
        return head
    rows = head.fields(1)[0]
    names = [
        f.strip() for f in split(head.path, title.decode("utf-8", "replace"), delimiter.decode(), 0)
    ]
    if looks_like_data(names) or not (looks_like_data(rows) or any(map(is_number, rows))):
        return head
    at = max(i for i in range(head.at) if head.block.lines[i].strip() == head.title)
    lines = list(head.block.lines)
    lines[at] = title
    block = Block(head.block.first, lines)
    return replace(head, block=block, at=at, comments=head.comments - 1, title=b"")


def _below_text(head: Head) -> Head:
    """Begin below lines of text above a table, if there are some and the table is beyond doubt.

    All lines from its header on have equally many fields, the header is none of numbers, and no
    line above looks like a row.
    """
    if head.knobs.header.casefold() not in ("auto", "first") or head.first.startswith(_NO_TEXT):
        return head
    lines = [i for i in range(head.at, len(head.block.lines)) if head.block.lines[i].strip()]
    tables: list[tuple[list[list[str]], int]] = []
    for delimiter in [head.said] if head.said else DELIMITERS:
        rows = [_loosely(head.block.lines[i], delimiter) for i in lines[: 2 * _MOST_TEXT]]
        same = [len(row) == len(rows[-1]) for row in rows]
        begin = len(same) - next((i for i, s in enumerate(reversed(same)) if not s), len(same))
        if begin == 0 and len(rows[0]) > _LEAST_FIELDS:
            return head  # by this delimiter all is one table; another stands within the numbers
        tables.append((rows, begin))
    for rows, begin in tables:
        if not 0 < begin <= _MOST_TEXT or len(rows) - begin < 3 or len(rows[-1]) <= _LEAST_FIELDS:
            continue
        if looks_like_data(rows[begin]) or any(looks_like_data(r) for r in rows[:begin]):
            continue
        if any(2 * len(row) > len(rows[-1]) for row in rows[:begin]):
            continue  # a header without the last field, more likely
        if any(map(is_number, rows[begin + 1])):
            return replace(head, at=lines[begin], comments=head.comments + begin, title=b"")
    return head


def _below_groups(head: Head) -> Head:
    """Begin below a line that names groups of columns above their header: `,P1,,,P2,`."""
    if head.knobs.header.casefold() not in ("auto", "first") or head.first.startswith(_NO_TEXT):
        return head
    lines = [i for i in range(head.at, len(head.block.lines)) if head.block.lines[i].strip()][:3]
    for delimiter in [head.said] if head.said else DELIMITERS:
        rows = [_loosely(head.block.lines[i], delimiter) for i in lines]
        if len({len(row) for row in rows}) != 1 or len(rows) < 3 or len(rows[0]) <= _LEAST_FIELDS:
            continue
        groups, header, first = rows
        named = [name for name in groups if name]
        if (
            2 * len(named) <= len(groups)
            and named
            and not any(map(is_number, named))
            and all(header)
            and not looks_like_data(header)
            and any(map(is_number, first))
        ):
            return replace(head, at=lines[1], comments=head.comments + 1, title=b"")
    return head


def _loosely(line: bytes, delimiter: str) -> list[str]:
    """Return the fields of a line, of whatever it holds."""
    text = line.decode("utf-8", "replace")
    try:
        return [f.strip() for f in next(csv.reader([text], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return [text]


def split(path: Path, text: str, delimiter: str, line: int, quote: str = '"') -> list[str]:
    """Split one line into fields; quotes may enclose them.

    Raises:
        TrafficError: A quote is left open or followed by text.
    """
    if delimiter == " ":
        return text.split()
    if not quote or quote not in text:
        return text.split(delimiter)
    try:
        reader = csv.reader(
            [text], delimiter=delimiter, quotechar=quote, skipinitialspace=True, strict=True
        )
        return next(reader)
    except (csv.Error, StopIteration) as e:
        raise error(path, "a double quote is not closed or is followed by text", line) from e


def looks_like_data(fields: list[str]) -> bool:
    """Tell whether a line is a row and no header: half numbers, or an address or time in it."""
    found = [f.strip() for f in fields]
    numbers = [f for f in found if f.isdigit()]
    begins = (0,) if len(numbers) == len(found) else (0, 1)
    counted = [[str(i + begin) for i in range(len(numbers))] for begin in begins]
    if len(numbers) > _LEAST_FIELDS and numbers in counted:
        return any(is_number(f) and not f.isdigit() for f in found)
    if 2 * sum(map(is_number, found)) >= len(found):
        return True
    return any(_TIME.fullmatch(f) or (not f.isdigit() and is_address(f)) for f in found)


def is_number(text: str) -> bool:
    """Tell whether `text` reads as a number, perhaps with a decimal comma."""
    try:
        float(text.replace(",", ".", 1))
    except ValueError:
        return False
    return True
