"""Commands as plain data, and back: what scenarios, journals and sockets hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from sim.commands.commands import Command, Control, InjectFault, Steering
from sim.errors import CommandRejectedError
from sim.text import nearest, quoted, shown


def kind_of(command: object) -> str:
    """Name of a command in scenarios and journals: `InjectAttack` is `inject_attack`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(command).__name__).lower()


STEERING_KINDS: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower(): c for c in get_args(Steering)
}
CONTROL_KINDS: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower(): c for c in get_args(Control)
}


def to_payload(command: Command) -> dict[str, Any]:
    """The arguments of a command as plain data, without what is default in `targets`."""
    payload = asdict(command)
    targets = getattr(command, "targets", None)
    if is_dataclass(targets):
        payload["targets"] = {
            f.name: list(v) if isinstance(v := getattr(targets, f.name), tuple) else v
            for f in fields(targets)
            if getattr(targets, f.name) != f.default
        }
    elif isinstance(command, InjectFault):
        del payload["targets"]
    return payload


def from_payload(kind: str, payload: Mapping[str, Any] | None) -> Steering:
    """The command that `kind` and `payload` describe.

    Raises:
        CommandRejectedError: unknown kind, or unusable arguments; the message says which.
    """
    command: Steering = _made(STEERING_KINDS, kind, payload)
    return command


def command_of(kind: str, payload: Mapping[str, Any] | None) -> Command:
    """The same for all commands, control included: what arrives from another process.

    Raises:
        CommandRejectedError: unknown kind, or unusable arguments; the message says which.
    """
    command: Command = _made({**STEERING_KINDS, **CONTROL_KINDS}, kind, payload)
    return command


def _made(kinds: Mapping[str, type[Any]], kind: str, payload: Mapping[str, Any] | None) -> Any:
    found: Any = kinds.get(kind)
    if found is None:
        raise CommandRejectedError(f"unknown command {quoted(kind)}{nearest(kind, kinds)}")
    if payload is not None and not isinstance(payload, Mapping):
        raise CommandRejectedError(
            f"{kind}: expected a mapping of arguments, not {quoted(payload)}"
        )
    try:
        return _adapter(found).validate_python(dict(payload or {}))
    except ValidationError as error:
        raise CommandRejectedError(f"{kind}: {_first(error)}") from None


@cache
def _adapter(found: type[Any]) -> TypeAdapter[Any]:
    """What checks the arguments of a command; it takes milliseconds to make."""
    return TypeAdapter(found)


def _first(error: ValidationError) -> str:
    """The first finding of a validation error as one line."""
    finding = error.errors()[0]
    where = ".".join(shown(part) for part in finding["loc"])
    message = finding["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    given = quoted(finding["input"])
    return f"{where}: {message}, not {given}" if where else f"{message}, not {given}"
