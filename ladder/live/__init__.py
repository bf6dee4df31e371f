"""One run, watched while it trains."""
