"""Whom an attack reaches, as a viewer sees it."""

from __future__ import annotations

from laboratory import advance, opened

from sim.commands import InjectAttack, Targets
from sim.picture.painter import Painter
from sim.snapshot import EMPTY


def test_a_picture_says_whom_each_attack_reaches() -> None:
    spreading = Targets(centre=(1, 1), radius=1.0, spread=0.5)
    with opened() as run:
        advance(run, 3, {2: (InjectAttack("ddos", targets=spreading),)})
        (view,) = Painter(run).paint(EMPTY).attacks
        simulation = run.simulation
        (attack,) = simulation.steered.attacks
        assert view.reaches.tolist() == simulation.steered.reached(attack, 3).tolist()
        assert view.reached == view.reaches.sum() > 5
        everyone = list(range(16))
        assert view.reaches.tolist() == [
            bool(spreading.covers(agent % 4, agent // 4, 3 - attack.since)) for agent in everyone
        ]
        assert attack.since == 2
