"""Ladder Lab: train a small ladder network live and watch every layer answer."""
