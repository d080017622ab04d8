"""One YAML file of configuration: sections of keys, and a timeline of commands if it has one.

Configuration files, scenarios and the `config.yaml` of a run directory share this format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.commands import STEERING_KINDS, SetParameter, Steering, from_payload, kind_of, to_payload
from sim.config.parameters import Value, parameter_named, parameters, parse_value
from sim.config.schema import Config
from sim.config.yaml_text import parse_yaml, write_yaml
from sim.errors import CommandRejectedError, ConfigError
from sim.text import nearest, quoted, shown

MAX_BYTES = 1_000_000
"""A configuration larger than this is no configuration."""
LAST_STEP = 1_000_000_000
"""A timeline ends here."""
_TEXT_KEYS = ("name", "description")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A command that a scenario gives at the start of a step."""

    at: int
    """Step, counted from 1: the command is applied before that step is computed."""
    command: Steering
    source: str = "scenario"
    """`live` for a command that a person gave in the run that this timeline repeats; it can be
    undone, and is recorded as such."""


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says."""

    path: Path
    name: str = ""
    description: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    """Key → validated value, only what the file mentions."""
    timeline: tuple[TimelineEntry, ...] = ()


def read_document(path: Path) -> Document:
    """Read and validate one file.

    Raises:
        ConfigError: the file cannot be read, or something in it is wrong; the message names file,
            key and value and says what was expected.
    """
    content = _parse(path)
    texts = {key: _text(path, key, content.pop(key)) for key in _TEXT_KEYS if key in content}
    timeline = _timeline(path, content.pop("timeline", None))
    return Document(path=path, values=_values(path, content), timeline=timeline, **texts)


def dump_document(config: Config, timeline: tuple[TimelineEntry, ...], name: str = "") -> str:
    """The YAML text of a whole configuration; `read_document` reads it back unchanged."""
    content: dict[str, Any] = {"name": name} if name else {}
    content |= config.model_dump(mode="json")
    if timeline:
        content["timeline"] = [entry_data(entry) for entry in timeline]
    return write_yaml(content)


def entry_data(entry: TimelineEntry) -> dict[str, Any]:
    """An entry of a timeline as a file writes it."""
    by = {"by": entry.source} if entry.source != "scenario" else {}
    return {"at": entry.at, **by, kind_of(entry.command): to_payload(entry.command)}


def _parse(path: Path) -> dict[str, Any]:
    where = shown(path)
    try:
        content = parse_yaml(_read(path))
    except ConfigError:
        raise
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is not UTF-8 text, expected YAML") from None
    except ValueError as error:
        raise ConfigError(f"{where}: is not valid YAML ({error})") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigError(f"{where}: expected a mapping of sections, not {quoted(content)}")
    return content


def _read(path: Path) -> str:
    """The text of a file or pipe, never more than `MAX_BYTES` of it (`/dev/zero` has no end)."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"{shown(path)}: larger than {MAX_BYTES:,} bytes, expected a configuration"
        )
    return data.decode("utf-8")


def _text(path: Path, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{shown(path)}: {key}: expected text, not {type(value).__name__}")
    return "".join(c if c.isprintable() else " " for c in value).strip()


def _values(path: Path, content: Mapping[str, Any]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for section, keys in content.items():
        if section not in Config.model_fields:
            known = [*Config.model_fields, *_TEXT_KEYS, "timeline"]
            raise ConfigError(
                f"{shown(path)}: unknown section {quoted(section)}{nearest(section, known)}"
            )
        if keys is None:
            continue
        if not isinstance(keys, dict):
            raise ConfigError(
                f"{shown(path)}: {section}: expected a mapping of keys, not {quoted(keys)}"
            )
        for name, value in keys.items():
            key = f"{section}.{name if isinstance(name, str) else quoted(name)}"
            values[key] = _value(path, key, value)
    return values


def _value(path: Path, key: str, value: object) -> Value:
    try:
        return parse_value(parameter_named(key), value)
    except ConfigError as error:
        raise ConfigError(f"{shown(path)}: {error}") from None


def _timeline(path: Path, entries: object) -> tuple[TimelineEntry, ...]:
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise ConfigError(
            f"{shown(path)}: timeline: expected a list of entries, not {quoted(entries)}"
        )
    timeline = [_entry(path, number, entry) for number, entry in enumerate(entries, 1)]
    return tuple(sorted(timeline, key=lambda entry: entry.at))


def _entry(path: Path, number: int, entry: object) -> TimelineEntry:
    where = f"{shown(path)}: timeline entry {number}"
    if not isinstance(entry, dict) or "at" not in entry or len(entry.keys() - {"by"}) != 2:
        raise ConfigError(f"{where}: expected `at` and one command, not {quoted(entry)}")
    source = entry.get("by", "scenario")
    if source not in ("scenario", "live"):
        raise ConfigError(f"{where}: by: expected scenario or live, not {quoted(source)}")
    at = entry["at"]
    if isinstance(at, bool) or not isinstance(at, int) or not 1 <= at <= LAST_STEP:
        raise ConfigError(f"{where}: at: expected a step from 1 to {LAST_STEP:,}, not {quoted(at)}")
    kind = next(key for key in entry if key not in ("at", "by"))
    if not isinstance(kind, str) or kind not in STEERING_KINDS:
        known = nearest(kind, STEERING_KINDS) if isinstance(kind, str) else ""
        raise ConfigError(f"{where}: unknown command {quoted(kind)}{known}")
    try:
        command = from_payload(kind, entry[kind])
        check_parameter(command)
    except (CommandRejectedError, ConfigError) as error:
        raise ConfigError(f"{where}: {error}") from None
    return TimelineEntry(at=at, command=command, source=source)


def check_parameter(command: Steering) -> None:
    """Refuse a `SetParameter` of an unknown key, a key that is not live, or an unusable value.

    Raises:
        ConfigError: with the reason.
    """
    if not isinstance(command, SetParameter):
        return
    parameter = parameter_named(command.key)
    if not parameter.live:
        live = [
            p.key
            for p in parameters()
            if p.live and p.key.split(".")[0] == command.key.split(".")[0]
        ]
        raise ConfigError(
            f"{command.key} takes effect only at a restart, expected a live key such as "
            + ", ".join(live[:3] or ["detection.threshold"])
        )
    parse_value(parameter, command.value)
