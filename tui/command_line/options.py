"""The RUN OPTIONS, and the configuration that they ask for."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.command_line import completion
from tui.command_line.help import GroupedOption

if TYPE_CHECKING:
    from sim.config.load import LoadedConfig

F = TypeVar("F", bound=Callable[..., Any])

_KEYS = {
    "agents": "simulation.agents",
    "seed": "simulation.seed",
    "executor": "simulation.executor",
    "host": "simulation.host",
    "workers": "simulation.workers",
    "traffic": "traffic.path",
}
"""Option → key that it sets."""

_EXECUTORS = "auto, sequential, threads or ray"
# Values are checked by the configuration alone, so that bounds are written down once.
_option = functools.partial(click.option, cls=GroupedOption, section="The run")
_OPTIONS = (
    _option(
        "--scenario",
        metavar="NAME|PATH",
        help="Worked experiment; see `scenarios`.",
        shell_complete=completion.scenarios,
    ),
    _option(
        "--traffic",
        metavar="PATH",
        help="Traffic file instead of synthetic traffic; - is standard input, kept in a file.",
        shell_complete=completion.files,
    ),
    _option("--agents", metavar="N", help="Number of agents."),
    _option("--seed", metavar="S", help="Seed of every random draw."),
    _option(
        "--set",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Set one key; repeatable.",
        shell_complete=completion.settings,
    ),
    _option(
        "--config", metavar="PATH", help="Configuration file.", shell_complete=completion.files
    ),
    _option(
        "--executor",
        metavar="NAME",
        help=f"Where to compute: {_EXECUTORS}.",
        shell_complete=completion.choices("auto", "sequential", "threads", "ray"),
    ),
    _option("--workers", metavar="K", help="Parallel workers; 0 is one per processor."),
    _option(
        "--host",
        metavar="process|thread",
        help="Where the engine lives (app only).",
        shell_complete=completion.choices("process", "thread"),
    ),
    _option(
        "--run-dir", metavar="DIR", help="New folder for the run.", shell_complete=completion.files
    ),
)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was said on the command line, unchecked."""

    config: str | None = None
    scenario: str | None = None
    settings: tuple[str, ...] = ()
    agents: str | None = None
    seed: str | None = None
    executor: str | None = None
    workers: str | None = None
    host: str | None = None
    traffic: str | None = None
    run_dir: str | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that were used."""
        names = [f.name for f in fields(self) if getattr(self, f.name) not in (None, ())]
        return tuple("--set" if n == "settings" else "--" + n.replace("_", "-") for n in names)

    @property
    def run_path(self) -> Path | None:
        """Where the run directory is to be made, or None for the default.

        Raises:
            InputError: the option is there and empty.
        """
        return None if self.run_dir is None else _path("--run-dir", self.run_dir)

    def load(self) -> LoadedConfig:
        """The effective configuration, with a traffic file that can be read.

        Raises:
            InputError: something is wrong with it.
        """
        from sim.config.load import load_config

        loaded = load_config(
            config=None if self.config is None else _path("--config", self.config),
            scenario=self.scenario,
            settings=self.settings,
            options=self._values(),
        )
        check_traffic(loaded)
        return loaded

    def _values(self) -> dict[str, tuple[str, bool | int | float | str]]:
        values: dict[str, tuple[str, bool | int | float | str]] = {}
        for name, key in _KEYS.items():
            text = getattr(self, name)
            if text is None:
                continue
            value = _traffic(text) if name == "traffic" else text.strip()
            values[key] = (f"--{name}", value)
        return values


def run_options(command: F) -> F:
    """Give a command the RUN OPTIONS; it receives them as `options: RunOptions`."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        options = RunOptions(**{f.name: kwargs.pop(f.name) for f in fields(RunOptions)})
        return command(*args, options=options, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def check_traffic(loaded: LoadedConfig) -> None:
    """Refuse a traffic file that cannot be opened, before anything is made or drawn.

    Raises:
        TrafficError: names where the path came from, the path, and the reason.
    """
    from sim.errors import TrafficError
    from sim.text import shown

    path = loaded.config.traffic.path
    if not path or _is_many(Path(path)):
        return
    where = f"{loaded.sources['traffic.path']}: traffic.path: {shown(path)}"
    try:
        # A pipe that nobody writes to would be opened for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return
        raise OSError(0, "not a regular file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TrafficError(f"{where}: cannot be read ({reason}), expected a traffic file") from None


def _is_many(path: Path) -> bool:
    """Whether a path stands for a folder or a pattern; what is in it is seen when it is read."""
    try:
        return path.is_dir() or (not path.exists() and not set("*?[").isdisjoint(path.name))
    except (OSError, ValueError):
        return False


def _traffic(text: str) -> str:
    """The absolute path of `--traffic`; what standard input brings is kept in a file.

    Raises:
        InputError: it is no path that a run can be replayed from.
    """
    if text.strip() == "-":
        from tui.command_line import standard_input

        return str(standard_input.keep())
    return str(_path("--traffic", text).absolute())


def _path(option: str, text: str) -> Path:
    from sim.errors import InputError
    from sim.text import is_utf8, not_utf8, quoted

    if not text.strip() or "\0" in text:
        raise InputError(f"{option}: {quoted(text)} is not a path")
    if not is_utf8(text):
        raise InputError(f"{option}: {quoted(text)} {not_utf8(text, 'a path')}")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InputError(f"{option}: {quoted(text)} names an unknown home directory") from None
