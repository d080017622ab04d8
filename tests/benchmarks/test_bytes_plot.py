"""The picture of what the screen sends."""

from __future__ import annotations

from xml.etree import ElementTree

from bytes_plot import OTHERS, OURS, ROOM, THEIRS, plot

FIGURES = [
    {"what": "a & b", "value": 2.0, "unit": "KB/s", "against": "stock: 1e+02 KB/s, 9 frames/s"},
    {"what": "paused", "value": 0.0, "unit": "KB/s", "against": ""},
    {"what": "top", "value": 1.5, "unit": "KB/s", "against": ""},
    {"what": "time", "value": 9.0, "unit": "ms", "against": "stock: 9 ms"},
]


def test_each_rate_has_its_bars() -> None:
    picture = ElementTree.fromstring(plot({"machine": "<one>", "figures": FIGURES}))
    found = [each for each in picture.iter() if each.tag.endswith("rect")][1:]
    legend, bars = found[:3], found[3:]
    assert len(legend) == 3
    lengths = [(bar.get("fill"), float(bar.get("width", 0))) for bar in bars]
    assert [colour for colour, _ in lengths] == [OURS, THEIRS, OURS, OTHERS]
    ours, theirs, paused, top = (length for _, length in lengths)
    assert (paused, theirs) == (0, ROOM) and top < ours < theirs
    texts = [each.text for each in picture.iter() if each.tag.endswith("text")]
    assert {"a & b", "paused", "top"} <= set(texts) and "time" not in texts
