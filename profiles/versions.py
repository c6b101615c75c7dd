"""The versions of what this floor computes. Raising one makes every such row due again."""

STATEMENTS = "4"
CALIBRATION = "2"
LATENTS = "1"
INTERESTS = "1"
TASTE = "1"
SEGMENTS = "3"
QUALITY = "2"
DESCRIPTIONS = "3"

# Who made a statement, as it is stored with it.
STATEMENTS_MODEL = "likeness.statements"
LATENTS_MODEL = "likeness.latents"
DECLARED_MODEL = "declared"
