"""Text in, numbers out: clean, encode, read, tag and write. Knows no Django and no database."""
