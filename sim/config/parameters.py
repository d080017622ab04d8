"""The parameters as a flat table: what dialogs, palette, schema and README are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args, get_origin

import annotated_types
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.config.schema import Applies, Config, Section
from sim.errors import ConfigError
from sim.plugins.choice import Choice
from sim.plugins.registry import Registry
from sim.text import is_utf8, nearest, not_utf8, quoted

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of the configuration with all that is declared about it."""

    key: str
    """`section.name`."""
    kind: Literal["bool", "int", "float", "str", "choice"]
    default: Value
    help: str
    unit: str
    applies: Applies
    low: float | None
    """Lowest allowed value, or None."""
    low_open: bool
    """Whether `low` itself is excluded."""
    high: float | None
    """Highest allowed value, or None."""
    literal: tuple[str, ...] = ()
    """The choices, where they are fixed."""
    registry: Registry | None = None
    """Where the choices come from, where plug-ins may add some."""

    before: Value | None = None
    """What holds in a run directory that does not mention the key; None is the default."""

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be chosen; names by a pattern of the registry are not among them."""
        return self.literal if self.registry is None else self.registry.names

    @property
    def live(self) -> bool:
        """Whether it can be changed while the run goes on."""
        return self.applies != "restart"

    @property
    def expected(self) -> str:
        """What a valid value is, in words for an error message."""
        if self.registry is not None:
            return self.registry.expected
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "bool":
            return "true or false"
        if self.kind == "str":
            return "text"
        noun = "a whole number" if self.kind == "int" else "a number"
        bounds = []
        if self.low is not None:
            bounds.append(f"{'>' if self.low_open else '≥'} {_figure(self.low)}")
        if self.high is not None:
            bounds.append(f"≤ {_figure(self.high)}")
        return " ".join([noun, " and ".join(bounds)]).strip()


def _figure(bound: float) -> str:
    """A bound for people: as one types it, `1000000` and not `1e+06`."""
    return f"{int(bound)}" if bound == int(bound) else f"{bound:g}"


@cache
def parameters() -> tuple[Parameter, ...]:
    """All parameters, in the order of their declaration."""
    return tuple(_walk())


def values_of(config: Config) -> dict[str, Value]:
    """Key → value of a whole configuration."""
    sections = config.model_dump()
    return {p.key: sections[p.key.split(".")[0]][p.key.split(".")[1]] for p in parameters()}


@cache
def _by_key() -> dict[str, Parameter]:
    return {p.key: p for p in parameters()}


def parameter_named(key: str) -> Parameter:
    """The parameter of this key.

    Raises:
        ConfigError: there is none; the message names the nearest match.
    """
    found = _by_key().get(key)
    if found is None:
        raise ConfigError(f"unknown key {quoted(key)}{nearest(key, _by_key())}")
    return found


def parse_value(parameter: Parameter, value: object) -> Value:
    """`value` as this parameter's type, within its bounds.

    Raises:
        ConfigError: it is not; the message names key, value and what was expected.
    """
    section, name = parameter.key.split(".")
    model = Config.model_fields[section].annotation
    assert isinstance(model, type) and issubclass(model, Section)
    if isinstance(value, bool) and parameter.kind in ("int", "float"):
        raise _unusable(parameter, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and parameter.kind == "str":
        value = str(value)
    if isinstance(value, str) and not is_utf8(value):
        raise ConfigError(f"{parameter.key}: {quoted(value)} {not_utf8(value, 'a text')}")
    try:
        parsed: Value = getattr(model.model_validate({name: value}), name)
    except ValidationError:
        raise _unusable(parameter, value) from None
    return parsed


def _unusable(parameter: Parameter, value: object) -> ConfigError:
    hint = nearest(value, parameter.choices) if isinstance(value, str) else ""
    return ConfigError(f"{parameter.key}: {quoted(value)} is not {parameter.expected}{hint}")


def _walk() -> Iterator[Parameter]:
    for section, holder in Config.model_fields.items():
        model = holder.annotation
        assert isinstance(model, type) and issubclass(model, Section)
        for name, field in model.model_fields.items():
            yield _describe(f"{section}.{name}", field)


def _describe(key: str, field: FieldInfo) -> Parameter:
    low = high = None
    low_open = False
    for item in field.metadata:
        if isinstance(item, annotated_types.Ge):
            low = float(item.ge)  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.Gt):
            low, low_open = float(item.gt), True  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.Le):
            high = float(item.le)  # type: ignore[arg-type]
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    kind, choices = _kind_of(field)
    return Parameter(
        key=key,
        kind=kind,
        default=field.default,
        help=field.description or "",
        unit=str(extra["unit"]),
        applies=extra["applies"],  # type: ignore[arg-type]
        low=low,
        low_open=low_open,
        high=high,
        before=extra.get("before"),  # type: ignore[arg-type]
        literal=choices,
        registry=next((m.registry for m in field.metadata if isinstance(m, Choice)), None),
    )


def _kind_of(
    field: FieldInfo,
) -> tuple[Literal["bool", "int", "float", "str", "choice"], tuple[str, ...]]:
    annotation = field.annotation
    if any(isinstance(item, Choice) for item in field.metadata):
        return "choice", ()
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(a) for a in get_args(annotation))
    if annotation is bool:
        return "bool", ()
    if annotation is int:
        return "int", ()
    if annotation is float:
        return "float", ()
    return "str", ()
