"""Themes, glyphs and plain text: how things look."""
