"""The outcome of a run as one plain object: what `--json` prints."""

from __future__ import annotations

from dataclasses import asdict

from sim.archive.directory import RunDirectory
from sim.archive.fork import Origin
from sim.archive.outcome import times
from sim.resources.tuner import turn_data
from sim.run.run import Run
from sim.snapshot import AttackOutcome, Confusion, FirstContact
from sim.text import quantity


def summarise(
    run: Run, directory: RunDirectory | None, wall: float, steps_here: int
) -> dict[str, object]:
    """Counts since the start of the run; `wall` seconds and `steps_here` since it was opened.

    A run that is kept nowhere has no `directory`.
    """
    simulation = run.simulation
    counts, cache = simulation.assembly.counts, simulation.cache_counts()
    quality = simulation.quality.view()
    clock = times(run.seconds, wall, steps_here)
    looked_up = cache["hits"] + cache["misses"]
    return {
        "run_dir": str(directory.path) if directory else None,
        "run_id": directory.run_id if directory else None,
        "forked_from": asdict(origin) if (origin := Origin.of(run.reader.meta())) else None,
        "seed": run.config.simulation.seed,
        "steps": simulation.now - run.behind,
        "traffic_ended": simulation.finished,
        "agents": simulation.population,
        "executor": simulation.executor.name,
        "executor_reason": simulation.executor_reason,
        "workers": simulation.executor.workers,
        "wall_s": clock["wall_s"],
        "steps_per_s": clock["steps_per_s"],
        "flows_scored": simulation.flows_scored,
        "ledger": {"entries": run.ledger.length, "head": run.ledger.head_hex},
        "signatures": {
            "published": counts["published"],
            "accepted": counts["ACCEPTED"],
            "rejected": counts["REJECTED"],
            "expired": counts["EXPIRED"],
            "pending": counts["published"]
            - counts["ACCEPTED"]
            - counts["REJECTED"]
            - counts["EXPIRED"],
        },
        "acceptance": {
            truth: round(accepted / decided, 6) if decided else None
            for truth, (accepted, decided) in quality.acceptance.items()
        },
        "detection": {
            "solo": _measures(quality.solo),
            "second_opinion": _measures(quality.second_opinion),
            "collective": _measures(quality.collective),
            "by_signatures": _measures(quality.by_signatures),
        },
        "first_contact": _first_contact(quality.first_contact),
        "protection": asdict(quality.protection),
        "attacks": [_without_beginning(outcome) for outcome in quality.attacks],
        "cache": {
            "hits": cache["hits"],
            "misses": cache["misses"],
            "stale": cache["stale"],
            "hit_rate": round(cache["hits"] / looked_up, 6) if looked_up else None,
        },
        "errors": simulation.errors.counts(),
        "timings": clock["timings"],
        "warnings": _warnings(run, directory),
        "notices": [*run.notices, *_not_given(run, directory)],
        "tuning": [turn_data(done) for done in run.tuner.done],
        "bottleneck": run.tuner.bottleneck,
    }


def _first_contact(contact: FirstContact) -> dict[str, float | None]:
    caught = asdict(contact)
    flows = caught.pop("flows")
    shares = {name: contact.recall(count) for name, count in caught.items()}
    return {"flows": flows} | {n: None if v is None else round(v, 6) for n, v in shares.items()}


def _without_beginning(outcome: AttackOutcome) -> dict[str, object]:
    """An attack as steps since it began."""
    return {name: value for name, value in asdict(outcome).items() if name != "began"}


def _warnings(run: Run, directory: RunDirectory | None) -> list[str]:
    """What was asked for and not done, and what makes figures meaningless."""
    steps = run.simulation.now - run.behind
    said = list(run.simulation.source.warnings)
    said += [
        f"step {entry.step}: {entry.kind} of the timeline was refused: {entry.reason}"
        for entry in run.journal
        if entry.fate == "rejected" and entry.order.source == "scenario"
    ]
    goal = directory.goal if directory else None
    if goal is not None and steps < goal and run.simulation.finished:
        said.append(f"the traffic ended after step {steps:,}, {goal:,} steps were asked for")
    return said


def _not_given(run: Run, directory: RunDirectory | None) -> list[str]:
    """Commands of the timeline for which the steps that were asked for are too few."""
    now, goal = run.simulation.now, directory.goal if directory else None
    later = [entry.at for entry in run.loaded.timeline if entry.at > now]
    over = run.simulation.finished or (goal is not None and now - run.behind >= goal)
    if not later or not over:
        return []
    many = quantity(len(later), "command")
    return [f"{many} of the timeline not given: the run ended before step {min(later):,}"]


def _measures(confusion: Confusion) -> dict[str, float | None]:
    values = {
        "precision": confusion.precision,
        "recall": confusion.recall,
        "f1": confusion.f1,
        "false_positive_rate": confusion.false_positive_rate,
    }
    return {name: None if v is None else round(v, 6) for name, v in values.items()}
