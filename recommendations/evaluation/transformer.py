"""The causal transformer as a family: it costs more than all others together, and needs torch."""

from functools import partial

from core.arrays import Floats
from recommendations.engine.causal import CausalConfig, CausalTransformer
from recommendations.engine.tuning import Setting
from recommendations.evaluation.families import FADED, Families


def transformer_family(vectors: Floats | None, epochs: int) -> Families:
    """Return the transformer, to learn from sequences for so many epochs.

    Shapes: vectors (I, D), what texts say of the items, or None.
    """
    config = CausalConfig(epochs=epochs)
    setting = Setting(repr(config), partial(CausalTransformer, config, vectors), FADED)
    return {"causal-transformer": (setting,)}
