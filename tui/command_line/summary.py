"""The outcome of a run in a few lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.text import command_line, quantity
from tui.command_line.output import print_rows

_NONE = "–"


def print_summary(summary: Mapping[str, Any]) -> None:
    """Print what `Engine.summary` says, aligned."""
    print_rows(_rows(summary))


def _rows(s: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    signatures, ledger, cache = s["signatures"], s["ledger"], s["cache"]
    where = f"{s['executor']} × {s['workers']}" if s["workers"] > 1 else str(s["executor"])
    yield "Run", f"{s['run_id']}: {quantity(s['agents'], 'agent')}, seed {s['seed']}, {where}"
    if origin := s.get("forked_from"):
        yield "Forked from", f"{origin['run_id']} at step {origin['step']:,}"
    pace = f"{s['steps']:,} in {s['wall_s']:.1f} s ({s['steps_per_s']:.1f}/s)"
    over = "; the traffic has ended" if s.get("traffic_ended") else ""
    yield "Steps", f"{pace}, {quantity(s['flows_scored'], 'flow')} scored{over}"
    yield (
        "Signatures",
        f"{signatures['published']:,} published: "
        + ", ".join(
            f"{signatures[k]:,} {k}" for k in ("accepted", "rejected", "expired", "pending")
        ),
    )
    yield (
        "Accepted",
        ", ".join(
            f"{truth.replace('_', ' ')} {_share(share)}" for truth, share in s["acceptance"].items()
        ),
    )
    for place, (who, quality) in enumerate(s["detection"].items()):
        yield "" if place else "Detection", f"{who.replace('_', ' '):<14} {_quality(quality)}"
    yield from _outcomes(s)
    lookups = f"{cache['hits']:,} hits, {cache['misses']:,} misses"
    yield "Cache", f"hit rate {_share(cache['hit_rate'])} ({lookups})"
    errors = ", ".join(f"{kind} × {count:,}" for kind, count in s["errors"].items())
    yield "Errors", errors or "none"
    warnings = [str(warning) for warning in s.get("warnings", ())]
    yield from (("Warning", warning) for warning in warnings)
    notices = (str(notice) for notice in s.get("notices", ()))
    yield from (("Note", notice) for notice in notices if notice not in warnings)
    yield "Ledger", f"{ledger['entries']:,} entries, head {str(ledger['head'])[:16]}…"
    yield "Kept in", str(s["run_dir"])
    yield "Replay", command_line("replay", s["run_dir"])


def _outcomes(s: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What became of the attacks, where there were any."""
    contact, protection = s["first_contact"], s["protection"]
    if contact["flows"]:
        shares = (f"{who.replace('_', ' ')} {_share(contact[who])}" for who in list(contact)[1:])
        yield "1st contact", f"{quantity(contact['flows'], 'flow')}: {', '.join(shares)} flagged"
    if protection["kinds"]:
        kinds = f"{protection['protected']} of {quantity(protection['kinds'], 'kind')} accepted"
        if protection["protected"]:
            steps = protection["steps"]
            kinds += f", after {steps:g} step{'' if steps == 1 else 's'} (median)"
            kinds += f", {_share(protection['not_reached'])} of the agents not reached by then"
        yield "Protection", kinds
    for attack in s["attacks"]:
        yield "Attack", f"{attack['kind']}: {_attack(attack)}"


def _attack(attack: Mapping[str, Any]) -> str:
    """One kind of attack; steps since it began."""
    events = (("flagged", "first_flag"), ("signed", "first_signature"), ("accepted", "accepted"))
    steps = ", ".join(
        f"never {word}" if attack[key] is None else f"{word} +{attack[key]:,}"
        for word, key in events
    )
    missed = f"{attack['missed_flows']:,} missed"
    return f"{quantity(attack['reached'], 'agent')} reached, {steps}, {missed}"


def _share(share: float | None) -> str:
    return _NONE if share is None else f"{share:.0%}"


def _quality(quality: Mapping[str, float | None]) -> str:
    parts = (("precision", "P"), ("recall", "R"), ("f1", "F1"))
    shares = (
        f"{short} {_NONE if quality[key] is None else format(quality[key], '.2f')}"
        for key, short in parts
    )
    rate = quality["false_positive_rate"]
    return f"{' '.join(shares)} false positives {_NONE if rate is None else format(rate, '.2%')}"
