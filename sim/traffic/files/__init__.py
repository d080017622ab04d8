"""Traffic files: recognise the format, parse the rows, encode them as numbers, hide the labels.

`read_flows` reads a whole file into a `FlowTable`; whatever is wrong with the file ends in a
`TrafficError` of one line.
"""

from __future__ import annotations

from sim.traffic.files.reading import FORMATS, read_flows
from sim.traffic.files.table import FlowTable

__all__ = ["FORMATS", "FlowTable", "read_flows"]
