"""The app: one dashboard over an engine, dialogs above it, one timer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import ActionParseResult
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.events import Event, InputEvent, Key, Paste
from textual.filter import LineFilter
from textual.notifications import Notify
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from sim.commands import Command, Redo, Resume, Step
from sim.config.load import LoadedConfig
from sim.config.parameters import values_of
from sim.config.schema import UiSection
from sim.snapshot import RunState, Snapshot
from sim.steerable import Steerable
from tui.actions import available, bindings, everything, keymap_in, lacking
from tui.copying import copied
from tui.footer import Filter, Footer, Keys
from tui.forms.dialog import Dialog
from tui.keys.action import Action
from tui.keys.keymap import for_textual
from tui.keys.performer import Performer
from tui.leaving.departure import Departure
from tui.leaving.ending import Ending, window_title
from tui.messages import (
    ActOn,
    Aim,
    EditParameter,
    InspectAgent,
    InspectSignature,
    Say,
    ShowLog,
    ThemeKept,
    TurnKnob,
    Watch,
)
from tui.palette import ActionProvider, Palette
from tui.panes.list_pane import ListPane
from tui.panes.plugin import plugin_panes
from tui.panes.record_pane import RecordPane
from tui.panes.status import StatusPane
from tui.preferences import PreferenceFile
from tui.prompt.bar import PromptBar
from tui.prompt.prompt import Prompt
from tui.record.book import Book
from tui.screens.alarm import ALARMS, AlarmDialog
from tui.screens.dashboard import Dashboard
from tui.screens.end import EndDialog
from tui.screens.export import Export, export_run
from tui.screens.leave import LeaveDialog
from tui.steering import Steering
from tui.terminal.delta.meter import Meter
from tui.terminal.garbage import EVERY, Sweeper
from tui.terminal.herald import Herald
from tui.terminal.toast import Notice
from tui.terminal.type_ahead import TypeAhead
from tui.theme.choice import few_colours
from tui.theme.plain import SimpleSymbols
from tui.theme.symbols import choose_glyphs
from tui.theme.themes import load_themes, variable_defaults
from tui.widgets.line import printable

if TYPE_CHECKING:
    from tui.dialogs import Dialogs

TYPING_SECONDS = 0.12
"""Time without another letter after which a filter takes effect."""


class DecsimApp(App[Ending], inherit_bindings=False):
    """Watches and steers one run.

    `run()` returns an `Ending`, or None if the app broke.

    Args:
        engine: not started yet; the app starts it after the first paint.
        ui: theme, ASCII, screen updates per second.
        config: the configuration of the run.
        export: writes tables into files; `sim.archive.export` by default.
        preferences: what was chosen in earlier sessions; nothing by default.
        book: the record of the run; read from its directory by default.
    """

    TITLE = "decsim-tui"
    # Nothing here copies what is selected by dragging, as the terminal does with shift; and
    # Textual fails where the button goes down on something that is just being taken away.
    ALLOW_SELECT = False
    # Textual wraps the lines of its palette, which needs at least a few cells.
    CSS = "CommandPalette CommandList { min-width: 12; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    COMMANDS = {ActionProvider}  # noqa: RUF012 (Textual declares it so)

    def __init__(
        self,
        engine: Steerable,
        *,
        ui: UiSection,
        config: LoadedConfig,
        export: Export = export_run,
        preferences: PreferenceFile | None = None,
        book: Book | None = None,
    ) -> None:
        super().__init__()
        self._glyphs = choose_glyphs(ui.ascii)
        self.engine = engine
        self.steering = Steering(engine, self.notify, self._mention)
        self.book = book if book is not None else Book()
        self.book.journal.viewer = engine.viewer
        self._config, self._export = config, export
        keymap = keymap_in(ui.keys)
        self.actions = everything(keymap)
        """All actions, with the keys that they have here."""
        self._keymap = for_textual(keymap)
        self.prompt = Prompt(self)
        self.footer = Footer(self.actions, PromptBar(self.prompt))
        further, self._skipped = plugin_panes(self._glyphs, self.book)
        self.dashboard = Dashboard(self._glyphs, self.footer, self.book, further)
        self.dashboard.knobs.scenario = values_of(config.config)
        self.preferences = preferences if preferences is not None else PreferenceFile()
        self.dashboard.begin_with(self.preferences.now, self.actions)
        self.shelf = load_themes()
        self.performer = Performer(self, self.dashboard.by_use, lambda: self.latest)
        self._ui = ui
        self._simple = SimpleSymbols(self._glyphs)
        self._used: Widget | None = None
        """What had the focus before the filter."""
        self.meter = Meter()
        """What the screen costs; counts where the driver that sends what changes is used."""
        self._sweeper = Sweeper()
        self._type_ahead = TypeAhead(self)
        self._narrowing: Timer | None = None
        """Runs while somebody types into the filter."""
        self.departure = Departure(
            self, engine, ui.on_hangup, lambda: self.latest, self.book.follower.let_go
        )
        self._alarmed: tuple[RunState, str] | None = None
        self._announced = RunState.LOADING
        self._herald = Herald(lambda text: self._driver and self._driver.write(text))

    @cached_property
    def dialogs(self) -> Dialogs:
        """Opens dialogs. They are imported after the first paint, or when one is asked for."""
        from tui.dialogs import Dialogs

        return Dialogs(self, self.steering, self._config, self._export, self.book)

    @property
    def broke_with(self) -> Exception | None:
        """What ended the app though nobody asked for that."""
        return self._exception

    # Life.

    def get_default_screen(self) -> Screen[None]:
        """The dashboard is the lowest screen."""
        return self.dashboard

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Simple symbols where that was asked for, or the terminal can do no more."""
        filters = list(super().get_line_filters())
        return [*filters, self._simple] if self._glyphs.simple else filters

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the domain's states, also under a theme that does not know them."""
        return variable_defaults(self.current_theme)

    def on_mount(self) -> None:
        """Paint first; then let the engine load."""
        self._dress()
        self.dashboard.call_after_refresh(self._begin)

    def _dress(self) -> None:
        for theme in self.shelf.themes:
            self.register_theme(theme)
        self.theme, warning = self.shelf.choose(self._ui.theme, self.available_themes)
        for line in (*self.shelf.warnings, warning, self.preferences.note, *self._skipped):
            if line:
                self.notify(printable(line), severity="warning", markup=False)

    def _begin(self) -> None:
        self.engine.start()
        self._sweeper.begin()
        self.set_interval(EVERY, self._sweeper.sweep)
        self.poll()
        self.set_interval(1 / self._ui.refresh_hz, self.poll)
        self.call_after_refresh(lambda: self.dialogs)

    def poll(self) -> None:
        """Take the engine's latest picture to all who show it."""
        if not self.screen_stack:  # the timer may fire once more while the app closes
            return
        if isinstance(self.screen, Dialog) and not self.screen.seen:
            return  # somebody waits for it; the next picture is soon enough
        snapshot = self.engine.snapshot
        fresh = snapshot is not self.latest
        if fresh:
            self._show(snapshot)
        else:
            self.dashboard.idle()
        self.book.follow(snapshot)
        if not self.dashboard.frozen:
            self.dashboard.read_on()
        self.dashboard.hurried |= fresh
        self._alarm(snapshot)

    @property
    def latest(self) -> Snapshot:
        """The last picture, also while the view is frozen."""
        return self.steering.latest

    def _mention(self, text: str) -> None:
        """Tell of something that the ledger does not record, where nobody is disturbed by it."""
        self.book.story.tell(self.latest.step, text, "quiet")
        self.dashboard.say(text)

    def give(self, command: Command) -> int:
        """Hand a command to the engine; its ticket."""
        return self.steering.give(command)

    def _show(self, snapshot: Snapshot) -> None:
        self.steering.latest = snapshot
        if snapshot.state is not RunState.RUNNING:
            self.dashboard.pausing = False  # also where the view is frozen and hears of nothing
        self.dashboard.hear(snapshot.step, snapshot.state)
        if not self.dashboard.frozen:
            self.dashboard.snapshot = snapshot
        for keys in self.footer.query(Keys):  # none any more while the app closes
            keys.snapshot = snapshot
        for screen in self.screen_stack:
            if isinstance(screen, Dialog):
                screen.snapshot = snapshot
        self.steering.report(snapshot)
        self._announce(snapshot)

    def _announce(self, snapshot: Snapshot) -> None:
        """Tell the window how the run stands; ring where somebody is needed, or it is over."""
        state, was = snapshot.state, self._announced
        self._announced = state
        title = window_title(snapshot, self._glyphs)
        self._herald.entitle(title, urgent=state is not was)
        if self._ui.bell and state is not was and state in (*ALARMS, RunState.FINISHED):
            self._herald.call(title)

    def _alarm(self, snapshot: Snapshot) -> None:
        """Tell once of a fault, a failure or the end; not over another dialog."""
        if self.screen is not self.dashboard:
            return
        news = (snapshot.state, snapshot.cause)
        if news == self._alarmed:
            return
        self._alarmed = news
        if snapshot.state in ALARMS:
            self.push_screen(AlarmDialog(snapshot, self.give))
        elif snapshot.state is RunState.FINISHED:
            self.push_screen(EndDialog(snapshot, self.give))

    def action_detach(self) -> None:
        """Leave; the run goes on."""
        if not self.departure.detach():
            self.dashboard.say("this run lives in the app (--host thread): it cannot be left")

    def on_notify(self, event: Notify) -> None:
        """A toast is made for it next."""
        event.notification = Notice.of(event.notification)

    def on_exit_app(self) -> None:
        """A page that is closed is hung up."""
        if self.is_web and not self.departure.begun:
            self.departure.hang_up()

    def on_unmount(self) -> None:
        """However the app ends, the engine is told, and what was chosen is remembered."""
        self.preferences.remember(**self.dashboard.chosen)
        self._herald.end()
        self._sweeper.end()
        self.book.follower.close()
        self.departure.settle()

    def action_request_quit(self) -> None:
        """Leave; ask first where that would end the run for others, too."""
        if not self.engine.in_charge:
            self.action_detach()
        elif self.engine.others and not isinstance(self.screen, LeaveDialog):
            self.dialogs.leave(self.engine.others, self.departure.end_run, self.action_detach)
        else:
            self.departure.end_run()

    def pop_screen(self) -> AwaitComplete:
        """Close what is on top; the dashboard stays, whoever closes twice."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    # Keys.

    async def on_event(self, event: Event) -> None:
        """Keys have their effect one after another, however fast they come."""
        if isinstance(event, InputEvent | Paste) and not self.screen_stack:
            return  # typed behind the key that has closed the app
        typed = isinstance(event, Key | Paste) and not event.is_forwarded
        if not typed or (self._is_text(event) and self._type_ahead.idle):
            await super().on_event(event)
        elif self._type_ahead.admit(event):
            start, text = self.focused or self.screen, self._is_text(event)
            await super().on_event(event)
            if text:
                self._type_ahead.pass_on()
            else:
                self._type_ahead.follow(start)

    def _is_text(self, event: Event) -> bool:
        """Whether a key is a letter for a field: it can open nothing and move no focus."""
        return isinstance(event, Key) and event.is_printable and isinstance(self.focused, Input)

    def on_keys_pressed(self, message: Keys.Pressed) -> None:
        """The mouse chose a key of the footer."""
        self.call_next(self.run_action, message.action.action)

    def performable(self, action: Action) -> bool:
        """Whether it can be done now."""
        return self.performer.can(action)

    async def perform(self, action: Action) -> None:
        """Do what a key does, in the pane that it belongs to."""
        await self.performer.do(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now are dim and do nothing."""
        return True if available(action, self.latest) else None

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do it, as soon as the dialog that it is for is built; or say why that cannot be."""
        if isinstance(self.screen, Dialog) and not self.screen.is_mounted:
            again = partial(self.run_action, action, default_namespace, namespaces)
            return self.screen.call_later(again)
        done = await super().run_action(action, default_namespace, namespaces)
        if not done and isinstance(action, str) and default_namespace in (None, self):
            self.dashboard.say(lacking(action.partition("(")[0], self.latest))
        return done

    # Running.

    def action_pause(self) -> None:
        """Pause or resume; a pause is shown before the step under way is done."""
        if self.dashboard.pausing:
            self.give(Resume())
            self.dashboard.pausing = False
        else:
            self.dashboard.pausing = self.steering.pause()

    def action_step(self) -> None:
        """One step."""
        self.give(Step())

    def action_steps(self) -> None:
        """Ask how many steps."""
        self.dialogs.steps()

    def action_faster(self) -> None:
        """Double the pace."""
        self.steering.faster()

    def action_slower(self) -> None:
        """Halve the pace."""
        self.steering.slower()

    # Steering.

    def action_inject(self, kind: str = "") -> None:
        """Ask which attack."""
        self.dialogs.inject(self._cursor, self._chosen, kind)

    def action_stop(self) -> None:
        """Stop the attack under the cursor, or the only one; ask where several may be meant."""
        self.dialogs.stop(*self.dashboard.attack_pointed_at())

    def action_faults(self) -> None:
        """Ask what to break."""
        self.dialogs.faults(self._cursor, self._chosen)

    def action_adversaries(self) -> None:
        """Ask who misbehaves."""
        self.dialogs.adversaries(self._cursor, self._chosen)

    def action_parameters(self) -> None:
        """List the parameters."""
        self.dialogs.parameters()

    def edit_parameter(self, key: str) -> None:
        """Open the editor of one parameter."""
        if key == "ui.theme":
            self.action_theme()
        else:
            self.dialogs.parameter(key)

    def action_undo(self) -> None:
        """Withdraw what still waits, or undo the last steering action."""
        self.steering.undo()

    def action_repeat(self) -> None:
        """Do the last steering action again."""
        self.steering.repeat()

    def action_redo(self) -> None:
        """Redo the last undone."""
        self.give(Redo())

    # Keeping.

    def action_save(self) -> None:
        """Ask where to save the configuration."""
        self.dialogs.save()

    def action_export(self) -> None:
        """Ask what to export."""
        self.dialogs.export()

    def action_command_palette(self) -> None:
        """Find any action or parameter by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_theme(self) -> None:
        """List the themes."""
        self.dialogs.theme(self.shelf.names)

    def action_help(self) -> None:
        """Show all keys."""
        self.dialogs.help(self.actions, self.dashboard.front, self._glyphs)

    # Inspecting.

    def on_act_on(self, message: ActOn) -> None:
        """An inspector asks for a dialog that means its agent."""
        if available(message.what, self.latest):
            open_it = self.dialogs.inject if message.what == "inject" else self.dialogs.adversaries
            open_it(message.agent, (message.agent,))

    def on_turn_knob(self, message: TurnKnob) -> None:
        """A knob was turned."""
        self.steering.turn(message.key, message.value, message.presses)

    def on_watch(self, message: Watch) -> None:
        """Something else is marked."""
        self.steering.watch(message.marked)

    def on_aim(self, message: Aim) -> None:
        """A dialog would reach some agents: show them on the map."""
        self.dashboard.grid.aimed = message.agents

    def on_inspect_agent(self, message: InspectAgent) -> None:
        """A pane asks for an agent."""
        self.dialogs.agent(message.agent)

    def on_inspect_signature(self, message: InspectSignature) -> None:
        """A pane asks for a signature."""
        self.dialogs.signature(message.signature)

    def on_say(self, message: Say) -> None:
        """Something was done that the panes do not show."""
        self.dashboard.say(message.text)

    def on_theme_kept(self, message: ThemeKept) -> None:
        """Remember it for terminals like this one."""
        few = few_colours(self.console.color_system)
        self.preferences.remember(**{"theme_16" if few else "theme": message.name})

    def on_show_log(self, message: ShowLog) -> None:
        """Show what the log of the run says."""
        message.stop()
        self.dialogs.log(message.kind)

    def on_edit_parameter(self, message: EditParameter) -> None:
        """A pane or the list asks for the editor."""
        self.edit_parameter(message.key)

    @property
    def _cursor(self) -> int:
        """The agent under the grid's cursor."""
        return self.dashboard.grid.cursor

    @property
    def _chosen(self) -> tuple[int, ...]:
        """The agents that are selected on the map."""
        return self.dashboard.grid.agents_reached()

    def action_inspect(self) -> None:
        """Enter where the focused pane has no use for it: the agent under the grid's cursor."""
        if len(self.latest.grid.states):
            self.dialogs.agent(self._cursor)

    async def action_why(self) -> None:
        """Go to the causes: of the stop where something stopped the run, else of what is marked."""
        if self.dialogs.stop_cause():
            return
        pane = self.dashboard.front
        if isinstance(pane, RecordPane | ListPane):
            await self.run_action("activate", default_namespace=pane)
        else:
            self.action_inspect()

    # Looking.

    def action_zoom(self) -> None:
        """Zoom the pane in use, or return."""
        self.dashboard.toggle_zoom()

    def action_focus_pane(self, number: int) -> None:
        """Go to a pane."""
        self.dashboard.focus_pane(number)

    def action_meter(self) -> None:
        """Show what the screen costs, or no longer."""
        self.dashboard.query_one(StatusPane).toggle_meter(self.meter)

    def action_freeze(self) -> None:
        """Hold the picture, or show the latest again."""
        self.dashboard.frozen = not self.dashboard.frozen
        self.dashboard.catch_up()
        if not self.dashboard.frozen:
            self.dashboard.snapshot = self.latest

    def action_copy(self) -> None:
        """Copy what is marked, the run's place and head, and how to compute it again."""
        self.copy_to_clipboard(copied(self.latest, self.dashboard.focused))
        self.dashboard.say("copied what is marked, and how to replay it")

    def action_repaint(self) -> None:
        """Draw every cell again, whatever another program wrote over it."""
        self.screen.refresh(layout=True)
        self.refresh(repaint=True, layout=True)

    def action_command(self, line: str = "") -> None:
        """Ask for a command."""
        self.footer.ask_command(line)

    # The filter.

    def action_filter(self) -> None:
        """Ask for the word."""
        if not isinstance(self.dashboard.focused, Filter):
            self._used = self.dashboard.focused
        self.footer.ask()

    def action_clear(self) -> None:
        """Show everything again."""
        self._return_focus()
        self.footer.forget()
        self._narrow("")

    def _return_focus(self) -> None:
        if isinstance(self.dashboard.focused, Filter):
            self.dashboard.set_focus(self._used)

    @on(Filter.Cleared)
    def _clear_filter(self) -> None:
        self.action_clear()

    def action_focus_named(self, name: str) -> None:
        """Go to a pane by its id."""
        self.dashboard.focus_named(name)

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        """While one types, lists are narrowed only at the pauses."""
        if self._narrowing is not None:
            self._narrowing.stop()
        self._narrowing = self.set_timer(TYPING_SECONDS, partial(self._narrow, event.value))

    def _narrow(self, words: str) -> None:
        if self._narrowing is not None:
            self._narrowing.stop()
        self._narrowing = None
        self.dashboard.filter_text = words.strip()

    @on(Input.Submitted, "#filter")
    def _keep_filter(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._narrow(event.value)
            self._return_focus()
        else:
            self.action_clear()
