"""Theme files: the shipped ones are legible, broken ones warn in one line and never harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from sim.config.paths import shipped
from tui.theme.ink import FALLBACKS, HEAT_STEPS, TEXT_INKS, Ink
from tui.theme.themes import LAST_RESORT, ThemeError, load_themes, read_theme, variable_defaults

SHELF = load_themes([shipped("themes")])
NAMED = ("decsim-dark", "decsim-light", "decsim-contrast", "decsim-colorblind")


def luminance(colour: Color) -> float:
    """Relative luminance (WCAG 2.1)."""

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio (WCAG 2.1), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(Color.parse("#000"), Color.parse("#fff")) == pytest.approx(21)
    assert contrast(Color.parse("#777"), Color.parse("#fff")) == pytest.approx(4.48, abs=0.01)


def test_shipped_themes_load_without_warning() -> None:
    assert SHELF.warnings == ()
    assert set(NAMED) <= set(SHELF.names)
    assert SHELF.names[0] == "decsim-dark"


@pytest.mark.parametrize("theme", SHELF.themes, ids=SHELF.names)
def test_every_theme_names_every_state(theme) -> None:
    assert set(FALLBACKS) <= set(theme.variables)


SHADED = [theme for theme in SHELF.themes if not theme.ansi]
"""Themes that say which shade each colour has; the others leave that to the terminal."""


@pytest.mark.parametrize("theme", SHADED, ids=lambda theme: theme.name)
def test_text_is_legible_on_every_ground_it_stands_on(theme) -> None:
    variables = {**theme.to_color_system().generate(), **theme.variables}
    grounds = [Color.parse(theme.background), Color.parse(theme.variables["cursor-tint"])]
    poor = []
    for name in (*TEXT_INKS, "foreground", "foreground-muted"):
        back = [*grounds]
        if name.startswith(("agent", "truth")):
            back.append(Color.parse(theme.variables["truth-attack-tint"]))
        for ground in back:
            ratio = contrast(Color.parse(variables[name]), ground)
            if ratio < 4.5:
                poor.append(f"{name} on {ground.hex}: {ratio:.2f}")
    assert poor == []


@pytest.mark.parametrize("theme", SHADED, ids=lambda theme: theme.name)
def test_the_heat_scale_is_legible_and_has_distinct_steps(theme) -> None:
    background = Color.parse(theme.background)
    heat = Ink(theme.variables, background).heat()
    colours = [Color.from_rich_color(style.color) for style in heat]
    assert len(set(colours)) == HEAT_STEPS
    ends = [Color.parse(theme.variables[f"heat-{end}"]) for end in ("low", "high")]
    assert [colours[0], colours[-1]] == ends
    assert min(contrast(c, background) for c in colours) >= 4.5


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=BUILTIN_THEMES)
def test_themes_that_know_nothing_of_us_still_give_every_colour(theme) -> None:
    found = variable_defaults(theme)
    assert set(found) == set(FALLBACKS)
    variables = theme.to_color_system().generate()
    ink = Ink(variables, Color.parse("#101010"))
    assert all(ink(name).color is not None for name in FALLBACKS)


BROKEN = {
    "not yaml": ("name: [", "not valid YAML, line "),
    "a key twice": ("name: x\nprimary: red\nprimary: blue\n", "'primary' is there twice"),
    "a list": ("- 1\n- 2\n", "expected a mapping of theme fields"),
    "empty": ("", "expected a mapping of theme fields"),
    "no name": ("primary: red\n", "name: None is not a short name"),
    "no primary": ("name: x\n", "primary: missing"),
    "unknown key": ("name: x\nprimary: red\nprimry: red\n", "'primry'; did you mean 'primary'?"),
    "bad colour": ("name: x\nprimary: blurple\n", "primary: 'blurple' is not a colour"),
    "number for a colour": ("name: x\nprimary: 12\n", "primary: 12 is not a colour"),
    "bad flag": ("name: x\nprimary: red\ndark: maybe\n", "dark: 'maybe' is not true or false"),
    "bad number": ("name: x\nprimary: red\ntext_alpha: 7\n", "text_alpha: 7 is not a number"),
    "a flag for a number": (
        "name: x\nprimary: red\ntext_alpha: true\n",
        "text_alpha: True is not a number",
    ),
    "nan": ("name: x\nprimary: red\ntext_alpha: .nan\n", "text_alpha: nan is not a number"),
    "variables a list": ("name: x\nprimary: red\nvariables: [1]\n", "variables: a list is not"),
    "unknown variable": (
        "name: x\nprimary: red\nvariables: {agent-nromal: red}\n",
        "variables.'agent-nromal'; did you mean 'agent-normal'?",
    ),
    "bad variable": (
        "name: x\nprimary: red\nvariables: {agent-normal: [1]}\n",
        "variables.agent-normal: a list is not a colour",
    ),
    "control characters": (
        'name: x\nprimary: "\\e[31mred\\u202e"\n',
        r"primary: '\x1b[31mred\u202e' is not a colour",
    ),
    "deep": ("[" * 5000, "not valid YAML"),
    "huge": ("#" * 200_000, "larger than"),
    "a date": ("name: 2024-01-01\nprimary: red\n", "name: a date is not a short name"),
    "an impossible date": ("name: 2024-13-45\nprimary: red\n", "not valid YAML"),
    "keys that are no text": ("1: 2\n", "unknown key 1"),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_files_warn_in_one_line_and_leave_the_others(
    tmp_path: Path, text: str, expected: str
) -> None:
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    shelf = load_themes([shipped("themes"), tmp_path])
    assert shelf.names == SHELF.names
    (warning,) = shelf.warnings
    assert "broken.yaml" in warning
    assert expected in warning
    assert warning.isprintable()
    assert len(warning) < 300


def test_bytes_that_are_no_text_warn(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(ThemeError, match="byte 6: expected UTF-8"):
        read_theme(tmp_path / "broken.yaml")


def test_a_folder_named_like_a_theme_warns(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (warning,) = load_themes([tmp_path]).warnings
    assert "cannot be read" in warning


def test_a_file_of_the_user_replaces_a_shipped_theme(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text('name: decsim-dark\nprimary: "#123456"\n')
    shelf = load_themes([shipped("themes"), tmp_path])
    dark = next(t for t in shelf.themes if t.name == "decsim-dark")
    assert dark.primary == "#123456"
    assert len(shelf.themes) == len(SHELF.themes)


def test_an_unknown_theme_gives_the_default_and_a_hint() -> None:
    name, warning = SHELF.choose("decsim-drak")
    assert name == "decsim-dark"
    assert "did you mean 'decsim-dark'" in warning
    assert SHELF.choose("nord", ["nord"]) == ("nord", "")


def test_without_any_file_a_theme_of_textual_is_used(tmp_path: Path) -> None:
    shelf = load_themes([tmp_path / "nowhere"])
    assert shelf.themes == ()
    assert shelf.choose("decsim-dark")[0] == LAST_RESORT
    assert LAST_RESORT in BUILTIN_THEMES
