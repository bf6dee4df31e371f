"""Where rows come from: named data, the IDX format, downloads."""
