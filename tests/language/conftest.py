"""The first example of a property may load a dictionary: no deadline by the clock here."""

from hypothesis import settings

settings.register_profile("language", deadline=None)
settings.load_profile("language")
