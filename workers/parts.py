"""What the parts of stages are called that others wait for, charge or put off.

A part is called as its runs and claims are: see `stages.Plan.claims_of`.
"""

from core.stages import Stage

CLEAN_ITEMS = f"{Stage.CLEAN}.items"
CLEAN_REVIEWS = f"{Stage.CLEAN}.reviews"
ENCODE_SERVED = f"{Stage.ENCODE}.served"
ENCODE_ITEMS = f"{Stage.ENCODE}.items"
ENCODE_REVIEWS = f"{Stage.ENCODE}.reviews"
READ_REVIEWS = f"{Stage.READ}.reviews"
TAG_ITEMS = f"{Stage.TAG}.items"
TAG_VOCABULARY = f"{Stage.TAG}.vocabulary"
STATE_INTERESTS = f"{Stage.STATE}.interests"
PHRASING = f"{Stage.DESCRIBE}.phrasing"
