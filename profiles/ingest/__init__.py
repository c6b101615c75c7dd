"""Folders of files become items, users and interactions: formats, loading, report."""
