"""Reads about users: rows, dataclasses or arrays come back, and nothing is written."""
