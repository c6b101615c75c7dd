"""The arithmetic of portraits. Knows arrays only: no Django, no database, no clock."""
