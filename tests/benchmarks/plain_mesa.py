"""The same step as people write it: plain Mesa agents, each with a scikit-learn forest.

It observes, detects, publishes, votes and learns like the real simulation, but keeps no ledger, no
trust, no cache and no ground truth; a blocklist of the signatures accepted last is the only thing
that is shared. Run by itself it prints the time of a step as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

import mesa
import numpy as np
from sklearn.ensemble import IsolationForest

BATCH, FEATURES, TREES, WINDOW = 100, 8, 100, 256
INTERVAL, MIN_FLOWS, CONFIRMATIONS, MEMORY, COMMITTEE = 40, 3, 3, 30, 128


class PlainAgent(mesa.Agent):
    """One agent with its own window and forest."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.offset = model.draw.normal(size=FEATURES)
        self.window = self.offset + model.draw.normal(size=(WINDOW, FEATURES))
        self.fit()

    def fit(self) -> None:
        """Train on the window, and take the scale from it."""
        self.forest = IsolationForest(n_estimators=TREES, max_samples=WINDOW, random_state=1)
        self.forest.fit(self.window)
        scores = -self.forest.score_samples(self.window)
        self.limit = float(np.quantile(scores, 0.99))
        self.centre = np.median(self.window, axis=0)
        self.scale = np.median(np.abs(self.window - self.centre), axis=0) * 1.4826 + 1e-6

    def observe(self) -> None:
        """A batch; a quarter of the agents is under attack."""
        draw = self.model.draw
        self.batch = self.offset + draw.normal(size=(BATCH, FEATURES))
        if self.unique_id % 4 == 0:
            self.batch[draw.random(BATCH) < 0.5] += 6.0

    def detect(self) -> None:
        """Score it, and flag what matches the blocklist."""
        self.anomalous = -self.forest.score_samples(self.batch) > self.limit
        self.blocked = np.zeros(BATCH, dtype=bool)
        if self.model.blocklist:
            known = (np.array(self.model.blocklist) - self.centre) / self.scale
            flows = (self.batch - self.centre) / self.scale
            gap = np.linalg.norm(flows[:, None] - known[None], axis=2)
            self.blocked = (gap < 0.35 * np.linalg.norm(known, axis=1)).any(axis=1)

    def publish(self) -> None:
        """The mean of what is anomalous and not known yet."""
        fresh = self.batch[self.anomalous & ~self.blocked]
        if len(fresh) >= MIN_FLOWS and self.unique_id % 4 == 0:
            self.model.published.append(fresh.mean(axis=0))

    def poll_and_validate(self) -> None:
        """Vote on all that is pending with one call of the forest."""
        chosen = self.model.committees[:, self.unique_id - 1]
        if chosen.any():
            centres = np.array(self.model.pending)[chosen]
            confirmed = -self.forest.score_samples(centres) > self.limit
            self.model.votes[np.flatnonzero(chosen)[confirmed]] += 1

    def learn(self) -> None:
        """Put normal flows into the window; fit on schedule."""
        normal = self.batch[~self.blocked & ~self.anomalous]
        self.window = np.concatenate([self.window, normal])[-WINDOW:]
        if (self.model.now + self.unique_id) % INTERVAL == 0:
            self.fit()


class PlainModel(mesa.Model):
    """The population, stepped agent by agent."""

    def __init__(self, agents: int) -> None:
        super().__init__(seed=1)
        self.draw = np.random.default_rng(1)
        self.now = 0
        self.blocklist: list[Any] = []
        self.pending: list[Any] = []
        self.published: list[Any] = []
        PlainAgent.create_agents(self, agents)

    def step(self) -> None:
        """Observe, detect, publish, vote, decide, learn."""
        self.now += 1
        self.pending, self.published = self.published, []
        count = len(self.agents)
        self.votes = np.zeros(len(self.pending), dtype=int)
        self.committees = self.draw.random((len(self.pending), count)) < COMMITTEE / count
        for phase in ("observe", "detect", "publish", "poll_and_validate"):
            self.agents.do(phase)
        accepted = self.votes >= CONFIRMATIONS
        self.blocklist += [c for c, a in zip(self.pending, accepted, strict=True) if a]
        self.blocklist = self.blocklist[-MEMORY:]
        self.agents.do("learn")


def main() -> None:
    """Time some steps after the first two."""
    task = json.loads(sys.argv[1])
    model = PlainModel(task["agents"])
    model.step()
    model.step()
    taken = []
    for _ in range(task["steps"]):
        start, before = time.perf_counter(), time.process_time()
        model.step()
        taken.append((time.perf_counter() - start, time.process_time() - before))
    seconds, cpu = np.median(taken, axis=0).tolist()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak}))


if __name__ == "__main__":
    main()
