"""Processes beside the server: how they start, and how they are spoken to."""
