"""The frame budget over lines that are slow, stall, or say nothing; no clock but the test's."""

from __future__ import annotations

from collections import deque

from tui.terminal.delta.link import Link

TICK = 0.01


class Wire:
    """A line with a rate and a delay, and a program that always has more to draw."""

    def __init__(self, link: Link, rate: float, delay: float, *, answers: bool = True) -> None:
        self.link, self.rate, self.delay, self.answers = link, rate, delay, answers
        self.now = 0.0
        self.sent = self.delivered = 0
        self._free = 0.0
        self._answers: deque[float] = deque()
        self.most_waiting = 0.0
        self.offer(10)
        self.run(0.5, 10, 1.0)

    def run(self, seconds: float, frame: int, every: float, *, urgent: bool = False) -> None:
        """Offer a frame of so many bytes every so many seconds."""
        end, due = self.now + seconds, self.now
        while self.now < end:
            while self._answers and self._answers[0] <= self.now:
                self._answers.popleft()
                self.link.answer(self.now)
            if self.now >= due:
                due += every
                self.offer(frame, urgent=urgent)
            self.most_waiting = max(self.most_waiting, (self._free - self.now) * self.rate)
            self.now += TICK

    def go_on(self, rate: float) -> None:
        """Carry again what has waited."""
        self.rate, self._free = rate, self.now
        self._answers = deque(self.now + 2 * self.delay for _ in self._answers)

    def offer(self, frame: int, *, urgent: bool = False) -> int:
        allowed = self.link.allowance(self.now, urgent=urgent)
        size = frame if allowed is None else min(frame, allowed)
        if size:
            asked = self.link.asks(size, self.now)
            self.link.wrote(size, self.now, asked=asked)
            self.sent += size
            self._free = max(self._free, self.now) + size / self.rate
            if asked and self.answers:
                self._answers.append(self._free + 2 * self.delay)
        return size


def test_a_fast_line_gets_everything() -> None:
    wire = Wire(Link(), rate=1e7, delay=0.001)
    before = wire.sent
    wire.run(10, 2000, 0.1)
    assert wire.sent - before == 100 * 2000


def test_what_a_slow_line_cannot_carry_does_not_wait_in_it() -> None:
    wire = Wire(Link(), rate=8000, delay=0.1)
    wire.run(5, 4000, 0.1)  # five times what it carries
    wire.most_waiting = 0.0
    wire.run(60, 4000, 0.1)
    assert wire.most_waiting < 8000 * 0.5
    assert wire.sent > 65 * 8000 * 0.4, "the line is used"


def test_what_waits_does_not_grow() -> None:
    wire = Wire(Link(), rate=8000, delay=0.1)
    wire.run(10, 3000, 0.1)
    most = []
    for _ in range(6):
        wire.most_waiting = 0.0
        wire.run(10, 3000, 0.1)
        most.append(wire.most_waiting)
    assert max(most[3:]) <= max(most[:3]) * 1.5


def test_a_key_goes_first_though_the_line_is_full() -> None:
    wire = Wire(Link(), rate=8000, delay=0.1)
    wire.run(20, 4000, 0.05)
    wire.run(0.02, 4000, 0.001)
    assert wire.link.allowance(wire.now) == 0
    assert wire.offer(400, urgent=True) == 400


def test_a_line_that_becomes_fast_again_is_used() -> None:
    wire = Wire(Link(), rate=8000, delay=0.1)
    wire.run(10, 4000, 0.1)
    wire.rate, wire.delay = 1e7, 0.001
    wire.run(30, 4000, 0.1)
    before = wire.sent
    wire.run(5, 4000, 0.1)
    assert wire.sent - before == 50 * 4000


def test_a_line_that_stalls_gets_no_more() -> None:
    wire = Wire(Link(), rate=1e6, delay=0.05)
    wire.run(5, 500, 0.1)
    before = wire.sent
    wire.rate = 1e-3
    wire.run(2.5, 500, 0.1)
    assert wire.sent - before < 5000
    wire.go_on(1e6)
    before = wire.sent
    wire.run(10, 500, 0.1)
    assert wire.sent - before > 60 * 500, "and it goes on by itself"


def test_a_terminal_that_never_answers_is_not_waited_for() -> None:
    wire = Wire(Link(), rate=1e7, delay=0.0, answers=False)
    wire.run(4, 2000, 0.1)
    before = wire.sent
    wire.run(10, 2000, 0.1)
    assert wire.sent - before == 100 * 2000
    assert not wire.link.waits


def test_a_limit_holds_and_a_key_may_exceed_it_for_a_second() -> None:
    wire = Wire(Link(1000, asks=False), rate=1e7, delay=0.0)
    wire.run(20, 5000, 0.1)
    assert wire.sent <= 1000 * 21
    assert wire.sent >= 1000 * 18
    assert wire.link.allowance(wire.now, urgent=True)


def test_a_small_limit_still_draws() -> None:
    wire = Wire(Link(50, asks=False), rate=1e7, delay=0.0)
    wire.run(20, 5000, 0.1)
    assert 0 < wire.sent <= 50 * 21


def test_the_round_trip_is_known() -> None:
    wire = Wire(Link(), rate=1e7, delay=0.03)
    wire.run(3, 500, 0.1)
    assert wire.link.round_trip is not None
    assert abs(wire.link.round_trip - 0.06) < 2 * TICK


def test_what_goes_out_without_a_question_does_not_stop_what_would_ask_one() -> None:
    link = Link()
    for second in range(20):  # a line that was full: as little as possible may be under way
        link.wrote(600, second, asked=True)
        link.answer(second + 0.01 if not second else second + 0.9)
    link.wrote(159, 30.0, asked=False)  # the title of the window
    assert link.allowance(30.1), "no answer is missing: nothing else would ever be drawn"


def test_a_line_is_asked_once_in_a_while_not_by_every_frame() -> None:
    link, asked = Link(), 0
    for number in range(100):
        now = number / 10
        if link.asks(300, now):
            asked += 1
            link.wrote(300, now, asked=True)
            link.answer(now + 0.01)
        else:
            link.wrote(300, now, asked=False)
    assert 10 <= asked <= 25, "every half second"
    assert link.asks(3000, now), "and by a frame that fills a narrow line"
