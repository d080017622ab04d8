"""A configuration on its way to the process that runs it, and errors on their way back."""

from __future__ import annotations

import json

from sim import errors
from sim.commands import from_payload, kind_of, to_payload
from sim.config.document import TimelineEntry
from sim.config.load import LoadedConfig
from sim.config.schema import Config
from sim.errors import DecsimError, HostError
from sim.host.messages import Unusable


def packed(loaded: LoadedConfig) -> bytes:
    """A configuration as JSON: any text survives it, that of paths included."""
    content = {
        "config": loaded.config.model_dump(mode="json"),
        "sources": dict(loaded.sources),
        "scenario": loaded.scenario,
        "description": loaded.description,
        "timeline": [
            [entry.at, kind_of(entry.command), to_payload(entry.command), entry.source]
            for entry in loaded.timeline
        ],
        "notices": list(loaded.notices),
    }
    return json.dumps(content).encode("ascii")


def unpacked(data: bytes) -> LoadedConfig:
    """The configuration that these bytes are.

    Raises:
        HostError: they are none.
    """
    try:
        content = json.loads(data)
        timeline = [
            TimelineEntry(at, from_payload(kind, payload), source)
            for at, kind, payload, source in content["timeline"]
        ]
        return LoadedConfig(
            Config.model_validate(content["config"]),
            content["sources"],
            content["scenario"],
            content["description"],
            tuple(timeline),
            tuple(content["notices"]),
        )
    except (DecsimError, ValueError, TypeError, KeyError) as error:
        raise HostError(f"a configuration cannot be read: {type(error).__name__}") from None


def unusable(error: DecsimError) -> Unusable:
    """An error as it goes over the line."""
    known = next(k for k in type(error).__mro__ if getattr(errors, k.__name__, None) is k)
    return Unusable(known.__name__, str(error))


def error_of(message: Unusable) -> DecsimError:
    """The error that was sent; the root of all of them where its class is not known here."""
    kind = getattr(errors, message.kind, None)
    if isinstance(kind, type) and issubclass(kind, DecsimError):
        return kind(message.reason)
    return DecsimError(message.reason)
