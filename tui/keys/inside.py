"""The keys of panes, dialogs and fields; `tui.actions` has those of the app.

A widget takes its `BINDINGS` from here, so that help, palette, README and keymap know them all.
"""

from __future__ import annotations

from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.widget import Widget
from textual.widgets import Input

from tui.keys.action import Action

_PANE, _LIST, _MAP, _TIME = "In a pane", "In a list", "On the map", "On the timeline"
_KNOBS, _DIALOG, _FORM = "Knobs and ledger", "In a dialog", "In a form"

INSIDE: tuple[Action, ...] = (
    Action("pane.up", ("up", "k"), "Up", "Up.", _PANE, call="move(0,-1)", place="pane"),
    Action("pane.down", ("down", "j"), "Down", "Down.", _PANE, call="move(0,1)", place="pane"),
    Action("pane.left", ("left", "h"), "Left", "Left; back in time.", _PANE,
           call="move(-1,0)", place="pane"),
    Action("pane.right", ("right", "l"), "Right", "Right; on in time.", _PANE,
           call="move(1,0)", place="pane"),
    Action("pane.page_up", ("pageup", "ctrl+b"), "Page up", "Up by a page.", _PANE,
           call="page(-1)", place="pane"),
    Action("pane.page_down", ("pagedown", "ctrl+f"), "Page down", "Down by a page.", _PANE,
           call="page(1)", place="pane"),
    Action("pane.half_up", ("ctrl+u",), "Half a page up", "Up by half a page.", _PANE,
           call="page(-0.5)", place="pane"),
    Action("pane.half_down", ("ctrl+d",), "Half a page down", "Down by half a page.", _PANE,
           call="page(0.5)", place="pane"),
    Action("pane.first", ("home", "g"), "First", "To the first or the newest.", _PANE,
           call="ends(False)", place="pane"),
    Action("pane.last", ("end", "G"), "Last", "To the last or the oldest.", _PANE,
           call="ends(True)", place="pane"),
    Action("dashboard.next", ("tab",), "Next pane", "To the next pane.", _PANE,
           call="walk(1)", place="dashboard"),
    Action("dashboard.previous", ("shift+tab",), "Previous pane", "To the previous pane.", _PANE,
           call="walk(-1)", place="dashboard"),
    Action("dashboard.unzoom", ("escape",), "Back", "Leave a zoomed pane.", _PANE,
           call="unzoom", place="dashboard"),
    Action("pane.activate", ("enter",), "Inspect", "Open the marked row: why is it so?", _LIST,
           call="activate", place="list"),
    Action("pane.next", ("n",), "Next match", "To the next row.", _LIST,
           call="move(0,1)", place="list"),
    Action("pane.previous", ("N",), "Previous match", "To the row before.", _LIST,
           call="move(0,-1)", place="list"),
    Action("grid.inspect", ("enter",), "Inspect",
           "Inspect the agent, open a block of agents, or end a selection.", _MAP,
           call="activate", place="grid"),
    Action("grid.heat", ("m",), "Heat", "Colour agents by state, score, trust or cache hit rate.",
           _MAP, call="heat", place="grid"),
    Action("grid.truth", ("M",), "Ground truth",
           "Show or hide which agents are attacked or misbehave.", _MAP,
           call="truth", place="grid"),
    Action("grid.select", ("v",), "Select",
           "Select agents: move to span a region, enter takes it; i a f mean them.", _MAP,
           call="choose", place="grid"),
    Action("grid.drop", ("escape",), "Drop", "Drop the selection.", _MAP,
           call="drop", place="grid"),
    Action("timeline.previous", ("left_square_bracket",), "Previous marker",
           "To the attack or command before.", _TIME, call="marker(-1)", place="timeline"),
    Action("timeline.next", ("right_square_bracket",), "Next marker",
           "To the next attack or command.", _TIME, call="marker(1)", place="timeline"),
    Action("timeline.in", ("plus", "equals_sign"), "Zoom in", "Show half as many steps.", _TIME,
           call="zoom(0.5)", place="timeline"),
    Action("timeline.out", ("minus",), "Zoom out", "Show twice as many steps.", _TIME,
           call="zoom(2)", place="timeline"),
    Action("timeline.whole", ("0",), "Whole run", "Show all steps.", _TIME,
           call="whole", place="timeline"),
    Action("timeline.follow", ("escape",), "Follow", "Let go of the crosshair, follow the run.",
           _TIME, call="leave", place="timeline"),
    Action("ledger.raw", ("o",), "All rows", "All rows of the ledger, or one for each event.",
           _KNOBS, call="raw", place="ledger"),
    Action("parameters.everything", ("V",), "All parameters",
           "List also the parameters that only a restart can change.", _KNOBS,
           call="everything", place="parameters"),
    Action("dialog.leave", ("escape", "q"), "Close", "Close what is on top.", _DIALOG,
           call="leave", place="dialog"),
    Action("dialog.submit", ("enter",), "Apply", "Do what the dialog says.", _DIALOG,
           call="submit", place="dialog"),
    Action("dialog.apply", ("ctrl+enter", "ctrl+j"), "Apply", "The same from any field.", _DIALOG,
           call="submit", place="dialog"),
    Action("dialog.next", ("down",), "Next field", "To the next field.", _DIALOG,
           call="app.focus_next", place="dialog"),
    Action("dialog.previous", ("up",), "Previous field", "To the field before.", _DIALOG,
           call="app.focus_previous", place="dialog"),
    Action("dialog.tab", ("tab",), "Next field", "To the next field.", _DIALOG,
           call="app.focus_next", place="dialog"),
    Action("dialog.back_tab", ("shift+tab",), "Previous field", "To the field before.", _DIALOG,
           call="app.focus_previous", place="dialog"),
    Action("dialog.help", ("question_mark", "f1"), "Help", "All keys.", _DIALOG,
           call="app.help", place="dialog"),
    Action("dialog.palette", ("ctrl+p",), "Palette", "Find any action by name.", _DIALOG,
           call="app.command_palette", place="dialog"),
    Action("inject.stop", ("x", "delete"), "Stop", "Stop the marked attack.", _DIALOG,
           call="stop", place="inject"),
    Action("agent.previous", ("left", "h"), "Neighbour", "To the agent before.", _DIALOG,
           call="neighbour(-1)", place="agent", first=True),
    Action("agent.next", ("right", "l"), "Neighbour", "To the agent after.", _DIALOG,
           call="neighbour(1)", place="agent", first=True),
    Action("agent.copy", ("y",), "Copy", "Copy what is shown.", _DIALOG,
           call="copy", place="agent"),
    Action("signature.votes", ("v",), "Which votes", "Show other votes.", _DIALOG,
           call="votes", place="signature"),
    Action("signature.copy", ("y",), "Copy", "Copy what is shown.", _DIALOG,
           call="copy", place="signature"),
    Action("alarm.go_on", ("space",), "Go on", "Let the run go on.", _DIALOG,
           call="go_on", place="alarm"),
    Action("engines.leave", ("escape", "q", "ctrl+c"), "Leave", "Attach to no run.", _DIALOG,
           call="leave", place="engines"),
    Action("leave.detach", ("d",), "Leave", "Leave the run to those who watch it.", _DIALOG,
           call="detach", place="leave"),
    Action("alarm.copy", ("y",), "Copy", "Copy the cause.", _DIALOG, call="copy", place="alarm"),
    Action("end.export", ("e",), "Export", "Export tables of the record.", _DIALOG,
           call="export", place="end"),
    Action("end.attacks", ("A",), "Attacks", "Look at the attacks.", _DIALOG,
           call="attacks", place="end"),
    Action("end.save", ("ctrl+s",), "Save", "Save the configuration.", _DIALOG,
           call="save", place="end"),
    Action("welcome.leave", ("escape",), "Never again",
           "Put away the card of the first start, for ever.", _PANE,
           call="never_again", place="welcome", first=True),
    Action("editor.reset", ("ctrl+r",), "Default value", "Take the default value.", _DIALOG,
           call="reset", place="editor"),
    Action("find.down", ("down",), "Down", "To the next parameter.", _DIALOG,
           call="move(1)", place="find"),
    Action("find.up", ("up",), "Up", "To the parameter before.", _DIALOG,
           call="move(-1)", place="find"),
    Action("find.page_down", ("pagedown",), "Page down", "Down by a page.", _DIALOG,
           call="page(1)", place="find"),
    Action("find.page_up", ("pageup",), "Page up", "Up by a page.", _DIALOG,
           call="page(-1)", place="find"),
    Action("rows.up", ("up", "k"), "Up", "Up.", _PANE, call="move(-1)", place="rows"),
    Action("rows.down", ("down", "j"), "Down", "Down.", _PANE,
           call="move(1)", place="rows"),
    Action("rows.page_up", ("pageup", "ctrl+b"), "Page up", "Up by a page.", _PANE,
           call="page(-1)", place="rows"),
    Action("rows.page_down", ("pagedown", "ctrl+f"), "Page down", "Down by a page.", _PANE,
           call="page(1)", place="rows"),
    Action("rows.half_up", ("ctrl+u",), "Half a page up", "Up by half a page.", _PANE,
           call="page(-0.5)", place="rows"),
    Action("rows.half_down", ("ctrl+d",), "Half a page down", "Down by half a page.", _PANE,
           call="page(0.5)", place="rows"),
    Action("rows.first", ("home", "g"), "First", "To the first or the newest.", _PANE,
           call="move(-1000000000)", place="rows"),
    Action("rows.last", ("end", "G"), "Last", "To the last or the oldest.", _PANE,
           call="move(1000000000)", place="rows"),
    Action("rows.choose", ("enter",), "Choose", "Take the marked row.", _FORM,
           call="choose", place="rows"),
    Action("choice.previous", ("left", "h"), "Previous", "The option before.", _FORM,
           call="turn(-1)", place="choice"),
    Action("choice.next", ("right", "l", "space"), "Next", "The next option.", _FORM,
           call="turn(1)", place="choice"),
    Action("choice.list", ("enter",), "All options", "List all options.", _FORM,
           call="list", place="choice"),
    Action("choice.up", ("up",), "Previous", "The option or the field above.", _FORM,
           call="up", place="choice"),
    Action("choice.down", ("down",), "Next", "The option or the field below.", _FORM,
           call="down", place="choice"),
    Action("apply.previous", ("left",), "Previous option",
           "On the button: the option before; a letter goes to the next that begins with it.",
           _FORM, call="turn(-1)", place="apply"),
    Action("apply.next", ("right",), "Next option", "On the button: the next option.", _FORM,
           call="turn(1)", place="apply"),
    Action("prompt.complete", ("tab",), "Complete", "In the command line: complete.", _FORM,
           call="complete(1)", place="prompt"),
    Action("prompt.back_tab", ("shift+tab",), "Complete", "The completion before.", _FORM,
           call="complete(-1)", place="prompt"),
    Action("prompt.back", ("up", "ctrl+p"), "Back", "The line before.", _FORM,
           call="back", place="prompt"),
    Action("prompt.forth", ("down", "ctrl+n"), "Forth", "The line after.", _FORM,
           call="forth", place="prompt"),
    Action("prompt.leave", ("escape",), "Leave", "Leave the command line.", _FORM,
           call="leave", place="prompt"),
    Action("filter.clear", ("escape",), "Clear", "Drop the filter.", _FORM,
           call="clear", place="filter"),
)  # fmt: skip


def bindings_of(*places: str) -> list[BindingType]:
    """The bindings of the widgets that are of these kinds, or of this pane."""
    return [b for action in INSIDE if action.place in places for b in action.bindings()]


def stock() -> tuple[Action, ...]:
    """The keys of text fields and of texts that scroll, which are Textual's own."""
    return (
        *_of_textual(Input, "field", "In a text field"),
        *_of_textual(ScrollableContainer, "scroll", "In a long text"),
    )


def _of_textual(kind: type[Widget], place: str, group: str) -> list[Action]:
    found: dict[str, list[Binding]] = {}
    for binding in Binding.make_bindings(kind.BINDINGS):
        found.setdefault(binding.description, []).append(binding)
    return [
        Action(f"{place}.{what}", tuple(b.key for b in bindings), what, f"{what}.", group,
               call=bindings[0].action, place=place)
        for what, bindings in found.items()
    ]  # fmt: skip
