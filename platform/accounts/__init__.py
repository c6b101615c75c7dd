"""Logins, workspaces, who belongs to which, and the keys that programs call with."""
