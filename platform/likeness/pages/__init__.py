"""The pages of end users: what is recommended, why, and the portrait behind it."""
