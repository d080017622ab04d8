"""Shards in Ray actors, on this machine or a cluster; lost workers are built again.

The coordinator keeps, for each worker, the memory of its shards as of the last checkpoint and the
calls since, by value. A lost worker is replaced by one that takes over the memory and repeats the
calls; a step is a pure function of both, so the run goes on as if nothing had happened. If Ray
cannot give another worker, all shards are built in this process the same way and go on in threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.config.schema import Config
from sim.errors import ExecutorError
from sim.execution import ray_session
from sim.execution.executor import Arguments, Blocks, Incident
from sim.execution.ray_worker import Birth, RayGoneError, RayWorker, reason
from sim.execution.threads import ThreadExecutor
from sim.machine.capacity import processors
from sim.shard.shard import Shard
from sim.traffic.source import TrafficSource

CHECKPOINT_STEPS = 16
"""Steps after which the memory of all shards is fetched; as many at most are repeated."""
_TRACELESS = frozenset({"urgency", "report", "state"})
"""Calls that change nothing: once answered, nobody need repeat them."""


class RayExecutor:
    """One actor per worker, one round trip per call and worker; satisfies `Executor`.

    Args:
        blocks: ids of the agents of each shard.
        source: the traffic; it goes into the object store once, each actor moves its own positions.
        config: what the shards are made from.
        workers: actors; 0 is one per processor of this machine or of the cluster.
        address: of a cluster; empty is this machine.

    Raises:
        ExecutorError: Ray is missing, or gives no workers.
    """

    def __init__(
        self, blocks: Blocks, source: TrafficSource, config: Config, workers: int, address: str
    ) -> None:
        self.together = False
        self._incidents: list[Incident] = []
        self._steps = 0
        self._fallback: ThreadExecutor | None = None
        self._workers: list[RayWorker] = []
        self._ray: Any = ray_session.connect(address, workers or processors())
        self._connected = True
        try:
            self._workers = self._born(blocks, source.detached(), config, workers, address)
        except BaseException:
            self.close()
            raise

    # -- Executor ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """`ray`, or `threads` since Ray is gone."""
        return self._fallback.name if self._fallback else "ray"

    @property
    def workers(self) -> int:
        """Actors, or threads since Ray is gone."""
        return self._fallback.workers if self._fallback else len(self._workers)

    @property
    def shards(self) -> Sequence[Shard]:
        """See `Executor.shards`."""
        if self._fallback:
            return self._fallback.shards
        raise ExecutorError("on Ray the agents live in other processes: take another executor")

    def call(self, method: str, arguments: Arguments) -> list[Any]:
        """See `Executor.call`."""
        if method == "begin":
            self._begin_step()
        if self._fallback:
            return self._fallback.call(method, arguments)
        for worker in self._workers:
            worker.submit(method, arguments[worker.shards])
        try:
            results = [result for worker in self._workers for result in worker.answer()]
        except RayGoneError as error:
            return self._move_out(error)
        if method in _TRACELESS:
            for worker in self._workers:
                worker.forget_last()
        return results

    def ask(self, shard: int, method: str, *arguments: Any) -> Any:
        """See `Executor.ask`."""
        if self._fallback is None:
            worker = next(w for w in self._workers if shard < w.shards.stop)
            try:
                return worker.ask(shard, method, *arguments)
            except RayGoneError as error:
                self._move_out(error)
        assert self._fallback is not None
        return self._fallback.ask(shard, method, *arguments)

    def resize(self, workers: int) -> bool:
        """Actors keep their shards."""
        return self._fallback.resize(workers) if self._fallback else False

    def lose_worker(self, choice: int) -> bool:
        """Kill an actor."""
        if self._fallback:
            return self._fallback.lose_worker(choice)
        self._workers[choice % len(self._workers)].kill()
        return True

    def incidents(self) -> tuple[Incident, ...]:
        """See `Executor.incidents`."""
        told = tuple(self._incidents)
        self._incidents.clear()
        return (*told, *self._fallback.incidents()) if self._fallback else told

    def close(self) -> None:
        """End the actors, and Ray if it was started for them."""
        if self._fallback:
            self._fallback.close()
        if self._connected:
            self._connected = False
            if self._ray.is_initialized():
                for worker in self._workers:
                    worker.end()
            ray_session.disconnect()

    # -- parts ---------------------------------------------------------------------------------

    def _born(
        self, blocks: Blocks, source: TrafficSource, config: Config, workers: int, address: str
    ) -> list[RayWorker]:
        """Actors that hold the shards, all alive."""
        # On this machine Ray must not count processors: two experiments may share it.
        options = {"num_cpus": 1, "scheduling_strategy": "SPREAD"} if address else {"num_cpus": 0}
        try:
            birth = Birth(
                ray=self._ray,
                source=source,
                stored=self._ray.put(source),
                config=config.model_copy(deep=True),
                options=options,
                tell=self._incidents.append,
            )
            count = workers or int(self._ray.cluster_resources().get("CPU", 1))
            born = _shared_out(birth, blocks, max(1, min(count, len(blocks))))
            for worker in born:
                worker.start()
            for worker in born:
                worker.started()
        except (self._ray.exceptions.RayError, ConnectionError, TimeoutError) as error:
            raise ExecutorError(f"Ray gives no workers: {reason(error)}") from error
        return born

    def _begin_step(self) -> None:
        """Fetch the memory of all shards when it is due."""
        if self._steps == CHECKPOINT_STEPS and self._fallback is None:
            self._steps = 0
            try:
                for worker in self._workers:
                    worker.checkpoint()
            except RayGoneError as error:
                self._move_out(error)
        self._steps += 1

    def _move_out(self, cause: RayGoneError) -> list[Any]:
        """Build all shards in this process; returns the results of the last call."""
        here = [worker.moved_here() for worker in self._workers]
        shards = [shard for group, _ in here for shard in group.shards]
        self._fallback = ThreadExecutor(shards, processors())
        self._workers = []
        self._incidents.append(Incident("executor.fallback", f"{cause}; threads instead"))
        return [result for _, results in here for result in results]


def _shared_out(birth: Birth, blocks: Blocks, workers: int) -> list[RayWorker]:
    """Workers with neighbouring shards, about as many each."""
    bounds = [len(blocks) * i // workers for i in range(workers + 1)]
    return [
        RayWorker(birth, i + 1, bounds[i], blocks[bounds[i] : bounds[i + 1]])
        for i in range(workers)
    ]
