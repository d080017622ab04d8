"""Figures stay for a while, unless they are about something else."""

from tui.widgets.steady import SECONDS, Steady


def test_a_figure_stays_until_it_can_be_read_and_no_longer() -> None:
    now, made = 0.0, iter(range(99))
    steady: Steady[int] = Steady(lambda: now)

    def shown(about: object, *, hurried: bool = True) -> tuple[int, bool]:
        return steady.get(lambda: next(made), about, hurried=hurried), steady.late

    assert shown("agent 1") == (0, False)
    now = SECONDS / 2
    assert shown("agent 1") == (0, True)
    assert shown("agent 2") == (1, False), "the cursor moved"
    assert shown("agent 2", hurried=False) == (2, False), "the run stands"
    now += SECONDS
    assert shown("agent 2") == (3, False)
