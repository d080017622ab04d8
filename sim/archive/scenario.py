"""A run that was steered by hand as a scenario that does the same by itself."""

from __future__ import annotations

from sim.commands import Steering
from sim.config.document import TimelineEntry, check_parameter, dump_document
from sim.config.load import LoadedConfig
from sim.errors import ConfigError
from sim.ledger.reader import LedgerReader
from sim.steering.journal import recorded_orders


def steered_scenario(loaded: LoadedConfig, reader: LedgerReader) -> str:
    """The YAML text of a scenario.

    Commands keep who gave them, so that an undo takes back what it took back, and a run of the
    scenario has the chain head of the run it repeats. Only commands that were rejected because no
    scenario could ask for them are left out.

    Args:
        loaded: the configuration that the run began with.
        reader: its ledger.

    Raises:
        VerificationError: a row of the journal is no command.
    """
    last = max((step for step, _ in reader.heads()), default=0)
    done = [
        TimelineEntry(step, order.command, order.source)
        for step, orders in recorded_orders(reader).items()
        for order in orders
        if isinstance(order.command, Steering)
    ]
    coming = [entry for entry in loaded.timeline if entry.at > last]
    timeline = tuple(entry for entry in [*done, *coming] if _possible(entry))
    name = f"{loaded.scenario or 'run'}-steered"
    return dump_document(loaded.config, timeline, name)


def _possible(entry: TimelineEntry) -> bool:
    """Whether a scenario may say so."""
    try:
        check_parameter(entry.command)
    except ConfigError:
        return False
    return True
