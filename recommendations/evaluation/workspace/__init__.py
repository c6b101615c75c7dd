"""Tracks that are measured in a workspace, through the services that serve it."""
