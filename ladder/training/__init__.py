"""One update, and many."""
