"""The one table of actions: bindings, footer, help, palette and the README's table derive from it.

A new action is a row here and an `action_<name>` method of the app.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from textual.binding import Binding

from sim.snapshot import RunState, Snapshot

OVER = frozenset({RunState.FINISHED, RunState.FAILED, RunState.STOPPED})
"""States after which there is no next step."""
HELD = frozenset({RunState.PAUSED, RunState.FAULT})
"""States in which the run waits for someone."""


def always(snapshot: Snapshot) -> bool:
    """Available at any moment."""
    return True


def steerable(snapshot: Snapshot) -> bool:
    """There will be a next step, and the run knows what it can be asked for."""
    return snapshot.state is not RunState.LOADING and snapshot.state not in OVER


def steppable(snapshot: Snapshot) -> bool:
    """The run is held: single steps make sense."""
    return snapshot.state in HELD


def _attackable(snapshot: Snapshot) -> bool:
    return steerable(snapshot) and bool(snapshot.attack_kinds)


def _attacked(snapshot: Snapshot) -> bool:
    return steerable(snapshot) and bool(snapshot.attacks)


def _undoable(snapshot: Snapshot) -> bool:
    return steerable(snapshot) and bool(snapshot.undo)


def _redoable(snapshot: Snapshot) -> bool:
    return steerable(snapshot) and bool(snapshot.redo)


def _recorded(snapshot: Snapshot) -> bool:
    return bool(snapshot.run_dir)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can do from the keyboard, the footer or the palette."""

    id: str
    """Names it for keymaps and for tests."""
    keys: tuple[str, ...]
    """Keys in Textual's spelling; the first is the one that is shown."""
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence for the help screen, the palette and the README."""
    group: str
    """Heading in the help screen."""
    footer: bool = False
    """Whether the footer shows it."""
    call: str = ""
    """Textual action; the id where it is empty."""
    when: Callable[[Snapshot], bool] = always
    """Whether it makes sense now; where it does not, the key is dim and does nothing."""

    @property
    def action(self) -> str:
        """What Textual runs."""
        return self.call or self.id

    @property
    def shown(self) -> str:
        """The keys as a person reads them."""
        return " ".join(dict.fromkeys(readable(key) for key in self.keys))


_READABLE = {
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "slash": "/",
    "question_mark": "?",
    "escape": "esc",
}


def readable(key: str) -> str:
    """A key in Textual's spelling as a person reads it: `question_mark` is `?`."""
    return _READABLE.get(key, key)


PANES = 9
"""Panes that number keys focus."""

ACTIONS: tuple[Action, ...] = (
    Action("pause", ("space",), "Pause", "Pause or resume.", "Run", True,
           when=steerable),
    Action("step", ("s",), "Step", "While paused: one step.", "Run", True, when=steppable),
    Action("steps", ("S",), "Steps", "While paused: several steps, then pause.", "Run",
           when=steppable),
    Action("faster", ("plus", "equals_sign"), "Faster", "Double the pace, up to full speed.", "Run",
           when=steerable),
    Action("slower", ("minus",), "Slower", "Halve the pace.", "Run", when=steerable),
    Action("inject", ("i",), "Inject", "Inject an attack, or stop one.", "Steer", True,
           when=_attackable),
    Action("stop", ("x",), "Stop attack", "Stop the attack that began last.", "Steer",
           when=_attacked),
    Action("faults", ("f",), "Faults", "Break something on purpose.", "Steer", True,
           when=steerable),
    Action("adversaries", ("a",), "Adversaries", "Turn agents malicious, or honest again.", "Steer",
           True, when=steerable),
    Action("parameters", ("t",), "Tune", "Change thresholds and all live parameters.",
           "Steer", True, when=_recorded),
    Action("undo", ("u",), "Undo", "Undo the last steering action, or withdraw what waits.",
           "Steer", True, when=_undoable),
    Action("redo", ("U",), "Redo", "Redo the last undone.", "Steer", when=_redoable),
    Action("filter", ("slash",), "Filter", "Show only what contains a word.", "Look", True),
    Action("clear", ("escape",), "Clear", "Clear the filter.", "Look"),
    Action("inspect", ("enter",), "Inspect", "Inspect the agent, signature or verdict.",
           "Look"),
    Action("zoom", ("z",), "Zoom", "Give the focused pane the whole screen, or back.", "Look",
           True),
    Action("freeze", ("F",), "Freeze", "Freeze the view; the run continues.", "Look"),
    *(
        Action(f"pane_{n}", (str(n),), f"Pane {n}", f"Go to pane {n}.", "Look",
               call=f"focus_pane({n})")
        for n in range(1, PANES + 1)
    ),
    Action("attacks", ("A",), "Attacks", "What became of each attack: the result of the run.",
           "Look", True, call="focus_named('attacks')"),
    Action("save", ("ctrl+s",), "Save", "Save the effective configuration.", "Keep",
           when=_recorded),
    Action("export", ("e",), "Export", "Export signatures, votes, verdicts, metrics, journal.",
           "Keep", when=_recorded),
    Action("copy", ("y",), "Copy", "Copy what is marked, and the replay command.", "Keep",
           when=_recorded),
    Action("repaint", ("ctrl+l",), "Repaint", "Draw the whole screen again.", "App"),
    Action("suspend", ("ctrl+z",), "Suspend", "Back to the shell; fg returns.", "App",
           call="suspend_process"),
    Action("theme", ("T",), "Theme", "Pick a theme; the screen shows it at once.", "App"),
    Action("palette", ("ctrl+p",), "Palette", "Find any action or parameter by name.", "App",
           call="command_palette"),
    Action("help", ("question_mark",), "Help", "All keys, and the words used here.", "App", True),
    Action("detach", ("d",), "Detach", "Leave; the run goes on, and `attach` comes back to it.",
           "App", when=_recorded),
    Action("quit", ("q", "ctrl+q", "ctrl+c"), "Quit", "End the run cleanly and leave; it is kept.",
           "App", True, call="request_quit"),
)  # fmt: skip


def _by_call() -> dict[str, Action]:
    return {action.action.partition("(")[0]: action for action in ACTIONS}


_CALLS = _by_call()


def available(name: str, snapshot: Snapshot) -> bool:
    """Whether the Textual action `name` makes sense now; names outside the table always do."""
    action = _CALLS.get(name)
    return action is None or action.when(snapshot)


def bindings() -> list[Binding]:
    """One binding per action. Control keys work inside dialogs and inputs too."""
    return [
        Binding(
            key,
            action.action,
            action.label,
            id=action.id if key == action.keys[0] else f"{action.id}:{key}",
            tooltip=action.help,
            show=action.footer and key == action.keys[0],
            key_display=readable(key),
            priority=action.id == "quit" and key.startswith("ctrl+"),
        )
        for action in ACTIONS
        for key in action.keys
    ]


def grouped() -> Iterator[tuple[str, list[Action]]]:
    """The actions by group, both in the order of the table."""
    for group, actions in groupby(ACTIONS, key=lambda action: action.group):
        yield group, list(actions)


def listed() -> list[tuple[str, list[tuple[str, str]]]]:
    """Group → (keys, help) as help and README show them, the number keys taken together."""
    found = []
    for group, actions in grouped():
        rows = [(a.shown, a.help) for a in actions if not a.id.startswith("pane_")]
        if len(rows) < len(actions):
            rows.append((f"1-{PANES}", "Go to a pane."))
        found.append((group, rows))
    return found


def readme_table() -> str:
    """The table of keys for the README, in Markdown."""
    lines = ["| key | what it does |", "|---|---|"]
    for _, rows in listed():
        lines += [
            f"| {' '.join(f'`{key}`' for key in keys.split())} | {text} |" for keys, text in rows
        ]
    return "\n".join(lines) + "\n"
