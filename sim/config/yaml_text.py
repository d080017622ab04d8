"""YAML as configurations use it: plain data, each key once, no merge keys.

PyYAML itself keeps the last of two equal keys without a word, expands merge keys (`<<`) without
bound, lets malformed tagged scalars end in a `KeyError` or `AttributeError`, and writes a text with
U+0085 in it such that it reads back as a space.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from sim.text import quoted, shown

_BROKEN = (
    yaml.YAMLError,
    ValueError,
    RecursionError,
    AttributeError,
    KeyError,
    IndexError,
    TypeError,
)


_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""By libyaml where PyYAML has it: ten times as fast, and it counts how deeply a text is nested."""
MOST_VALUES: Final = 150_000
"""Values of the longest document: one that names all agents of the largest run is shorter."""
_SEPARATORS: Final = "\n,:[{-"
DEEPEST: Final = 500
"""Levels of a document. Not all versions of PyYAML look after their stack."""

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FRACTION = re.compile(
    r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


class _StrictLoader(_Loader):  # type: ignore[misc]  # one of two
    """A safe loader that refuses what would be lost or explode without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                self._refuse(key, "merge keys (<<) are not supported")
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    self._refuse(key, f"key {quoted(key.value)} is there twice")
                seen.add((key.tag, key.value))
        content: dict[Any, Any] = super().construct_mapping(node, deep)
        return content

    def _refuse(self, node: yaml.Node, problem: str) -> None:
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


# SafeLoader's own constructor expands merge keys before `construct_mapping` could see them.
def _construct_map(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


def _construct_number(loader: _StrictLoader, node: yaml.ScalarNode) -> int | float:
    """A number that means in YAML 1.1 what it means in YAML 1.2, JSON and on the command line."""
    text = node.value
    whole = node.tag == "tag:yaml.org,2002:int"
    make = loader.construct_yaml_int if whole else loader.construct_yaml_float
    number: int | float = make(node)
    if not (_WHOLE if whole else _FRACTION).fullmatch(text):
        plain = text.replace("_", "").lstrip("+-").lstrip("0") or "0"
        other = f" or {plain}" if plain.isdigit() and plain != str(number) else ""
        loader._refuse(node, f"{text[:40]} is {number!r:.40} in YAML; write {number!r:.40}{other}")
    return number


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _construct_map)
_StrictLoader.add_constructor("tag:yaml.org,2002:int", _construct_number)
_StrictLoader.add_constructor("tag:yaml.org,2002:float", _construct_number)


def parse_yaml(text: str) -> Any:
    """The data of one YAML document.

    Raises:
        ValueError: it is not one; the message is one printable line, with the line number where
            there is one.
    """
    try:
        if max(map(text.count, _SEPARATORS)) > MOST_VALUES or _may_be_deep(text):
            _look_through(text)
        # A subclass of a safe loader: it makes plain data only.
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506
    except _BROKEN as error:
        raise ValueError(_problem(error)) from None


def _may_be_deep(text: str) -> bool:
    """Whether a document could have more levels than are allowed.

    A level is opened by a bracket, or stands a column further to the right than the one above; but
    for lists, which may stand right below their key.
    """
    brackets = text.count("[") + text.count("{")
    return brackets + 2 * max(map(len, text.splitlines()), default=0) > DEEPEST


def _look_through(text: str) -> None:
    """Refuse a document with too many values or levels, before anything is made of it."""
    values = depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(f"nested too deeply: more than {DEEPEST} levels")
        if values > MOST_VALUES:
            raise ValueError(f"more than {MOST_VALUES:,} values")


class _FaithfulDumper(yaml.SafeDumper):
    """`SafeDumper` that escapes what it would otherwise fold as a line break."""


def _represent_text(dumper: _FaithfulDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_FaithfulDumper.add_representer(str, _represent_text)


def write_yaml(content: Any) -> str:
    """The YAML text of plain data, in the order given; `parse_yaml` reads it back unchanged."""
    return yaml.dump(content, Dumper=_FaithfulDumper, sort_keys=False, allow_unicode=True)


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if not problem:
        lines = str(error).splitlines() if isinstance(error, (yaml.YAMLError, ValueError)) else []
        problem = lines[0] if lines else "malformed value"
    if isinstance(error, RecursionError):
        problem = "nested too deeply"
    problem = shown(problem, 120)
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem
