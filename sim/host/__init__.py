"""The engine in a process of its own, so that a screen never shares its interpreter's lock."""
