"""Commands of the whole platform."""
