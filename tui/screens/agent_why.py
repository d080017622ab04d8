"""Why an agent is in the state that it is in, in one sentence."""

from __future__ import annotations

from sim.snapshot import AgentDetail, AgentState, Snapshot
from sim.text import quantity
from tui.record.signatures import Signatures


def why(detail: AgentDetail, snapshot: Snapshot, signatures: Signatures) -> str:
    """The cause of its state, from what it saw and what became of its signatures."""
    match detail.state:
        case AgentState.LEARNING:
            return f"no model yet, {_fits(detail, snapshot)}"
        case AgentState.QUARANTINED:
            return _quarantine(detail, snapshot, signatures)
        case AgentState.STOPPED:
            return _stop(snapshot)
        case _:
            return _scores(detail, snapshot)


def _fits(detail: AgentDetail, snapshot: Snapshot) -> str:
    needed = int(float(snapshot.parameters.get("detection.min_window", 0)))
    return f"as it has {detail.window:,} of the {quantity(needed, 'flow')} that it needs"


def _scores(detail: AgentDetail, snapshot: Snapshot) -> str:
    """What it found in its last batch."""
    if not detail.scores:
        return "it observed nothing in this step"
    clear = float(snapshot.parameters.get("signature.min_score", 1.0))
    over = sum(score >= clear for score in detail.scores)
    if over:
        score, far = "score" if over > 1 else "scores", _furthest(detail)
        found = f"{over:,} of {quantity(len(detail.scores), 'flow')} {score} {clear:g} or more"
        return f"{found}; furthest from its normal: {far}" if far else found
    least = float(snapshot.parameters.get("detection.threshold", 1.0))
    flagged = sum(score >= least for score in detail.scores)
    if flagged:
        return f"{flagged:,} of {quantity(len(detail.scores), 'flow')} flagged, none at {clear:g}"
    return f"no flow scores {least:g} or more"


def _furthest(detail: AgentDetail) -> str:
    """The feature of the last batch that is furthest from its normal."""
    found = [(abs(mean - median) / scale, name)
             for name, median, scale, mean in detail.features if scale > 0]  # fmt: skip
    return max(found)[1] if found else ""


def _quarantine(detail: AgentDetail, snapshot: Snapshot, signatures: Signatures) -> str:
    """How far its trust fell, and over what."""
    least = float(snapshot.parameters.get("trust.quarantine", 0.0))
    published = [r for r in signatures.of(detail.id) if r.decided is not None]
    refuted = sum(record.verdict == "REJECTED" for record in published)
    over = f"; {refuted:,} of its {quantity(len(published), 'signature')} were rejected"
    return f"trust fell to {detail.trust:.2f}, below {least:g}{over if refuted else ''}"


def _stop(snapshot: Snapshot) -> str:
    """The last error that stops agents."""
    errors = [error for error in snapshot.errors if error.kind.startswith("agent.")]
    if not errors:
        return "an error of its own: see pane Errors"
    last = max(errors, key=lambda error: error.last_step)
    return f"{last.kind} at s{last.last_step:,}: {last.message}"
