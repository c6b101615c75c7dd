"""Writes about users: each function is one change, whole or not at all, and safe to repeat."""
