"""A run in which everything happens that a command can do."""

from __future__ import annotations

from laboratory import FLOOD, SCAN, Given

from sim.commands import InjectFault, SetAdversaries, SetParameter, Targets

HALF = Targets(fraction=0.5)
STEPS = 14
BUSY: Given = {
    4: (SCAN, InjectFault("broadcast_failure", Targets(fraction=0.3), duration=4)),
    5: (InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3),),
    6: (InjectFault("refit_failure", HALF, duration=3), SetParameter("cache.capacity", 0)),
    7: (InjectFault("cache_corruption", HALF), SetParameter("traffic.batch_size", 7)),
    9: (
        SetParameter("cache.capacity", 900),
        SetAdversaries("poison", Targets(fraction=0.2)),
        FLOOD,
    ),
    11: (InjectFault("cache_corruption", HALF), SetParameter("traffic.batch_size", 24)),
    12: (SetParameter("detection.threshold", 0.8), SetParameter("signature.memory", 3)),
}
"""Attacks, every fault, poison, caches switched off and on, batches of odd sizes."""
