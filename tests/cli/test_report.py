"""What came out, as a page for a browser and figures for a paper."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli_harness import assert_one_error_line, call

from sim.report.figure import Line, Mean, line_figure, mean_figure
from sim.report.page import table
from sim.report.sweep_report import quantile

SMALL = ("--agents", "8", "--set", "traffic.batch_size=8", "--set", "detection.trees=8")
EVIL = "<script>alert(1)</script>&\"'\x1b[31m"
SCENARIO = """\
name: "<img src=x>"
timeline:
  - at: 3
    inject_attack: {kind: port_scan, duration: 4, targets: {fraction: 0.5}}
"""


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= dict(attrs)


def reported(*arguments: str) -> str:
    result = call("report", *arguments)
    assert result.code == 0, result
    return Path(result.out.strip()).read_text(encoding="utf-8")


def test_a_page_about_a_run() -> None:
    Path("s.yaml").write_text(SCENARIO)
    done = call(
        *("run", "--steps", "8", *SMALL, "--scenario", "s.yaml", "--run-dir", "a", "--json")
    )
    summary = json.loads(done.out)
    text = reported("a", "--figures", "figures")
    assert text == reported("a", "--out", "again.html")
    tags = Tags(text)
    assert not tags.names & {"script", "img", "link", "iframe", "object"}
    assert not tags.attributes.keys() & {"src", "href", "onload", "onclick"}
    assert "url(" not in text
    assert "&lt;img src=x&gt;" in text
    for words in (
        summary["ledger"]["head"],
        "port_scan",
        "Step 3: scenario: attack",
        "detection.trees",
    ):
        assert words in text
    assert text.count("<svg") == 3
    files = sorted(p.name for p in Path("figures").iterdir())
    assert files == ["a-acceptance.svg", "a-alerts.svg", "a-f1.svg"]
    for file in files:
        ElementTree.fromstring(Path("figures", file).read_text(encoding="utf-8"))


def test_a_page_about_a_sweep() -> None:
    done = call(
        *("sweep", "--vary", "detection.threshold=0.6,0.7", "--seeds", "1..2", "--steps", "2"),
        *(*SMALL, "--out", "s", "--jobs", "1", "--quiet"),
    )
    assert done.code == 0, done
    rows = json.loads(Path("s/sweep.json").read_text())["rows"]
    rows[3] |= {"error": EVIL}
    for row, f1 in zip(rows, (0.5, 0.7, 0.9, 0.1), strict=True):
        row["detection.collective.f1"] = f1
    Path("s/sweep.json").write_text(json.dumps({"keys": ["detection.threshold"], "rows": rows}))
    text = reported("s", "--out", "s.html")
    assert "2 variations, 3 of 4 runs done" in text
    # Mean of two values: half of their distance, times the quantile over the root of two, times it.
    assert f"0.600 ± {12.7062 * 0.2 / 2:.3f}" in text
    assert "<td>0.900</td>" in text  # one value has no interval
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert rows[0]["head"] in text


@pytest.mark.parametrize(
    ("freedom", "expected"), [(1, 12.706), (5, 2.571), (6, 2.447), (10, 2.228), (100, 1.984)]
)
def test_the_quantiles_of_students_t(freedom: int, expected: float) -> None:
    assert quantile(freedom) == pytest.approx(expected, abs=1e-3)


def test_what_is_given_is_escaped() -> None:
    line = line_figure(EVIL, [Line(EVIL, [0.1, None, 0.3])])
    mean = mean_figure(EVIL, [EVIL], [(EVIL, [Mean(0.5, 0.1, 3)])])
    for svg in (line, mean):
        assert "<script" not in svg
        ElementTree.fromstring(svg)
    assert "<script" not in table([EVIL], [[EVIL]])


def test_a_line_is_broken_where_it_is_undefined() -> None:
    assert line_figure("t", [Line("a", [0.1, 0.2, None, 0.3])]).count("<polyline") == 2
    assert line_figure("t", [Line("a", [None, None])]).count("<polyline") == 0
    assert line_figure("t", [Line("a", [])]).count("<polyline") == 0


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"keys": 3, "rows": []}', '{"keys": [], "rows": [[1]]}', "{"]
)
def test_a_table_that_is_none(content: str) -> None:
    Path("s").mkdir()
    Path("s/plan.yaml").write_text("seeds: 1\nsteps: 2\n")
    Path("s/sweep.json").write_text(content)
    assert_one_error_line(call("report", "s", "--out", "s.html"))


def test_where_nothing_can_be_reported() -> None:
    assert_one_error_line(call("report", "nowhere"))
    Path("s").mkdir()
    Path("s/plan.yaml").write_text("seeds: 1\nsteps: 2\n")
    assert_one_error_line(call("report", "s", "--out", "nowhere/s.html"))
    Path("s/plan.yaml").write_text("seeds: x\n")
    assert_one_error_line(call("report", "s", "--out", "s.html"))
