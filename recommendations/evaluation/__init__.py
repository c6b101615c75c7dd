"""Measure recommendations on a folder in the exchange format, with the functions that serve."""
