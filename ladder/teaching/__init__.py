"""The texts of "How it works", and the experiments it offers."""
