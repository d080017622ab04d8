"""Configuration: typed sections, the layers they are read from, and scenarios with a timeline."""
