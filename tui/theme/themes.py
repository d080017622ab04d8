"""Themes from YAML files: the shipped ones and the user's own, checked, never fatal.

A theme file has the fields of `textual.theme.Theme` and, under `variables`, colours for the states
of the domain (`tui.theme.ink.FALLBACKS` lists them). A broken file gives one line of warning and
is left out, so that a shipped theme of the same name stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.design import ColorSystem
from textual.theme import Theme

from sim.config.paths import shipped, user_config
from sim.config.yaml_text import parse_yaml
from sim.errors import InputError
from sim.text import nearest, quoted, shown
from tui.theme.choice import AUTOMATIC
from tui.theme.ink import FALLBACKS

DEFAULT = "decsim-dark"
LAST_RESORT = "textual-dark"
"""A theme of Textual itself, for when not even the shipped files can be read."""
MAX_BYTES = 100_000
"""A theme file larger than this is no theme."""
_COLOURS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
    "success",
    "warning",
    "error",
)
_NUMBERS = ("luminosity_spread", "text_alpha")
_FLAGS = ("dark", "ansi")
_FIELDS = ("name", *_FLAGS, *_COLOURS, *_NUMBERS, "variables")


class ThemeError(InputError):
    """A theme file is wrong; one line names file, key, value and what was expected."""


@dataclass(frozen=True, slots=True)
class ThemeShelf:
    """The themes that can be used."""

    themes: tuple[Theme, ...]
    """By name; a file of the user replaces a shipped theme of the same name."""
    warnings: tuple[str, ...]
    """One line for each file that was left out."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order in which they are offered."""
        return tuple(t.name for t in self.themes)

    def choose(self, name: str, others: Iterable[str] = ()) -> tuple[str, str]:
        """The theme to use for a name, which may be one that does not exist.

        Args:
            name: `ui.theme`.
            others: themes that exist besides these, e.g. Textual's own.

        Returns:
            The name of a theme that exists, and a line of warning, or nothing.
        """
        known = (*self.names, *others)
        if name == AUTOMATIC:
            name = DEFAULT
        if name in known:
            return name, ""
        stand_in = DEFAULT if DEFAULT in self.names else LAST_RESORT
        hint = nearest(name, known)
        return stand_in, f"ui.theme: no theme {quoted(name)}{hint}; {stand_in} instead"


def load_themes(folders: Iterable[Path] | None = None) -> ThemeShelf:
    """Read all theme files.

    Args:
        folders: where to look, later ones win; by default the shipped themes, then the user's own.
    """
    if folders is None:
        folders = (shipped("themes"), user_config() / "themes")
    found: dict[str, Theme] = {}
    warnings: list[str] = []
    for path in _files(folders):
        try:
            theme = read_theme(path)
        except ThemeError as error:
            warnings.append(str(error))
        else:
            found[theme.name] = theme
    names = sorted(found, key=lambda n: (n != DEFAULT, found[n].ansi, n))
    return ThemeShelf(tuple(found[n] for n in names), tuple(warnings))


def read_theme(path: Path) -> Theme:
    """Read and check one file.

    Raises:
        ThemeError: it cannot be read, or something in it is wrong.
    """
    content = _parse(path)
    _check_keys(path, content, _FIELDS, "")
    name = content.get("name")
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= 40:
        raise _wrong(path, "name", name, "a short name")
    flags = {k: _flag(path, k, content[k]) for k in _FLAGS if k in content}
    colours = {k: _colour(path, k, content[k]) for k in _COLOURS if k in content}
    if "primary" not in colours:
        raise ThemeError(f"{shown(path)}: primary: missing, expected a colour like '#6cb6ff'")
    numbers = {k: _number(path, k, content[k]) for k in _NUMBERS if k in content}
    fields: dict[str, Any] = {**colours, **numbers, **flags}
    return Theme(name=name, variables=_variables(path, content.get("variables")), **fields)


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Every variable of the domain as a colour, for `App.get_theme_variable_defaults`.

    With these, style sheets can name `$verdict-accepted` under any theme, ours or not.
    """
    generated = theme.to_color_system().generate()
    return {name: generated.get(other, "#808080") for name, other in FALLBACKS.items()}


def _files(folders: Iterable[Path]) -> list[Path]:
    """Theme files of all folders, each in the order of names; what cannot be read is empty."""
    files: list[Path] = []
    for folder in folders:
        try:
            files += sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
        except OSError:
            continue
    return files


def _parse(path: Path) -> dict[str, Any]:
    where = shown(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ThemeError(f"{where}: cannot be read: {error.strerror or 'unreadable'}") from None
    if len(raw) > MAX_BYTES:
        raise ThemeError(f"{where}: larger than {MAX_BYTES} bytes, expected a theme")
    try:
        content = parse_yaml(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ThemeError(f"{where}: byte {error.start}: expected UTF-8 text") from None
    except ValueError as error:
        raise ThemeError(f"{where}: not valid YAML, {error}") from None
    if not isinstance(content, dict):
        raise ThemeError(f"{where}: expected a mapping of theme fields")
    return content


def _variables(path: Path, found: object) -> dict[str, str]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _wrong(path, "variables", found, "a mapping of names to colours")
    _check_keys(path, found, (*FALLBACKS, *_generated()), "variables.")
    return {k: _colour(path, f"variables.{k}", v) for k, v in found.items()}


def _generated() -> tuple[str, ...]:
    """Variables that Textual derives from any theme, and that a theme may therefore set."""
    return *ColorSystem("#808080").generate(), "ansi-background", "ansi-foreground"


def _check_keys(
    path: Path, content: Mapping[Any, Any], known: tuple[str, ...], prefix: str
) -> None:
    for key in content:
        if key not in known:
            hint = nearest(key, known) if isinstance(key, str) else ""
            raise ThemeError(f"{shown(path)}: unknown key {prefix}{_named(key)}{hint}")


def _colour(path: Path, key: str, value: object) -> str:
    try:
        return Color.parse(value).hex if isinstance(value, str) else _reject()
    except (ColorParseError, ValueError):
        raise _wrong(path, key, value, "a colour like '#6cb6ff'") from None


def _reject() -> str:
    raise ValueError


def _flag(path: Path, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, key, value, "true or false")
    return value


def _number(path: Path, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _wrong(path, key, value, "a number from 0 to 1")
    return float(value)


def _wrong(path: Path, key: str, value: object, expected: str) -> ThemeError:
    return ThemeError(f"{shown(path)}: {key}: {_named(value)} is not {expected}")


def _named(value: object) -> str:
    """A value as it may stand in a message; of collections only the kind."""
    plain = value is None or isinstance(value, str | int | float | bool)
    return quoted(value) if plain else f"a {type(value).__name__}"
