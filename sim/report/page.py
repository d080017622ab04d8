"""The page: one HTML file that loads nothing, runs nothing, and escapes all that it is given."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Final

from sim.text import clean

_STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#222;--dim:#666;--line:#ddd;--paper:#fff;--box:#f6f6f6}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ddd;--dim:#999;--line:#3a3a3a;--paper:#161616;"
    "--box:#202020}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:760px;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2.5rem;border-top:1px solid var(--line);"
    "padding-top:1rem}h3{font-size:1rem;margin-top:1.6rem}"
    "table{border-collapse:collapse;width:100%;font-size:.87rem;display:block;overflow-x:auto}"
    "th,td{border-bottom:1px solid var(--line);padding:.25rem .6rem .25rem 0;text-align:left;"
    "font-variant-numeric:tabular-nums}th{color:var(--dim);font-weight:600}"
    "code,pre{font:.85rem ui-monospace,monospace;background:var(--box)}code{overflow-wrap:anywhere}"
    "pre{padding:.7rem;overflow-x:auto}figure{margin:1rem 0}svg{width:100%;height:auto}"
    ".dim{color:var(--dim)}ol{padding-left:1.4rem}"
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def escaped(text: object) -> str:
    """Text for HTML; what cannot be seen is left out."""
    return html.escape(clean(str(text)))


def page(title: str, sections: Iterable[str]) -> str:
    """The whole page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escaped(title)}</title><style>{_STYLE}</style></head>\n<body>"
        f"<h1>{escaped(title)}</h1>\n" + "\n".join(sections) + "\n</body></html>\n"
    )


def heading(text: str, level: int = 3) -> str:
    """A heading."""
    return f"<h{level}>{escaped(text)}</h{level}>"


def paragraph(text: str, *, quiet: bool = False) -> str:
    """A paragraph."""
    return f"<p{_quiet(quiet)}>{escaped(text)}</p>"


def figure(svg: str) -> str:
    """A figure; it is made by `sim.report.figure`, which escapes what is in it."""
    return f"<figure>{svg}</figure>"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; what is None is a dash."""
    head = "".join(f"<th>{escaped(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell_text(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cell_text(value: object) -> str:
    """A figure as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def code(text: str) -> str:
    """Lines as they are typed or stored."""
    lines = "\n".join(escaped(line) for line in text.splitlines())
    return f"<pre>{lines}</pre>"


def numbered(items: Iterable[str]) -> str:
    """A numbered list of sentences."""
    return "<ol>" + "".join(f"<li>{escaped(item)}</li>" for item in items) + "</ol>"


def folded(title: str, content: str) -> str:
    """What is seen when it is opened."""
    return f"<details><summary>{escaped(title)}</summary>{content}</details>"


def _quiet(quiet: bool) -> str:
    return ' class="dim"' if quiet else ""
