"""Lists for users who took to nothing yet: what they say they like, and the best of it first."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.arrays import Bools, Floats, as_floats, looked_up
from recommendations.engine.blend import BlendConfig, Blended, Strangers, blend, scaled
from recommendations.engine.sources import Scored

# What users say of themselves: tags that they name, or words of their own.
SAID, WORDS = "said", "taste"
# What is true of everybody, beside what users of like statements took to.
EVERYBODYS = ("popular", "recent")
# Where nothing favours what bears a tag, how much of what was named it bears decides.
LEAST_SAID = 0.1
# What bears nothing that was named comes after all that does.
BESIDE = 1e-3


def favoured(bears: Floats, sources: Mapping[str, Floats], told: Strangers) -> Floats:
    """Score what users may take to of whom nothing is known but what they say they like.

        score_j = (sum_s weight_s * source_sj + .1 * bears_j) * bears_j ** closeness

    with bears_j in [0, 1], how much of what was said the item bears; what bears nothing of it
    counts a thousandth. Shapes: all of one shape, each row's best 1 or all 0; returns the same.
    """
    told_of = [told.weights.get(name, 0.0) * scores for name, scores in sources.items()]
    return as_floats(sum(told_of, LEAST_SAID * bears) * nearness(bears, told))


def nearness(bears: Floats, told: Strangers) -> Floats:
    """Return what bearing so much of what was said multiplies a score by. Shapes: as given."""
    near = np.maximum(bears, 0.0) ** np.float32(told.closeness)
    return np.where(bears > 0, near, np.float32(BESIDE))


def blend_for_strangers(scored: Sequence[Scored], config: BlendConfig) -> Blended:
    """Serve a user who took to nothing: what they say they like, and the best of it first.

    As `favoured`. An item is on the list for what was said, and stands where it does for what
    favours it: of the part that everybody's favour has in a score half is what was said, which
    is what Shapley's rule gives to each of two factors. Words of their own count like tags, by
    how many items lie nearer to them; beside tags they are one more favour. Where nothing was
    said the sources are blended by `beside_others`.

    `config` has `strangers`; parts still add up to scores.
    """
    told = config.strangers or Strangers({}, 0.0)
    named = {one.source: one for one in scored if (one.scores > 0).any()}
    source = next((one for one in (SAID, WORDS) if one in named), None)
    if source is None:
        return blend(scored, beside_others(config, told), met=0)
    # Cosines to one sentence are much alike: their order tells more than their size.
    bears = scaled(named[source].scores, "max" if source == SAID else "rank")
    near = nearness(bears, told if source == SAID else replace(told, closeness=1.0))
    weights = {**_of_best(config.weights_for(0)), "tags": 0.0, WORDS: 1.0, **told.weights}
    weights[source] = LEAST_SAID
    # Whatever is cut off is cut off at the end.
    everything = replace(config, weights=weights, scales={}, buckets=(), pool=sys.maxsize)
    blended = blend(scored, everything)
    items = named[source].items
    return _shared_out(
        blended,
        looked_up(blended.items, items, bears) > 0,
        np.maximum(looked_up(blended.items, items, near), np.float32(BESIDE)),
        blended.sources.index(source),
    ).first(config.pool)


def _shared_out(blended: Blended, bears: Bools, near: Floats, own: int) -> Blended:
    """Multiply what favours items by how near they are, and give `own` its half of it.

    What speaks against an item that bears nothing of what was said goes on doing so, whole.
    Shapes: bears and near (C,); own the column of what was said.
    """
    whole = ~bears[:, None] & (blended.parts < 0)
    parts = np.where(whole, blended.parts, blended.parts * near[:, None])
    for column in [blended.sources.index(one) for one in EVERYBODYS if one in blended.sources]:
        half = np.where(bears, parts[:, column] / 2, 0.0)
        parts[:, column] -= half
        parts[:, own] += half
    shared = replace(blended, parts=as_floats(parts))
    return shared.ordered(as_floats(parts.sum(axis=1)), None)


def _of_best(weights: Mapping[str, float]) -> dict[str, float]:
    best = max(weights.values(), default=0.0) or 1.0
    return {source: weight / best for source, weight in weights.items()}


def beside_others(config: BlendConfig, told: Strangers) -> BlendConfig:
    """Return how strangers are served who said nothing.

    As others are, but for what is popular, and popular of late: the learnt weights may hold
    neither, and a stranger has nothing else. With `as_others` the learnt weights stand.
    """
    if told.as_others:
        return config
    weights = config.weights_for(0)
    best = max(weights.values(), default=0.0) or 1.0
    general = {source: best * told.weights.get(source, 0.0) for source in EVERYBODYS}
    scales = {one: scale for one, scale in config.scales.items() if one not in EVERYBODYS}
    return replace(config, weights=weights | general, scales=scales, buckets=())
