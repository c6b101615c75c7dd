"""Trained heads: what they were trained to tell from a text, and how they tell it."""
