"""The small whole experiments of `tests/laboratory.py`."""
