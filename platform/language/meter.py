"""How many tokens the models of this process have read and written: what work is charged for.

Whatever runs a model adds what it was given and what it made; who runs a stage looks at the
meter before and after. A worker's process does one thing at a time, so that what was added in
between is what the stage used.
"""


class Meter:
    """A count that only grows."""

    def __init__(self) -> None:
        self.tokens = 0

    def add(self, tokens: int) -> None:
        """Say that a model has read or written so many tokens."""
        self.tokens += tokens


METER = Meter()
