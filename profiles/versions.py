"""The versions of what this floor computes. Raising one makes every such row due again."""

STATEMENTS = "1"
TASTE = "1"
SEGMENTS = "2"
DESCRIPTIONS = "1"

# Who made a statement, as it is stored with it.
STATEMENTS_MODEL = "likeness.statements"
DECLARED_MODEL = "declared"
