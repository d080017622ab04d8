"""A format: the flow log of a firewall that nobody makes, a table with a header of its own."""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.names import keys
from sim.traffic.files.schema import Schema

_FIREWALL = Schema(
    "firewall",
    required=keys("when,from,to,service,sent,received,held,finding"),
    numbers=frozenset(keys("sent,received,held")),
    texts=frozenset(keys("service")),
    identifiers=frozenset(keys("when,from,to")),
    coarse_labels=("finding",),
    addresses=(("from", "to"),),
)
FIREWALL = Format("firewall", "flow log of a firewall", _FIREWALL, tabular=True)
