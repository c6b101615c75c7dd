"""The arithmetic of recommending. Knows arrays only: no Django, no database, no clock."""
