"""The networks: each one readable from the first line to the last beside its paper."""
