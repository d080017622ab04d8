"""The plan of a sweep: what is varied, over which seeds, and for how many steps."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sim.archive.pack import folder_names
from sim.config.load import LoadedConfig, load_config
from sim.config.parameters import Value, parameter_named, parse_value
from sim.config.yaml_text import parse_yaml, write_yaml
from sim.errors import ConfigError
from sim.machine import files
from sim.text import nearest, quantity, quoted, shown, typed

MOST: Final = 10_000
"""Runs of a sweep."""
LARGEST: Final = 1_000_000
_KEYS: Final = ("vary", "seeds", "steps", "config", "scenario", "traffic", "agents", "set")
_OPTIONS: Final = {"traffic": "traffic.path", "agents": "simulation.agents"}
_SEED: Final = "simulation.seed"
_RANGE: Final = re.compile(r"([0-9]{1,19})\.\.([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep does."""

    steps: int
    vary: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Key → its values, in the order in which they were given."""
    seeds: tuple[int, ...] = ()
    """None: that of the configuration."""
    config: str = ""
    scenario: str = ""
    options: Mapping[str, Value] = field(default_factory=dict)
    """Key → value, the same in all runs."""

    def text(self) -> str:
        """The plan as YAML; `read_plan` reads it back."""
        content: dict[str, Any] = {"vary": {key: list(values) for key, values in self.vary.items()}}
        content |= {"seeds": list(self.seeds), "steps": self.steps}
        content |= {name: text for name in ("config", "scenario") if (text := getattr(self, name))}
        return write_yaml(content | {"set": dict(self.options)})


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep."""

    name: str
    """Of its run directory."""
    varied: Mapping[str, Value]
    seed: int
    loaded: LoadedConfig


def read_plan(path: Path) -> dict[str, Any]:
    """What a file says, key by key, unchecked but for the keys.

    Raises:
        ConfigError: it cannot be read, or is no plan.
    """
    where = shown(path)
    try:
        with files.reading(path, largest=LARGEST) as stream:
            data = stream.read()
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read ({error.strerror})") from None
    try:
        content = parse_yaml(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is not UTF-8 text, expected YAML") from None
    except ValueError as error:
        raise ConfigError(f"{where}: is not valid YAML ({error})") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{where}: expected a mapping of {', '.join(_KEYS)}")
    for key in content:
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key {quoted(key)}{nearest(str(key), _KEYS)}")
    return content


def plan_of(content: Mapping[str, Any], where: str) -> Plan:
    """A plan from plain data.

    Args:
        content: as `read_plan` gives it.
        where: the name of the file, for messages.

    Raises:
        ConfigError: something in it is wrong; names the key, the value, and what was expected.
    """
    vary, fixed = content.get("vary") or {}, content.get("set") or {}
    for name, mapping in (("vary", vary), ("set", fixed)):
        if not isinstance(mapping, dict) or not all(isinstance(key, str) for key in mapping):
            raise ConfigError(f"{where}: {name}: expected a mapping of keys, not {quoted(mapping)}")
    for name in ("config", "scenario", "traffic"):
        if not isinstance(content.get(name, ""), str):
            raise ConfigError(f"{where}: {name}: expected text, not {quoted(content[name])}")
    steps = content.get("steps")
    if type(steps) is not int or steps < 1:
        raise ConfigError(f"{where}: steps: expected a whole number ≥ 1, not {quoted(steps)}")
    options = {key: content[name] for name, key in _OPTIONS.items() if name in content}
    return Plan(
        steps=steps,
        vary={key: varied(f"{where}: vary", key, values) for key, values in vary.items()},
        seeds=seeds_of(f"{where}: seeds", content.get("seeds") or ()),
        config=content.get("config", ""),
        scenario=content.get("scenario", ""),
        options={key: _value(where, key, value) for key, value in (fixed | options).items()},
    )


def varied(where: str, key: str, values: object) -> tuple[Value, ...]:
    """The values of a key that is varied, validated, each once.

    Raises:
        ConfigError: there is no such key, or one of them is not for it.
    """
    if key == _SEED:
        raise ConfigError(f"{where}: {key} is varied by --seeds")
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    if not listed:
        raise ConfigError(f"{where}: {key}: there are no values, expected a list")
    return tuple(dict.fromkeys(_value(where, key, value) for value in listed))


def seeds_of(where: str, said: object) -> tuple[int, ...]:
    """Seeds from `1..20`, `1,5,9..12`, a number, or a list of these.

    Raises:
        ConfigError: it is none of these.
    """
    parts = said if isinstance(said, (list, tuple)) else str(said).split(",")
    seeds: dict[int, None] = {}
    for part in parts:
        text = str(part).strip()
        if text.isascii() and text.isdigit() and len(text) <= 19:
            text = f"{text}..{text}"
        found = _RANGE.fullmatch(text)
        if found is None or int(found[1]) > int(found[2]):
            raise ConfigError(f"{where}: {quoted(part)} is not a seed or a range such as 1..20")
        first, last = int(found[1]), int(found[2])
        if last - first >= MOST:
            raise ConfigError(f"{where}: {quoted(part)} are more than {MOST:,} seeds")
        seeds |= dict.fromkeys(range(first, last + 1))
    for seed in seeds:
        _value(where, _SEED, seed)
    return tuple(seeds)


def points_of(plan: Plan) -> list[Point]:
    """The runs of a plan, the seeds of one variation together; all are known to be usable.

    Raises:
        InputError: there are too many, or one of them would be refused.
    """
    count = max(len(plan.seeds), 1)
    for values in plan.vary.values():
        count *= len(values)
    if count > MOST:
        raise ConfigError(f"the sweep has {quantity(count, 'run')}, expected at most {MOST:,}")
    seeds: Sequence[int | None] = plan.seeds or (None,)
    made = [
        _point(plan, dict(zip(plan.vary, values, strict=True)), seed)
        for values in itertools.product(*plan.vary.values())
        for seed in seeds
    ]
    names = folder_names([_name(point) for point in made])
    return [replace(point, name=name) for point, name in zip(made, names, strict=True)]


def _point(plan: Plan, values: Mapping[str, Value], seed: int | None) -> Point:
    options = {key: ("--set", value) for key, value in plan.options.items()}
    options |= {key: ("--vary", value) for key, value in values.items()}
    options.setdefault("simulation.executor", ("sweep", "sequential"))
    if seed is not None:
        options[_SEED] = ("--seeds", seed)
    loaded = load_config(
        config=Path(plan.config) if plan.config else None,
        scenario=plan.scenario or None,
        options=options,
    )
    return Point("", values, loaded.config.simulation.seed, loaded)


def _name(point: Point) -> str:
    """Readable: the last part of each key with its value, and the seed."""
    parts = [f"{key.partition('.')[2]}={_short(value)}" for key, value in point.varied.items()]
    return ",".join([*parts, f"seed={point.seed}"])


def _short(value: Value) -> str:
    return Path(value).name[:40] if isinstance(value, str) else typed(value)


def _value(where: str, key: str, value: object) -> Value:
    try:
        return parse_value(parameter_named(key), value)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def given(settings: Iterable[str], option: str) -> dict[str, str]:
    """`key=a,b` texts, by key.

    Raises:
        ConfigError: one has no `=`.
    """
    found: dict[str, str] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"{option}: expected key=a,b,..., not {quoted(setting)}")
        found[key.strip()] = text
    return found
