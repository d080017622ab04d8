"""Metrics: the values are those that everybody else counts, and Prometheus can read them."""

from __future__ import annotations

import json
import math
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from laboratory import EVENTFUL, advance, head_of, loaded, opened
from prometheus_client.parser import text_string_to_metric_families

from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import ConfigError
from sim.metrics.catalogue import BOUNDS, FAMILIES, STEP_SECONDS, key_of, split
from sim.metrics.endpoint import HOST, check_port
from sim.metrics.registry import MetricRegistry
from sim.run.run import Run
from sim.run.summary import summarise
from sim.shard.shard import Shard

Scraped = dict[tuple[str, str], float]
"""Name of the sample and value of its label → value."""


def registry_of(run: Run) -> MetricRegistry:
    return MetricRegistry(run.simulation, run.resources, run.health.view)


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        yield other.getsockname()[1]


def scrape(port: int) -> Scraped:
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_values_are_those_of_the_summary() -> None:
    with opened() as experiment:
        advance(experiment, 16, EVENTFUL)
        values = experiment.metrics.values
        folder: Any = type("Folder", (), {"path": Path("x"), "run_id": "x", "goal": None})
        summary: Any = summarise(experiment, folder, 1.0, 16)
        assert values["decsim_steps_total"] == summary["steps"] == 16
        assert values["decsim_flows_scored_total"] == summary["flows_scored"] > 0
        assert values["decsim_ledger_entries"] == summary["ledger"]["entries"]
        signatures = summary["signatures"]
        assert values["decsim_signatures_total"] == signatures["published"] > 0
        assert values["decsim_pending_signatures"] == signatures["pending"]
        decided = 0
        for verdict in ("accepted", "rejected", "expired"):
            count = values[key_of("decsim_verdicts_total", verdict)]
            assert count == signatures[verdict]
            decided += int(count)
        agreed = signatures["accepted"] + signatures["rejected"]
        assert values["decsim_consensus_ratio"] == agreed / decided
        cache = summary["cache"]
        assert values["decsim_cache_hits_total"] == cache["hits"] > 0
        assert values["decsim_cache_misses_total"] == cache["misses"] > 0
        assert values["decsim_cache_hit_ratio"] == pytest.approx(cache["hit_rate"], abs=1e-6)
        assert values["decsim_validations_total"] == cache["hits"] + cache["misses"]
        for phase, seconds in summary["timings"].items():
            assert values[key_of("decsim_phase_seconds_total", phase)] == pytest.approx(
                seconds, abs=1e-6
            )
        report = experiment.simulation.report
        assert report is not None
        assert values["decsim_model_updates_total"] == report.versions.sum() > 16
        agents = [values[k] for k in values if split(k)[0] == "decsim_agents"]
        assert sum(agents) == 16
        queries = experiment.resources.query_cache.statistics()
        assert values["decsim_query_cache_misses_total"] == queries.misses > 0
        assert values["decsim_ledger_queries_total"] >= queries.misses
        assert 0 < values["decsim_ledger_query_seconds_total"] < sum(summary["timings"].values())
        assert values[key_of("decsim_ledger_connections", "allowed")] == 4
        assert values[key_of("decsim_healthy", "memory")] == 1


def test_every_family_has_a_value_and_every_value_a_family() -> None:
    with opened() as experiment:
        advance(experiment, 3)
        experiment.simulation.errors.record("agent.refit", 3, "test")
        advance(experiment, 1)
        assert {split(k)[0] for k in experiment.metrics.values} == {f.name for f in FAMILIES}
        for family in FAMILIES:
            assert (family.kind == "counter") == family.name.endswith("_total")
            labels = {bool(split(k)[1]) for k in experiment.metrics.values
                      if split(k)[0] == family.name}  # fmt: skip
            assert labels == {bool(family.label)}


def test_step_times_fall_into_their_buckets() -> None:
    with opened() as experiment:
        advance(experiment, 1)
        registry = MetricRegistry(
            experiment.simulation, experiment.resources, experiment.health.view
        )
        for seconds in (0.0005, 0.001, 0.3, 99.0):
            registry.observe(seconds, {})
        buckets, total = registry.step_times()
        counts = dict(buckets)
        assert (counts[0.001], counts[0.25], counts[0.5]) == (2, 2, 3)
        assert (counts[BOUNDS[-1]], counts[math.inf]) == (3, 4)
        assert total == pytest.approx(99.3015)
        assert registry.values[STEP_SECONDS] == 99.0


def test_a_counter_does_not_fall_when_a_worker_takes_its_counts_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened() as experiment:
        advance(experiment, 1)
        simulation = experiment.simulation
        counts = dict.fromkeys(("hits", "misses", "stale", "evictions", "cached"), 10)
        monkeypatch.setattr(simulation, "cache_counts", lambda: counts)
        registry = MetricRegistry(
            experiment.simulation, experiment.resources, experiment.health.view
        )
        seen = []
        for hits in (10, 14, 3, 5):
            counts["hits"] = hits
            registry.observe(0.1, {})
            seen.append(registry.values["decsim_cache_hits_total"])
        assert seen == [10, 14, 17, 19]


def test_no_decisions_are_no_consensus_rather_than_none() -> None:
    with opened() as experiment:
        advance(experiment, 1)
        assert math.isnan(experiment.metrics.values["decsim_consensus_ratio"])


def test_a_run_is_scraped_while_it_goes_on(tmp_path: Path, port: int) -> None:
    engine = Engine(loaded({"monitoring.metrics_port": port}), tmp_path / "run")
    engine.open()
    try:
        seen: list[Scraped] = []
        engine.run(12, lambda step: seen.append(scrape(port)))
        assert [s["decsim_steps_total", ""] for s in seen] == list(range(1, 13))
        summary: Any = engine.summary()
        last = seen[-1]
        assert last["decsim_flows_scored_total", ""] == summary["flows_scored"]
        assert last["decsim_ledger_entries", ""] == summary["ledger"]["entries"]
        assert last["decsim_cache_hits_total", ""] == summary["cache"]["hits"]
        for verdict in ("accepted", "rejected", "expired"):
            assert last["decsim_verdicts_total", verdict] == summary["signatures"][verdict]
        assert last["decsim_step_seconds_count", ""] == 12
        assert last["decsim_step_seconds_bucket", "+Inf"] == 12
        assert last["decsim_step_seconds_sum", ""] == pytest.approx(summary["wall_s"], rel=0.2)
        assert last["decsim_healthy", "memory"] == 1
    finally:
        engine.close()
    with pytest.raises(urllib.error.URLError, match="refused"):
        scrape(port)
    again = Engine(loaded({"monitoring.metrics_port": port}), tmp_path / "again")
    again.open()
    assert ("decsim_steps_total", "") not in scrape(port)
    assert again.close()


def test_a_resumed_run_is_scraped_too(tmp_path: Path, port: int) -> None:
    engine = Engine(loaded({"monitoring.metrics_port": port}), tmp_path / "run")
    engine.open()
    engine.run(3)
    assert engine.close()
    resumed = resume_run(tmp_path / "run")
    try:
        resumed.run(1)
        assert scrape(port)["decsim_steps_total", ""] == 4
    finally:
        assert resumed.close()


def test_a_run_that_is_built_again_is_scraped_too(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn, left = Shard.learn, [1]

    def broken(shard: Shard, *arguments: Any) -> None:
        if shard.orders.step == 4 and left[0]:
            left[0] -= 1
            raise MemoryError("none left")
        learn(shard, *arguments)

    monkeypatch.setattr(Shard, "learn", broken)
    engine = Engine(loaded({"monitoring.metrics_port": port}), tmp_path / "run")
    engine.open()
    try:
        engine.run(6)
        assert scrape(port)["decsim_steps_total", ""] == 6
        assert scrape(port)["decsim_errors_total", "step.resource"] == 1
    finally:
        assert engine.close()


def test_only_this_machine_is_served(tmp_path: Path, port: int) -> None:
    engine = Engine(loaded({"monitoring.metrics_port": port}), tmp_path / "run")
    engine.open()
    try:
        with pytest.raises(OSError, match="refused"), socket.socket() as caller:
            # The whole of 127/8 is this machine; a server on all addresses would answer here.
            caller.connect(("127.0.0.2", port))
    finally:
        assert engine.close()


def test_being_scraped_changes_nothing(tmp_path: Path, port: int) -> None:
    with opened({"monitoring.metrics_port": port}) as experiment:
        experiment.serve_metrics()
        for _ in range(16):
            advance(experiment, 1, EVENTFUL)
            scrape(port)
        assert experiment.ledger.head_hex == head_of()


def test_a_taken_port_is_bad_input_and_nothing_is_written(tmp_path: Path, taken: int) -> None:
    engine = Engine(loaded({"monitoring.metrics_port": taken}), tmp_path / "run")
    with pytest.raises(ConfigError, match=rf"monitoring\.metrics_port: {taken} cannot be list"):
        engine.open()
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_run_needs_its_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        port = other.getsockname()[1]
        folder = tmp_path / "run"
        other.close()
        engine = Engine(loaded({"monitoring.metrics_port": port}), folder)
        engine.open()
        engine.run(2)
        assert engine.close()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, port))
        other.listen()
        with pytest.raises(ConfigError, match="cannot be listened on"):
            resume_run(folder)
    again = resume_run(folder)
    again.run(1)
    assert again.close()


def test_without_the_client_a_port_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    check_port(0)
    with pytest.raises(ConfigError, match=r"pip install 'decsim-tui\[metrics\]'"):
        check_port(9000)


def test_the_health_is_told_beside_the_metrics(port: int, tmp_path: Path) -> None:
    engine = Engine(loaded({"monitoring.metrics_port": port}), tmp_path / "run")
    engine.open()
    try:
        watch = engine._opened().stepper.run.health
        watch.look()
        with urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=5) as answer:
            told = json.load(answer)
        assert told["healthy"] is watch.healthy is True
        assert [c["name"] for c in told["checks"]] == [seen.name for seen in watch.view()] != []
        engine._opened().stepper.run.config.monitoring.memory_limit = 1
        watch.look()
        with pytest.raises(urllib.error.HTTPError) as failed:
            urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=5)
        assert failed.value.code == 503
        checks = {c["name"]: c["healthy"] for c in json.load(failed.value)["checks"]}
        assert not checks["memory"]
        assert scrape(port)
    finally:
        engine.close()
