"""`python forge.py RUN_DIR SEED COUNT`: resumes from forged checkpoints that are well sealed.

Each is the last checkpoint of the run with something changed, written by the project's own writer,
so that checksum and voucher are right. Prints how many were refused and how many were taken; the
process must live to print it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from sim.checkpoint import file
from sim.checkpoint.checkpoint import Checkpoint
from sim.checkpoint.shelf import Shelf
from sim.engine.resuming import resume_run
from sim.errors import DecsimError

NUMBERS = (-1, 0, 1, 7, 255, 256, 1000, 2**31, -(2**31), 2**62, -(2**63), 2**63 - 1)
LEAVES = (None, True, -1, 0, 2**70, 1e308, "", "x", [], {}, {"array": "none"}, {"bytes": "00"})


def forged(checkpoint: Checkpoint, random: Random) -> Checkpoint:
    """The checkpoint with one to three changes."""
    state = {name: array.copy() for name, array in checkpoint.state.items()}
    for _ in range(random.randint(1, 3)):
        name = random.choice(sorted(state))
        if name.endswith(("tree", "collected")):
            state[name] = _other_tree(state[name], random)
        else:
            state = random.choice((_other_value, _other_value, _other_shape, _other_name))(
                state, name, random
            )
    return replace(checkpoint, state=state)


def _other_value(state: dict[str, Any], name: str, random: Random) -> dict[str, Any]:
    array = state[name]
    if array.size:
        kind = array.dtype.kind
        flat = array.reshape(-1)
        where = slice(None) if random.random() < 0.3 else random.randrange(array.size)
        if kind in "iu":
            flat[where] = np.array(random.choice(NUMBERS)).astype(array.dtype)
        elif kind == "f":
            flat[where] = random.choice((np.nan, np.inf, -np.inf, 1e30, -1.0, 0.0))
        else:
            flat[where] = random.random() < 0.5
    return state


def _other_shape(state: dict[str, Any], name: str, random: Random) -> dict[str, Any]:
    array = state[name]
    change = random.randrange(5)
    if change == 0:
        array = array[..., :-1] if array.ndim and array.shape[-1] else array
    elif change == 1:
        array = np.concatenate([array, array]) if array.ndim else array
    elif change == 2:
        array = array.reshape(-1)
    elif change == 3:
        array = array.astype(random.choice(("i1", "i8", "u8", "f4", "f8", "?")))
    else:
        array = np.zeros((0, *array.shape[1:]), array.dtype)
    return {**state, name: np.ascontiguousarray(array)}


def _other_name(state: dict[str, Any], name: str, random: Random) -> dict[str, Any]:
    other = random.choice((f"{name}x", f"9/{name}", f"-1/{name}", random.choice(sorted(state))))
    content = {**state, other: state[name]}
    if random.random() < 0.5 and other != name:
        del content[name]
    return content


def _other_tree(array: Any, random: Random) -> Any:
    tree = json.loads(array.tobytes())
    node = tree
    for _ in range(random.randint(1, 12)):
        if not isinstance(node, (dict, list)) or not node:
            break
        key = random.choice(sorted(node)) if isinstance(node, dict) else random.randrange(len(node))
        if random.random() < 0.2 or not isinstance(node[key], (dict, list)):
            node[key] = random.choice(LEAVES)
            break
        node = node[key]
    text = json.dumps(tree)
    if random.random() < 0.05:
        text = "[" * 100_000
    return np.frombuffer(text.encode(), np.uint8)


def main() -> None:
    """Forge, resume, do a step, and count."""
    run, random = Path(sys.argv[1]), Random(int(sys.argv[2]))
    whole = file.read(Shelf(run / "checkpoints").files()[0])
    refused = taken = 0
    for _ in range(int(sys.argv[3])):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "run"
            shutil.copytree(run, copy)
            path = copy / "checkpoints" / f"step-{whole.header.step}.npz"
            with suppress(ValueError):
                file.write(forged(whole, random), path)
            with suppress(DecsimError):
                engine = resume_run(copy)
                with suppress(Exception):  # whatever a step makes of nonsense: the process lives
                    engine.run(1)
                engine.close()
            unusable = path.with_name(f"{path.name}.unusable").exists()
            refused, taken = refused + unusable, taken + (not unusable)
    print(f"refused {refused}, taken {taken}")


if __name__ == "__main__":
    main()
