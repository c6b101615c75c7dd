"""Measure portraits: what they are worth to a ranking, whether they are true, and can be read."""
