"""The few calls of Ray that the executor makes, in this process."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class RayError(Exception):
    pass


class RayTaskError(RayError):
    def __init__(self, cause: Exception) -> None:
        super().__init__(f"a traceback of {cause!r}")
        self.cause = cause


class ActorDiedError(RayError):
    pass


def across(value: Any) -> Any:
    """What arrives in another process: a copy, and arrays that cannot be written."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(data, buffers=[bytes(b.raw()) for b in buffers])


class FakeActor:
    def __init__(self, ray: FakeRay, kind: type, arguments: tuple[Any, ...]) -> None:
        self._ray = ray
        self.alive = True
        self._inside = kind(*(across(ray.get(a)) for a in arguments))

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *given: self._call(name, given))

    def _call(self, name: str, given: tuple[Any, ...]) -> Callable[[], Any]:
        self._ray.calls += 1
        self._ray.before_call(self, name)
        if not self.alive:
            return _raises(ActorDiedError("the actor died\nand more lines"))
        try:
            result = getattr(self._inside, name)(*across(given))
        except Exception as error:
            return _raises(RayTaskError(error))
        return lambda: across(result)


def _raises(error: Exception) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer


class FakeRay:
    """Stands for the module."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self) -> None:
        self.actors: list[FakeActor] = []
        self.calls = 0
        self.up = True
        self.uses = 1
        self.before_call: Callable[[FakeActor, str], None] = lambda actor, name: None

    def is_initialized(self) -> bool:
        return self.up

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def put(self, value: Any) -> Callable[[], Any]:
        data = pickle.dumps(value)
        return lambda: pickle.loads(data)

    def get(self, reference: Any, timeout: float | None = None) -> Any:
        return reference() if callable(reference) else reference

    def remote(self, kind: type) -> Any:
        def make(*arguments: Any) -> FakeActor:
            if not self.up:
                raise ActorDiedError("no node has room")
            self.actors.append(FakeActor(self, kind, arguments))
            return self.actors[-1]

        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=make))

    def kill(self, actor: FakeActor) -> None:
        actor.alive = False

    def disconnect(self) -> None:
        self.uses -= 1
