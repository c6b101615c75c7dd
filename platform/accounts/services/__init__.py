"""Writes about workspaces and the keys that programs call with."""
