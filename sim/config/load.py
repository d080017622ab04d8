"""The effective configuration from its layers, with where each value came from.

Precedence, lowest first: defaults, configuration file, scenario, environment, `--set` and options.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sim.commands import InjectAttack
from sim.config.document import Document, TimelineEntry, read_document
from sim.config.faults import KEY as FAULTS
from sim.config.faults import parse_faults
from sim.config.parameters import Value, parameter_named, parameters, parse_value
from sim.config.scenario import DEFAULT_SCENARIO, find_scenario
from sim.config.schema import Config
from sim.errors import ConfigError
from sim.plugins.catalogue import ATTACKS
from sim.text import nearest, quoted, shown

_PREFIX = "DECSIM_"


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A validated configuration, ready to run."""

    config: Config
    sources: Mapping[str, str]
    """Key → where its value came from, e.g. `default`, `file x.yaml`, `--set`."""
    scenario: str = ""
    description: str = ""
    timeline: tuple[TimelineEntry, ...] = ()
    notices: tuple[str, ...] = ()
    """What is worth knowing about how the layers were merged."""


def load_config(
    *,
    config: Path | None = None,
    scenario: str | None = None,
    settings: Iterable[str] = (),
    options: Mapping[str, tuple[str, Value]] | None = None,
    environment: Mapping[str, str] | None = None,
) -> LoadedConfig:
    """Merge all layers and validate the result.

    Args:
        config: a configuration file.
        scenario: name or file of a scenario. Without it, without `config` and without a traffic
            file among the options, the default scenario is used.
        settings: `key=value` texts, as given to `--set`.
        options: key → (name of the option, value), as given on the command line.
        environment: variables; `os.environ` by default.

    Raises:
        ConfigError: something is wrong; one line that says where, what and what was expected.
    """
    options = options or {}
    values: dict[str, Value] = {}
    sources = {p.key: "default" for p in parameters()}

    def layer(found: Mapping[str, Value], source: str) -> None:
        values.update(found)
        sources.update(dict.fromkeys(found, source))

    document = Document(path=Path())
    notices: tuple[str, ...] = ()
    if config is not None:
        document = read_document(config)
        layer(_anchored(document), f"file {shown(config)}")
    if scenario is None and config is None and "traffic.path" not in options:
        scenario = DEFAULT_SCENARIO
    if scenario is not None:
        found = find_scenario(scenario)
        layer(_anchored(found), f"scenario {found.name}")
        notices = _given_up(document, found)
        document = replace(found, timeline=found.timeline or document.timeline)
    for key, (variable, value) in _from_environment(
        os.environ if environment is None else environment
    ).items():
        layer({key: value}, f"environment {variable}")
    layer(parse_settings(settings), "--set")
    for key, (option, option_value) in options.items():
        layer({key: _checked(option, key, option_value)}, option)
    loaded = LoadedConfig(
        config=_build(values),
        sources=sources,
        scenario=document.name,
        description=document.description,
        timeline=document.timeline,
        notices=notices,
    )
    return _whole(loaded)


def _given_up(file: Document, scenario: Document) -> tuple[str, ...]:
    """A line where the timeline of a configuration file gives way to that of a scenario."""
    if not (file.timeline and scenario.timeline):
        return ()
    commands = len(file.timeline)
    many = f"{commands} command" if commands == 1 else f"{commands} commands"
    return (
        f"{shown(file.path)}: its timeline of {many} gives way to that of scenario {scenario.name}",
    )


def reload_config(path: Path) -> LoadedConfig:
    """The configuration of a run directory, exactly as its file says.

    A key that the file does not mention is younger than the run, and has the value that stands for
    what was done before there was the key.

    Raises:
        ConfigError: something in the file is wrong.
    """
    document = read_document(path)
    sources = {
        p.key: f"file {shown(path)}" if p.key in document.values else "default"
        for p in parameters()
    }
    older = {p.key: p.before for p in parameters() if p.before is not None}
    values = {**older, **document.values}
    loaded = LoadedConfig(
        _build(values), sources, document.name, document.description, document.timeline
    )
    return _whole(loaded)


def _whole(loaded: LoadedConfig) -> LoadedConfig:
    """The configuration with its faults in the timeline, where a run records and repeats them."""
    text = loaded.config.simulation.faults
    if text:
        faults = parse_faults(text, loaded.sources[FAULTS])
        simulation = loaded.config.simulation.model_copy(update={"faults": ""})
        config = loaded.config.model_copy(update={"simulation": simulation})
        timeline = sorted((*loaded.timeline, *faults), key=lambda entry: entry.at)
        loaded = replace(loaded, config=config, timeline=tuple(timeline))
    _check_whole(loaded)
    return loaded


def _anchored(document: Document) -> dict[str, Value]:
    """The values of a file, with a relative traffic path taken from the file's own folder."""
    values = dict(document.values)
    traffic = values.get("traffic.path")
    if isinstance(traffic, str) and traffic:
        try:
            values["traffic.path"] = str(document.path.parent / Path(traffic).expanduser())
        except RuntimeError:
            raise ConfigError(
                f"{shown(document.path)}: traffic.path: {quoted(traffic)} names an unknown home"
                " directory, expected a file"
            ) from None
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, Value]]:
    known = {_PREFIX + p.key.replace(".", "__").upper(): p for p in parameters()}
    found: dict[str, tuple[str, Value]] = {}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(_PREFIX) or "__" not in variable:
            continue
        if variable not in known:
            raise ConfigError(
                f"environment: unknown variable {quoted(variable)}{nearest(variable, known)}"
            )
        key = known[variable].key
        found[key] = (variable, _checked(f"environment {variable}", key, text))
    return found


def parse_settings(settings: Iterable[str]) -> dict[str, Value]:
    """What `--set` says: key → value, validated.

    Raises:
        ConfigError: one of them is no setting.
    """
    found: dict[str, Value] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set: expected key=value, not {quoted(setting)}")
        found[key.strip()] = _checked("--set", key.strip(), text.strip())
    return found


def _checked(where: str, key: str, value: object) -> Value:
    try:
        parameter = parameter_named(key)
        return parse_value(parameter, value)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _build(values: Mapping[str, Value]) -> Config:
    sections: dict[str, dict[str, Value]] = {}
    for key, value in values.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    return Config.model_validate(sections)


def _check_whole(loaded: LoadedConfig) -> None:
    """Refuse what is wrong only in combination."""
    config = loaded.config
    if config.detection.min_window > config.detection.window:
        raise ConfigError(
            f"detection.min_window: {config.detection.min_window} is larger than detection.window"
            f" ({config.detection.window}), expected at most that"
        )
    if config.traffic.deal == "column" and not config.traffic.deal_column:
        raise ConfigError(
            "traffic.deal_column: empty, expected a column, as traffic.deal is column"
        )
    if config.traffic.path:
        return
    for entry in loaded.timeline:
        command = entry.command
        if isinstance(command, InjectAttack) and command.kind not in ATTACKS:
            raise ConfigError(
                f"timeline at {entry.at}: inject_attack: kind: {quoted(command.kind)} is not"
                f" {ATTACKS.expected}{ATTACKS.hint(command.kind)}"
            )
