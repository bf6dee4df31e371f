"""The commands of `python -m ladder`."""
