"""By which methods each use of a trained model is trained. Importing this loads no network."""

from catalog.models import TrainedModel
from language.training.methods import CONTRASTIVE, FROZEN, MASKED, TUNED

CAUSAL = "causal"

Use = TrainedModel.Use
# The first is what is done where nobody says.
METHODS = {
    Use.SENTIMENT: (FROZEN, TUNED),
    Use.SAFETY: (FROZEN, TUNED),
    Use.ENCODER: (MASKED, CONTRASTIVE),
    Use.SEQUENCE: (CAUSAL,),
}
