"""The simulation: agents, traffic, detection, consensus and the ledger. It knows no screen.

What is offered here is imported when it is first used: `import sim` itself costs nothing.
"""

import logging
from importlib import import_module
from typing import Any

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "Simulation": "sim.run.simulation",
    "AnomalyAgent": "sim.model.agents",
    "Engine": "sim.engine.engine",
    "load_config": "sim.config.load",
    "open_run": "sim.run.record",
    "replay": "sim.run.record",
    "verify": "sim.run.record",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
