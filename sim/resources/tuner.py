"""The tuner: watches what a run costs and turns the knobs that cannot change its result.

Monitor → threshold → bottleneck → turn → monitor: every turn is judged by the steps after it, and
taken back if it did not help. It measures with clocks, so two runs may be tuned differently; that
is why it may only turn what no result depends on.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from sim.machine.capacity import memory_limit, processors, resident_bytes
from sim.resources.advice import APART, TOGETHER, KnobName, Knobs, Turn, advise
from sim.resources.bottleneck import Measurements, bottleneck
from sim.resources.effect import Effect, effect_of
from sim.resources.resources import Resources

_LOG = logging.getLogger(__name__)
WINDOW = 10
"""Steps that are looked at together."""
PATIENCE = 2
"""Windows in a row that must ask for a turn before it is done."""
REST = 20
"""Windows for which a knob whose turn was taken back is left alone."""
KEPT = 100
"""Turns that are remembered."""
SHARD_PHASES = ("begin", "observe", "detect", "publish", "vote", "learn", "report")
LEDGER_PHASES = ("poll", "record")


@dataclass(frozen=True, slots=True)
class TurnDone:
    """A turn with the step after which it was done, and what became of it."""

    step: int
    turn: Turn
    effect: Effect | None = None
    """None until it is judged, and for turns back."""

    @property
    def text(self) -> str:
        """One line for people."""
        turn, effect = self.turn, f"; {self.effect}" if self.effect else ""
        return f"step {self.step}: {turn.knob} {turn.old} → {turn.new}: {turn.why}{effect}"


def turn_data(done: TurnDone) -> dict[str, object]:
    """The same as plain data; `effect` and `helped` are None where it is not judged."""
    effect = done.effect
    judged = {"effect": effect and effect.text, "helped": effect and effect.helped}
    return {"step": done.step, **asdict(done.turn), **judged}


class Tuner:
    """Tunes one run between its steps."""

    def __init__(self, resources: Resources) -> None:
        self.done: deque[TurnDone] = deque(maxlen=KEPT)
        """Oldest first."""
        self.lines: tuple[str, ...] = ()
        """The same for people, latest first."""
        self.bottleneck = ""
        """Of the last window; see `sim.resources.bottleneck.bottleneck`."""
        self._resources = resources
        self._limit = memory_limit()
        self._threads = resources.executor.workers
        self._asked = resources.judgements.configured
        self._wanted: list[str] = []
        """Knobs that the last windows asked for."""
        self._trial: tuple[Turn, Measurements] | None = None
        """The last turn, and what was measured before it."""
        self._resting: dict[KnobName, int] = {}
        """Windows for which a knob is still left alone."""
        self.told: Callable[[TurnDone], None] = lambda done: None
        """Is told of each turn that is done with: judged, or not to be judged."""
        self._forget()

    def observe(self, wall: float, busy: float, phases: Mapping[str, float]) -> None:
        """Note the step just done, and turn a knob if it is time to.

        Args:
            wall: how long it took, s.
            busy: processor time of this process in it, s.
            phases: phase → how long it took, s.
        """
        self._follow_the_configuration()
        if not self._resources.config.monitoring.tuner:
            self._put_back()
            return
        self._steps += 1
        self._wall += wall
        self._busy += busy
        for phase, seconds in phases.items():
            self._phases[phase] = self._phases.get(phase, 0.0) + seconds
        if self._steps >= WINDOW:
            self._conclude(self._measured())
            self._forget()

    def finish(self) -> None:
        """The run ends: a turn that is not judged yet will not be."""
        if self._trial is not None:
            self._trial = None
            self.told(self.done[-1])

    # -- monitor -------------------------------------------------------------------------------

    def _forget(self) -> None:
        """Begin a new window."""
        self._steps = 0
        self._wall = self._busy = 0.0
        self._phases: dict[str, float] = {}
        self._before = self._counts()

    def _counts(self) -> dict[str, int]:
        """Events since the start."""
        resources = self._resources
        judged, queries = resources.judged(), resources.query_cache.statistics()
        return {
            "hits": judged["hits"],
            "misses": judged["misses"],
            "evictions": judged["evictions"],
            "query_hits": queries.hits,
            "query_misses": queries.misses,
            "query_evictions": queries.evictions,
        }

    def _measured(self) -> Measurements:
        now = self._counts()
        # Never negative: a resumed run gets a new pool, a lost worker takes its counts with it.
        new = {name: max(0, now[name] - self._before[name]) for name in now}
        memory = resident_bytes()
        step, begin = self._wall / self._steps, self._phases.get("begin", 0.0) / self._steps
        return Measurements(
            step=step,
            compute=sum(self._phases.get(p, 0.0) for p in SHARD_PHASES) / self._steps,
            ledger=sum(self._phases.get(p, 0.0) for p in LEDGER_PHASES) / self._steps,
            # A shard does next to nothing to begin a step: that is what a round trip costs.
            round_trips=min(self._calls() * begin, step),
            processors_busy=self._busy / max(self._wall, 1e-9),
            memory=memory / self._limit,
            memory_free=max(0, self._limit - memory),
            misses=_share(new["misses"], new["hits"]),
            evictions=new["evictions"],
            query_misses=_share(new["query_misses"], new["query_hits"]),
            query_evictions=new["query_evictions"],
        )

    def _knobs(self) -> Knobs:
        resources, executor = self._resources, self._resources.executor
        workers = resources.config.simulation.workers
        return Knobs(
            threads=executor.workers if executor.name == "threads" else 0,
            most_threads=min(processors(), resources.shards, workers or processors()),
            cache=resources.judgements.now,
            cache_asked=resources.judgements.configured,
            queries=resources.queries.now,
            queries_asked=resources.queries.configured,
            batch=resources.batch.steps,
            most_batch=resources.config.ledger.batch_steps if resources.batch.allowed else 1,
            calls=self._calls(),
        )

    def _calls(self) -> int:
        """Calls of every worker in a step; 0 where shards are in this process."""
        executor = self._resources.executor
        return (TOGETHER if executor.together else APART) if executor.name == "ray" else 0

    # -- turn ----------------------------------------------------------------------------------

    def _conclude(self, measured: Measurements) -> None:
        """Judge the last turn, or turn at most one knob after a window."""
        self.bottleneck = bottleneck(measured)
        self._resting = {knob: left - 1 for knob, left in self._resting.items() if left > 1}
        if self._trial is not None:
            (tried, before), self._trial = self._trial, None
            if not self._judge(tried, effect_of(tried, before, measured)):
                return
        turn = advise(measured, self._knobs(), frozenset(self._resting))
        self._wanted = [*self._wanted, turn.knob if turn else ""][-PATIENCE:]
        if turn is not None and self._wanted == [turn.knob] * PATIENCE:
            self._wanted = []
            self._do(turn)
            self._trial = (turn, measured)

    def _judge(self, tried: Turn, effect: Effect) -> bool:
        """Note what the last turn has changed, and take it back if that is nothing good."""
        done = replace(self.done.pop(), effect=effect)
        self._note(done)
        self.told(done)
        if not effect.helped:
            self._resting[tried.knob] = REST
            self._do(Turn(tried.knob, tried.new, tried.old, "that did not help"))
            self.told(self.done[-1])
        return effect.helped

    def _do(self, turn: Turn) -> None:
        resources = self._resources
        match turn.knob:
            case "threads":
                resources.executor.resize(turn.new)
            case "judgement cache":
                resources.judgements.turn("tuner", turn.new)
            case "query cache":
                resources.queries.turn("tuner", turn.new)
            case "steps per transaction":
                resources.batch.steps = turn.new
            case "calls per step":
                resources.executor.together = turn.new <= TOGETHER
        self._note(TurnDone(self._resources.log.now, turn))

    def _note(self, done: TurnDone) -> None:
        self.done.append(done)
        _LOG.info("%s", done.text)
        self.lines = tuple(done.text for done in reversed(self.done))

    def _follow_the_configuration(self) -> None:
        """Let a size of the cache that somebody has just asked for hold as it is."""
        asked = self._resources.judgements.configured
        if asked != self._asked:
            self._asked = asked
            self._resources.judgements.release("tuner", "relief", "recovery")

    def _put_back(self) -> None:
        """Take back what was turned here; what others have turned stays."""
        if not self.done:
            return
        self.bottleneck, self._wanted, self._trial, self._resting = "", [], None, {}
        resources, before = self._resources, self._knobs()
        resources.judgements.release("tuner")
        resources.queries.release("tuner")
        resources.batch.steps, resources.executor.together = 1, False
        if before.threads:
            resources.executor.resize(self._threads)
        after = self._knobs()
        turned: tuple[tuple[KnobName, int, int], ...] = (
            ("threads", before.threads, after.threads),
            ("judgement cache", before.cache, after.cache),
            ("query cache", before.queries, after.queries),
            ("steps per transaction", before.batch, after.batch),
            ("calls per step", before.calls, after.calls),
        )
        for knob, old, new in turned:
            if old != new:
                self._note(TurnDone(resources.log.now, Turn(knob, old, new, "the tuner is off")))
                self.told(self.done[-1])
        self._forget()


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 0.0
