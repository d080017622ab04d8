"""The one table of actions: bindings, footer, help, palette and the README's table derive from it.

A new action is a row here and an `action_<name>` method of the app.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from textual.binding import Binding

from sim.snapshot import RunState, Snapshot
from sim.steerable import WATCHES
from tui.keys.action import HELD, Action
from tui.keys.inside import INSIDE, stock
from tui.keys.keymap import NO_KEYMAP, Keymap, keymap_of, remapped

OVER = frozenset({RunState.FINISHED, RunState.FAILED, RunState.STOPPED})
"""States after which there is no next step."""


def steerable(snapshot: Snapshot) -> bool:
    """There will be a next step, and whoever looks may ask the run for something."""
    over = snapshot.state is RunState.LOADING or snapshot.state in OVER
    return not (over or snapshot.watched)


def steppable(snapshot: Snapshot) -> bool:
    """The run is held: single steps make sense."""
    return snapshot.state in HELD and not snapshot.watched


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


PANES = 9
"""Panes that number keys focus."""

ACTIONS: tuple[Action, ...] = (
    Action("pause", ("space",), "Pause", "Pause or resume.", "Run", True, "Resume",
           when=steerable),
    Action("step", ("s",), "Step", "While paused: one step.", "Run", True, when=steppable),
    Action("steps", ("S",), "Steps", "While paused: several steps, then pause.", "Run",
           when=steppable),
    Action("faster", ("plus", "equals_sign"), "Faster", "Double the pace, up to full speed.", "Run",
           when=steerable),
    Action("slower", ("minus",), "Slower", "Halve the pace.", "Run", when=steerable),
    Action("inject", ("i",), "Inject", "Inject an attack, or stop one.", "Steer", True,
           when=_attackable),
    Action("stop", ("x",), "Stop attack", "Stop the attack under the cursor, or the only one.",
           "Steer", when=_attacked),
    Action("faults", ("f",), "Faults", "Break something on purpose.", "Steer", True,
           when=steerable),
    Action("adversaries", ("a",), "Adversaries", "Turn agents malicious, or honest again.", "Steer",
           True, when=steerable),
    Action("parameters", ("t",), "Tune", "Change thresholds and all live parameters.",
           "Steer", True, when=_recorded),
    Action("repeat", ("full_stop",), "Repeat", "Repeat the last steering action.", "Steer",
           when=steerable),
    Action("undo", ("u",), "Undo", "Undo the last steering action, or withdraw what waits.",
           "Steer", True, when=_undoable),
    Action("redo", ("U",), "Redo", "Redo the last undone.", "Steer", when=_redoable),
    Action("filter", ("slash",), "Filter", "Show only what contains a word.", "Look", True),
    Action("clear", ("escape",), "Clear", "Clear the filter.", "Look"),
    Action("inspect", ("enter",), "Inspect", "Inspect the agent, signature or verdict.",
           "Look"),
    Action("why", ("w",), "Why",
           "Why is it so? The causes of a stop, of the marked verdict, alert or event.", "Look"),
    Action("zoom", ("z",), "Zoom", "Give the focused pane the whole screen, or back.", "Look"),
    Action("meter", ("B",), "Meter",
           "Show what the screen costs: bytes and frames per second, round trip.", "Look"),
    Action("freeze", ("F",), "Freeze", "Freeze the view; the run continues.", "Look"),
    *(
        Action(f"pane_{n}", (str(n),), f"Pane {n}", f"Go to pane {n}.", "Look",
               call=f"focus_pane({n})")
        for n in range(1, PANES + 1)
    ),
    Action("attacks", ("A",), "Attacks", "What became of each attack: the result of the run.",
           "Look", True, call="focus_named('attacks')"),
    Action("quality", ("Q",), "Quality", "How well it detects: alone, by peers, by signatures.",
           "Look", call="focus_named('quality')"),
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
    Action("command", ("colon",), "Command", "A command line for all of this, with completion.",
           "App", True),
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


_LACKING = {
    "step": "only while paused",
    "steps": "only while paused",
    "inject": "this traffic has no attacks to inject",
    "stop": "no attack is under way",
    "undo": "nothing to undo",
    "redo": "nothing to redo",
}
"""Action → what it lacks in a run that goes on."""


def lacking(name: str, snapshot: Snapshot) -> str:
    """Why the Textual action `name` makes no sense now; empty where it does."""
    if available(name, snapshot):
        return ""
    if snapshot.state in OVER:
        return "the run is over"
    if snapshot.state is RunState.LOADING:
        return "the run has not begun yet"
    if snapshot.watched:
        return WATCHES
    return _LACKING.get(name, "not now")


def bindings() -> list[Binding]:
    """One binding for each key. Control keys work inside dialogs and inputs too."""
    return [binding for action in ACTIONS for binding in action.bindings()]


def everything(keymap: Keymap = NO_KEYMAP) -> tuple[Action, ...]:
    """All actions with the keys that a keymap gives them: the app's, then those inside."""
    return remapped((*ACTIONS, *INSIDE, *stock()), keymap)


EVERYTHING = everything()


def listed(everything: Iterable[Action] = EVERYTHING) -> list[tuple[str, list[tuple[str, str]]]]:
    """Group → (keys, help) as help and README show them, the number keys taken together."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for group, actions in groupby(everything, key=lambda action: action.group):
        rows = _rows(actions)
        before = next((rows for name, rows in found if name == group), None)
        if before is None:
            found.append((group, rows))
        else:
            before += [row for row in rows if row not in before]
    return found


def _rows(actions: Iterable[Action]) -> list[tuple[str, str]]:
    """(keys, help); keys that do the same share a row."""
    rows: dict[str, str] = {}
    for action in actions:
        if action.id.startswith("pane_"):
            rows["Go to a pane."] = f"1-{PANES}"
        else:
            keys = f"{rows.get(action.help, '')} {action.shown}".split()
            rows[action.help] = " ".join(dict.fromkeys(keys))
    return [(keys, text) for text, keys in rows.items()]


def keymap_in(written: str) -> Keymap:
    """The keymap that `ui.keys` describes.

    Raises:
        ConfigError: it is unusable; the message says why.
    """
    return keymap_of(written, everything())


def readme_table() -> str:
    """The tables of keys for the README, in Markdown."""
    ours = {action.group for action in ACTIONS}
    parts = [_table([rows for group, rows in listed() if group in ours])]
    for group, rows in listed():
        if group not in ours:
            parts.append(f"<details><summary>{group}</summary>\n\n{_table([rows])}\n</details>\n")
    return "\n".join(parts)


def _table(groups: list[list[tuple[str, str]]]) -> str:
    lines = ["| key | what it does |", "|---|---|"]
    for keys, text in (row for rows in groups for row in rows):
        lines.append(f"| {' '.join(f'`{key}`' for key in keys.split())} | {text} |")
    return "\n".join(lines) + "\n"
