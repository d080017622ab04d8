"""The terminal itself: driver, keys typed ahead, and work in the background."""
