"""A notification whose toast always has some time left."""

from __future__ import annotations

from dataclasses import fields

from textual.notifications import Notification

LEAST = 0.05
"""Seconds that a toast stays at least."""


class Notice(Notification):
    """Expires as any notification does, but is never shown for less than no time.

    Textual asks whether a notification has expired, and later, for the timer of its toast, how much
    time is left. If it has expired in between, that is less than nothing, and Textual's timer
    counts down to that for ever without letting anything else happen.
    """

    @classmethod
    def of(cls, notification: Notification) -> Notice:
        """The same notification."""
        return cls(**{each.name: getattr(notification, each.name) for each in fields(notification)})

    @property
    def time_left(self) -> float:
        """Seconds, at least `LEAST`."""
        return max(super().time_left, LEAST)

    @property
    def has_expired(self) -> bool:
        """Whether it need not be shown any more."""
        return super().time_left <= 0
