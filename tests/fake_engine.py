"""An engine without a simulation: records commands, and shows what a test tells it to."""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType

from sim.commands import Command, Control, Order, SetPace, SetParameter, Withdraw, kind_of
from sim.snapshot import EMPTY, JournalEntry, RunState, Snapshot


class FakeEngine:
    """Satisfies `sim.steerable.Steerable`. Nothing happens unless a test says so."""

    def __init__(
        self, snapshot: Snapshot = EMPTY, *, acknowledge: bool = False, slow: float = 0.0
    ) -> None:
        self.picture = snapshot
        self.acknowledge = acknowledge
        self.slow = slow
        """Seconds that closing takes."""
        self.commands: list[Command] = []
        self.started = 0
        self.closed = 0
        self.detached = 0
        self.viewer = 0
        self.others = 0
        self.in_charge = True

    @property
    def snapshot(self) -> Snapshot:
        return self.picture

    def start(self) -> None:
        self.started += 1

    def submit(self, command: Command) -> int:
        self.commands.append(command)
        ticket = len(self.commands)
        if isinstance(command, SetPace):
            self.publish(pace=command.steps_per_second)
        if isinstance(command, Withdraw):
            left = tuple(p for p in self.picture.pending if p.ticket != command.ticket)
            self.publish(pending=left)
        if isinstance(command, Control):
            return ticket
        if self.acknowledge:
            self.settle(ticket)
        else:
            order = Order(command, ticket=ticket)
            self.publish(pending=(*self.picture.pending, order))
        return ticket

    def detach(self) -> bool:
        self.detached += 1
        return True

    def close(self, timeout: float | None = None) -> bool:
        self.closed += 1
        waited = self.slow if timeout is None else min(self.slow, timeout)
        time.sleep(waited)
        if waited < self.slow:
            return False
        if self.picture.state not in (RunState.FINISHED, RunState.FAILED):
            self.publish(state=RunState.STOPPED)
        return True

    # What tests use.

    def publish(self, **changes: object) -> None:
        """Show another picture."""
        self.picture = replace(self.picture, **changes)  # type: ignore[arg-type]

    def settle(self, ticket: int, reason: str = "") -> None:
        """Apply a command, or reject it for a reason."""
        command = self.commands[ticket - 1]
        seen = self.picture
        old = new = ""
        values = dict(seen.parameters)
        if isinstance(command, SetParameter):
            old, new = str(values.get(command.key, "")), str(command.value)
            if not reason:
                values[command.key] = command.value
        entry = JournalEntry(
            seq=len(seen.journal) + 1, step=seen.step + 1, order=Order(command, ticket=ticket),
            text=kind_of(command), old=old, new=new,
            fate="rejected" if reason else "applied", reason=reason,
        )  # fmt: skip
        self.publish(
            journal=(entry, *seen.journal),
            pending=tuple(p for p in seen.pending if p.ticket != ticket),
            parameters=MappingProxyType(values),
        )

    def given(self, kind: type) -> list[Command]:
        """The commands of one kind, in order."""
        return [c for c in self.commands if isinstance(c, kind)]
