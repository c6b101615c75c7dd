"""Users, their interactions and what is believed about them, with the evidence."""
