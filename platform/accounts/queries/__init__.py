"""Reads about workspaces and who may see them."""
