"""One of everything, added as our own are: a line in the catalogue and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example_plugins import EXAMPLE, entry_points, firewall_log
from fake_engine import FakeEngine
from laboratory import advance, loaded, opened
from pictures import busy

from sim.commands import InjectAttack, SetAdversaries, Targets
from sim.config.load import LoadedConfig
from sim.config.parameters import Value, parameter_named
from sim.config.schema import Config, UiSection
from sim.plugins.catalogue import ALL
from tui.app import DecsimApp

CHOICES = {
    "detection.detector": "zscore",
    "consensus.rule": "veto",
    "adversary.behaviour": "naysay",
    "simulation.agent_class": "abstainer",
}


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the example declares as entry points, in the catalogue instead."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    for registry in ALL:
        for name, value in entry_points()[registry.group].items():
            monkeypatch.setitem(registry.ours, name, value)


def test_the_example_has_one_of_each() -> None:
    assert set(entry_points()) == {registry.group for registry in ALL}


@pytest.mark.usefixtures("ours")
def test_a_line_in_the_catalogue_is_enough(tmp_path: Path) -> None:
    schema = json.dumps(Config.model_json_schema())
    for key, name in CHOICES.items():
        assert name in parameter_named(key).choices
        assert f'"{name}"' in schema
    tunnel = InjectAttack("dns_tunnel", intensity=0.9, duration=8, targets=Targets(fraction=0.5))
    given = {3: (SetAdversaries("naysay", Targets(fraction=0.2)),), 5: (tunnel,)}
    settings: dict[str, Value] = {**CHOICES, "adversary.fraction": 0.2}
    with opened(settings) as run:
        advance(run, 14, given)
        assert run.simulation.assembly.counts["published"] > 0
        assert not run.simulation.steered.plugins
    (tmp_path / "flows.log").write_bytes(firewall_log(2000))
    with opened({"traffic.path": str(tmp_path / "flows.log")}) as run:
        assert run.simulation.source.format == "firewall"


@pytest.mark.usefixtures("ours", "closed_world")
async def test_a_pane_too() -> None:
    config = LoadedConfig(config=loaded().config, sources={})
    app = DecsimApp(FakeEngine(busy()), ui=UiSection(refresh_hz=30), config=config)
    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard.focus_named("plugin-1")
        await pilot.pause()
        assert app.focused.NAME == "Census"
