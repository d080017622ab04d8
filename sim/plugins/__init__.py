"""What can be added without touching the program: registries, and plug-ins by entry points."""
