"""Users and what is believed about them, over HTTP."""
