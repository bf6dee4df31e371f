"""Ladder Lab: train a small ladder network live and watch every layer answer."""

from ladder import arithmetic

arithmetic.fix()  # before anything of ours loads a library that computes
