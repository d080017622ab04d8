"""The report of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from sim.archive.directory import RunDirectory
from sim.archive.entries import entry_of
from sim.config.document import dump_document
from sim.config.load import LoadedConfig
from sim.config.parameters import parameters
from sim.ledger.reader import Entry, LedgerReader, open_read_only
from sim.ledger.rows import CommandRow, Confusion, StepRow, TruthRow, VerdictRow
from sim.report import page
from sim.report.figure import Line, line_figure
from sim.run.recorded import OnStep, recorded_summary
from sim.snapshot import Confusion as Quality
from sim.text import command_line, quantity, typed

WINDOW: Final = 20
"""Steps that a value over time is of."""
_MOST_COMMANDS: Final = 500
_LAYERS: Final = ("solo", "second_opinion", "collective", "by_signatures")
_ATTACK: Final = (
    *("kind", "reached", "first_flag", "first_signature", "accepted", "known_by_all"),
    *("missed_flows", "false_alarms"),
)

Figures = dict[str, str]
"""Name → SVG."""


def run_report(run: RunDirectory, on_step: OnStep | None = None) -> tuple[str, Figures]:
    """The section of a run, and its figures.

    Args:
        run: only read.
        on_step: called with the number of each step that is computed again.

    Raises:
        InputError: its traffic is unusable.
        VerificationError: its record is damaged, or cannot be repeated.
        LedgerError: it cannot be read now.
    """
    summary, loaded = recorded_summary(run, on_step), run.load()
    with closing(open_read_only(run.ledger_file)) as reader:
        figures = _figures(reader)
        parts = [
            *_what(run, summary, loaded),
            *_outcome(summary),
            *map(page.figure, figures.values()),
            *_changed(loaded),
            *_journal(reader),
            *_again(run, summary, loaded, reader),
        ]
    return "\n".join(parts), figures


def _what(run: RunDirectory, summary: Mapping[str, Any], loaded: LoadedConfig) -> Iterator[str]:
    yield page.heading(run.run_id, 2)
    traffic = loaded.config.traffic.path or f"synthetic, {loaded.config.traffic.difficulty}"
    origin = summary["forked_from"]
    rows = [
        ("Scenario", loaded.scenario or None),
        ("Agents", summary["agents"]),
        ("Steps", summary["steps"]),
        ("Seed", str(summary["seed"])),
        ("Traffic", traffic),
        ("Forked from", f"{origin['run_id']} at step {origin['step']:,}" if origin else None),
        ("Head", summary["ledger"]["head"]),
    ]
    if loaded.description:
        yield page.paragraph(loaded.description)
    yield page.table(("", ""), [row for row in rows if row[1] is not None])


def _outcome(summary: Mapping[str, Any]) -> Iterator[str]:
    yield page.heading("Outcome")
    measures = ("precision", "recall", "f1", "false_positive_rate")
    detection = summary["detection"]
    yield page.table(
        ("Detection", "precision", "recall", "F1", "false positive rate"),
        [(n.replace("_", " "), *(detection[n][m] for m in measures)) for n in _LAYERS],
    )
    signatures, acceptance = summary["signatures"], summary["acceptance"]
    counts = ("published", "accepted", "rejected", "expired", "pending")
    yield page.table(
        [*counts, *(f"accepted share, {truth.replace('_', ' ')}" for truth in acceptance)],
        [[*(signatures[key] for key in counts), *acceptance.values()]],
    )
    yield page.heading("Attacks")
    if not summary["attacks"]:
        yield page.paragraph("There were none.", quiet=True)
        return
    yield page.table(
        [name.replace("_", " ") for name in _ATTACK],
        [[attack[name] for name in _ATTACK] for attack in summary["attacks"]],
    )
    yield page.paragraph("Events are steps since the attack began; – is never.", quiet=True)


def _figures(reader: LedgerReader) -> Figures:
    steps = [row for _, row in reader.rows(StepRow)]
    truth = [row.collective[0] + row.collective[2] for row in steps]
    bands = _bands(truth)
    return {
        "f1": line_figure(
            f"F1 over the last {WINDOW} steps (shaded: attacks)",
            [
                Line("together", _f1([row.collective for row in steps])),
                Line("alone", _f1([row.solo for row in steps])),
            ],
            high=1.0,
            bands=bands,
        ),
        "alerts": line_figure(
            "Flows in each step",
            [
                Line("flagged", [row.collective[0] + row.collective[1] for row in steps]),
                Line("attacks", truth),
            ],
            bands=bands,
        ),
        "acceptance": line_figure(
            "Accepted signatures by what they were",
            _accepted(reader, len(steps)),
            bands=bands,
        ),
    }


def _f1(rows: Sequence[Confusion]) -> list[float | None]:
    """F1 over a sliding window; undefined where there was neither an attack nor an alert."""
    return [
        Quality(*map(sum, zip(*rows[max(0, end - WINDOW) : end], strict=True))).f1
        for end in range(1, len(rows) + 1)
    ]


def _bands(truth: Sequence[int]) -> list[tuple[int, int]]:
    """First and last steps of each time with attacks."""
    bands: list[tuple[int, int]] = []
    for step, flows in enumerate(truth, 1):
        if flows and bands and bands[-1][1] == step - 1:
            bands[-1] = (bands[-1][0], step)
        elif flows:
            bands.append((step, step))
    return bands


def _accepted(reader: LedgerReader, steps: int) -> list[Line]:
    """How many were accepted up to each step, by truth."""
    truths = {row.signature: row.truth for _, row in reader.rows(TruthRow)}
    counts = {truth: [0.0] * steps for truth in ("attack", "false_alarm", "poison")}
    for _, row in reader.rows(VerdictRow):
        if row.verdict == "ACCEPTED" and row.signature in truths and 1 <= row.step <= steps:
            counts[truths[row.signature]][row.step - 1] += 1
    lines = []
    for truth, each in counts.items():
        total, values = 0.0, []
        for count in each:
            total += count
            values.append(total)
        lines.append(Line(truth.replace("_", " "), values))
    return lines


def _changed(loaded: LoadedConfig) -> Iterator[str]:
    yield page.heading("Parameters that differ from the default")
    content = loaded.config.model_dump()
    rows = []
    for parameter in parameters():
        section, _, name = parameter.key.partition(".")
        value = content[section][name]
        if value != parameter.default:
            rows.append((parameter.key, typed(value), typed(parameter.default), parameter.help))
    if rows:
        yield page.table(("key", "value", "default", ""), rows)
    else:
        yield page.paragraph("There are none.", quiet=True)


def _journal(reader: LedgerReader) -> Iterator[str]:
    yield page.heading("Journal")
    found = reader.commands()
    if not found:
        yield page.paragraph("Nobody gave a command.", quiet=True)
        return
    entries = (Entry(seq, "commands", row.step, row) for seq, row in found[:_MOST_COMMANDS])
    yield page.numbered(f"Step {entry.step:,}: {entry_of(entry).text}." for entry in entries)
    if len(found) > _MOST_COMMANDS:
        yield page.paragraph(f"And {len(found) - _MOST_COMMANDS:,} more.", quiet=True)


def _again(
    run: RunDirectory, summary: Mapping[str, Any], loaded: LoadedConfig, reader: LedgerReader
) -> Iterator[str]:
    meta, head = reader.meta(), summary["ledger"]["head"]
    names = sorted(key for key in meta if key.startswith("version."))
    recorded = ", ".join(f"{key.partition('.')[2]} {meta[key]}" for key in names)
    lines = [command_line("replay", run.run_id, "--expect-head", head)]
    if not _steered(row for _, row in reader.commands()):
        steps = summary["steps"]
        lines.append(command_line("run", "--config", "config.yaml", "--steps", steps))
    yield page.heading("How to reproduce it")
    yield page.paragraph(
        f"{quantity(summary['steps'], 'step')} have the head {head}, whatever the executor."
        + (f" Recorded with {recorded}." if recorded else "")
    )
    yield page.code("\n".join(lines))
    # With what a younger version would take another default for.
    whole = dump_document(loaded.config, loaded.timeline, loaded.scenario)
    yield page.folded("config.yaml", page.code(whole))


def _steered(rows: Iterator[CommandRow]) -> bool:
    """Whether somebody has given commands by hand, which a configuration does not have."""
    return any(row.source != "scenario" for row in rows)
