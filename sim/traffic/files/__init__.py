"""Traffic files: recognise the format, parse the rows, encode them as numbers, hide the labels.

`read_flows` reads a whole source into a `FlowTable`; whatever is wrong with it ends in a
`TrafficError` of one line.
"""

from __future__ import annotations

from sim.traffic.files.knobs import Knobs, make_knobs
from sim.traffic.files.reading import read_flows
from sim.traffic.files.table import FlowTable

__all__ = ["FlowTable", "Knobs", "make_knobs", "read_flows"]
