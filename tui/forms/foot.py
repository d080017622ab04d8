"""The line at the bottom of a dialog: its keys, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget


class Foot(Widget):
    """Keys and what they do; the last is always there, of the others whole ones only.

    Args:
        keys: the first are the most important.
        last: how to leave.
        gap: between two of them.
    """

    DEFAULT_CSS = "Foot { height: 1; width: 1fr; color: $text-muted; }"

    def __init__(self, keys: Sequence[tuple[str, str]], last: tuple[str, str], gap: str) -> None:
        super().__init__(id="foot")
        self._keys, self._last, self._gap = tuple(keys), last, gap

    def render(self) -> Text:
        """The keys that fit."""
        for count in range(len(self._keys), -1, -1):
            text = self._text([*self._keys[:count], self._last])
            if text.cell_len <= self.size.width:
                break
        return text

    def _text(self, keys: Sequence[tuple[str, str]]) -> Text:
        text = Text(no_wrap=True)
        for key, what in keys:
            text.append(self._gap if text else "").append(key, "bold").append(f" {what}")
        return text
