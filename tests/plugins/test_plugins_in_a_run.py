"""A run with one of everything that a plug-in can add, and what its record says of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from example_plugins import firewall_log, write_distribution
from laboratory import SCAN, advance, loaded, opened

from sim.archive.directory import RunDirectory
from sim.commands import InjectAttack, SetAdversaries, SetParameter, Targets
from sim.config.load import load_config
from sim.config.parameters import Value, parameter_named
from sim.config.schema import Config
from sim.engine.engine import Engine
from sim.errors import ConfigError, InputError, PluginError
from sim.model.agents import AnomalyAgent, ValidationResult
from sim.plugins.distributions import refresh
from sim.run.replay import replay_run
from sim.run.simulation import Simulation
from sim.traffic.files.formats import formats

SETTINGS: dict[str, Value] = {
    "detection.detector": "zscore",
    "consensus.rule": "veto",
    "adversary.behaviour": "naysay",
    "adversary.fraction": 0.2,
}
TUNNEL = InjectAttack("dns_tunnel", intensity=0.9, duration=8, targets=Targets(fraction=0.5))


def recorded(folder: Path, steps: int = 14) -> str:
    engine = Engine(loaded(SETTINGS, [(5, TUNNEL)]), folder)
    try:
        engine.open()
        engine.run(steps)
        return str(engine.summary()["ledger"]["head"])  # type: ignore[index]
    finally:
        engine.close()


@pytest.mark.usefixtures("example")
def test_everything_is_offered_and_checked_by_name() -> None:
    assert "veto" in parameter_named("consensus.rule").choices
    schema = json.dumps(Config.model_json_schema())
    assert all(f'"{name}"' in schema for name in ("zscore", "veto", "naysay"))
    with pytest.raises(ConfigError, match="did you mean 'veto'"):
        load_config(settings=["consensus.rule=vetto"], environment={})
    with pytest.raises(ConfigError, match="did you mean 'zscore'"):
        load_config(settings=["detection.detector=zcore"], environment={})


@pytest.mark.usefixtures("example")
def test_a_rule_that_is_no_share_decides_and_keeps_the_invariants() -> None:
    with opened(SETTINGS, [(5, TUNNEL)]) as run:
        advance(run, 20, {6: (SCAN,)})
        counts = run.simulation.assembly.counts
        assert counts["REJECTED"] > 0
        assert counts["ACCEPTED"] + counts["REJECTED"] + counts["EXPIRED"] > 0
        for outcome in run.simulation.assembly.decided:
            refuted = outcome.poll.tally.refutations > 0
            assert not (refuted and outcome.verdict == "ACCEPTED")
        assert any(outcome.attack == "dns_tunnel" for outcome in run.simulation.assembly.decided)
        assert (run.simulation.steered.behaviour > 0).sum() == 3


@pytest.mark.usefixtures("example")
def test_replay_needs_what_the_run_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = recorded(tmp_path / "run")
    assert replay_run(tmp_path / "run").head == head
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site" not in Path(p).parts[-1:]])
    refresh()
    with pytest.raises(InputError, match=r"zscore.*decsim-example.*not installed") as refused:
        RunDirectory.open(tmp_path / "run").load()
    assert "\n" not in str(refused.value)


@pytest.mark.usefixtures("example")
def test_what_a_command_used_is_missed_too(tmp_path: Path, monkeypatch) -> None:
    engine = Engine(loaded({}, [(3, SetParameter("consensus.rule", "veto"))]), tmp_path / "run")
    engine.open()
    engine.run(4)
    engine.close()
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site" not in Path(p).parts[-1:]])
    refresh()
    with pytest.raises(InputError, match="veto"):
        replay_run(tmp_path / "run")


def test_a_broken_plugin_is_named_and_skipped(site: Path) -> None:
    (site / "brittle.py").write_text("raise RuntimeError('out of order\\nand more')\n")
    groups = {
        "decsim.attacks": {"worse": "brittle:ATTACK"},
        "decsim.rules": {"bent": "brittle:RULE", "sham": "json:dumps", "quorum": "json:dumps"},
    }
    write_distribution(site, "brittle", "0.1", groups)
    refresh()
    with opened() as run:
        (line,) = [text for text in run.notices if "worse" in text]
        assert "brittle 0.1" in line and "out of order" in line and "\n" not in line
        advance(run, 1, {1: (SetParameter("consensus.rule", "bent"),)})
        (entry,) = run.simulation.journaled
        assert entry.fate == "rejected" and "out of order" in entry.reason
    for name, why in (("bent", "RuntimeError: out of order"), ("sham", "is a function")):
        with (
            pytest.raises(PluginError, match=rf"consensus.rule: .*{why}"),
            opened({"consensus.rule": name}),
        ):
            pass


@pytest.mark.usefixtures("example")
def test_a_behaviour_given_live() -> None:
    with opened() as run:
        advance(run, 12, {2: (SetAdversaries("naysay", Targets(fraction=0.5)),), 5: (SCAN,)})
        bad = run.simulation.steered.behaviour > 0
        given = run.simulation.assembly.votes_given
        assert bad.sum() == 8
        assert given[bad, 0].sum() == 0 and given[bad, 1].sum() > 0
        assert run.simulation.steered.plugins == {"decsim.behaviours:naysay"}


@pytest.mark.usefixtures("example")
def test_an_agent_class_by_name(tmp_path: Path) -> None:
    settings: dict[str, Value] = {"simulation.agent_class": "abstainer"}
    engine = Engine(loaded(settings, [(5, SCAN)]), tmp_path / "run")
    engine.open()
    engine.run(14)
    counts = engine.summary()["signatures"]
    engine.close()
    assert counts["published"] > 0 and counts["accepted"] == 0  # type: ignore[index]
    assert replay_run(tmp_path / "run").ok


@pytest.mark.usefixtures("example")
def test_a_format_that_was_recognised_is_one_that_was_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flows.log").write_bytes(firewall_log(2000))
    settings: dict[str, Value] = {"traffic.path": str(tmp_path / "flows.log")}
    engine = Engine(loaded(settings), tmp_path / "run")
    engine.open()
    engine.run(3)
    engine.close()
    with opened(settings) as run:
        assert run.simulation.source.format == "firewall"
        assert "sent" in run.simulation.source.features
        (row,) = [row for row in json.loads(run.reader.meta()["plugins"]) if row["used"]]
        assert (row["group"], row["name"]) == ("decsim.formats", "firewall")
        advance(run, 1)
        versions = run.take_checkpoint().header.versions
        assert versions["plug-in decsim.formats:firewall"] == "decsim-example 1.0"
    assert replay_run(tmp_path / "run").ok
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site" not in Path(p).parts[-1:]])
    refresh()
    formats.cache_clear()
    with pytest.raises(InputError, match=r"firewall.*decsim-example.*not installed"):
        replay_run(tmp_path / "run")


class Quiet(AnomalyAgent):
    """Never votes."""

    def poll_and_validate(self) -> tuple[ValidationResult, ...]:
        return ()


def test_an_agent_class_given_as_an_argument_is_noted(tmp_path: Path) -> None:
    for kind, note in ((Quiet, f"{__name__}:Quiet"), (None, None)):
        with Simulation(agents=8, agent_class=kind, ledger=tmp_path / f"{note}.db") as model:
            assert model.reader.meta().get("agent_class") == note
            assert all(type(agent) is (kind or AnomalyAgent) for agent in model.agents)
