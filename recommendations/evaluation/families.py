"""The models that are tuned side by side, each with the settings that are tried for it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec

import numpy as np

from core.arrays import Floats
from recommendations.engine.autoencoders import Autoencoder, AutoencoderConfig
from recommendations.engine.factors import Factors, FactorsConfig
from recommendations.engine.graph import GraphConfig, GraphFilter
from recommendations.engine.history import HistoryConfig
from recommendations.engine.neighbourhood import NeighbourhoodConfig, UserNeighbourhood
from recommendations.engine.neighbours import ItemLinks, NeighboursConfig
from recommendations.engine.popular import Popular, PopularityConfig
from recommendations.engine.sequential import LastSolved, Sequential, SequentialConfig
from recommendations.engine.text_taste import TextTaste
from recommendations.engine.tuning import Setting

# Beyond so many items a table of all pairs costs more than it brings.
DENSE_LIMIT = 15_000
FADING = 2.0
FADED = HistoryConfig(half_life_steps=FADING * float(np.log(2.0)))

Families = Mapping[str, tuple[Setting, ...]]


def families(n_items: int, vectors: Floats | None, *, in_order: bool) -> Families:
    """Return every family that suits the data: by name, the settings to try.

    Dense linear models are left out above `DENSE_LIMIT` items, text models without vectors, and
    sequences where the order of a line means nothing.
    """
    found = {
        "popular": (Setting("", lambda: Popular(PopularityConfig())),),
        "item-knn": tuple(
            linked(NeighboursConfig("cosine", shrink=one)) for one in (0.0, 20.0, 100.0)
        ),
        "user-knn": tuple(map(users, USERS)),
        "rp3beta": tuple(
            linked(NeighboursConfig("rp3beta", alpha=one, beta=two))
            for one in (0.5, 0.7)
            for two in (0.2, 0.3, 0.4)
        ),
        "graph": tuple(map(graph, GRAPHS)),
        "ials": tuple(map(factors, NARROW)),
    }
    if not in_order:
        # Few directions and many see different things; of sequences as short as those that come
        # in order, many learn nothing more.
        found["ials-wide"] = tuple(map(factors, WIDE))
    if n_items <= DENSE_LIMIT:
        # Where the order counts, the sequential model is the one that the time goes to.
        ridges = (150.0,) if in_order else (300.0, 1000.0)
        found["ease"] = tuple(_autoencoder(ridge=one) for one in ridges)
        if not in_order:
            found["damped-autoencoder"] = tuple(map(_damped, (5.0, 15.0)))
    if vectors is not None:
        found["text"] = (Setting("", partial(TextTaste, vectors)),)
    if in_order and n_items <= DENSE_LIMIT:
        found["sequential"] = tuple(_sequential(vectors))
    return found


def library_peers(n_items: int) -> Families:
    """Return the models of other libraries, to be tuned as ours are, and never blended.

    There are none of a library that is not installed: LensKit comes with the extra `peers`, and
    RecTools is put beside the project by hand.
    """
    found: dict[str, tuple[Setting, ...]] = {}
    if find_spec("lenskit") is not None:
        from recommendations.evaluation import lenskit_peers  # noqa: PLC0415 - an extra

        found |= {name: lenskit_peers.settings_of(name) for name in lenskit_peers.GRIDS}
    if find_spec("rectools") is not None:
        from recommendations.evaluation import rectools_peers  # noqa: PLC0415 - by hand

        names = rectools_peers.names_for(n_items)
        found |= {name: rectools_peers.settings_of(name) for name in names}
    return found


def left_out_peers(*, wanted: bool) -> list[str]:
    """Say which peers were wanted and could not be measured, and how to have them."""
    if not wanted:
        return []
    how = {
        "lenskit": "LensKit's models were not measured: pip install 'likeness[peers]' brings them.",
        "rectools": "RecTools' models were not measured: docs/evaluation.md says how to have them.",
    }
    return [told for library, told in how.items() if find_spec(library) is None]


USERS = (
    NeighbourhoodConfig(most=100, sharpness=1.0, damping=0.2),
    NeighbourhoodConfig(most=300, sharpness=1.0, damping=0.3),
    NeighbourhoodConfig(most=1_000, sharpness=1.5, damping=0.3),
)
GRAPHS = (
    GraphConfig(rank=64, ideal=0.3),
    GraphConfig(rank=256, ideal=0.3),
    GraphConfig(rank=256, ideal=1.0),
)
NARROW = (
    FactorsConfig(dimensions=64, trust=10.0, ridge=10.0),
    FactorsConfig(dimensions=128, trust=30.0, ridge=30.0),
)
WIDE = (
    FactorsConfig(dimensions=256, trust=30.0, ridge=30.0),
    FactorsConfig(dimensions=384, trust=30.0, ridge=25.0),
)
PRIORS: Sequence[tuple[float, float]] = ((30.0, 1.0), (100.0, 2.5))


def linked(config: NeighboursConfig) -> Setting:
    """Return links from item to item as a setting."""
    return Setting(repr(config), lambda: ItemLinks(config))


def users(config: NeighbourhoodConfig) -> Setting:
    """Return a neighbourhood of users as a setting."""
    return Setting(repr(config), lambda: UserNeighbourhood(config))


def factors(config: FactorsConfig) -> Setting:
    """Return implicit factors as a setting."""
    return Setting(repr(config), lambda: Factors(config))


def graph(config: GraphConfig) -> Setting:
    """Return a filter on the graph of users and items as a setting."""
    return Setting(repr(config), lambda: GraphFilter(config))


def _autoencoder(**knobs: float) -> Setting:
    return Setting(_label(knobs), lambda: Autoencoder(AutoencoderConfig(**knobs)))


def _damped(ridge: float) -> Setting:
    return _autoencoder(ridge=ridge, limit=1.0, user_damping=0.25, item_damping=0.3)


def _sequential(vectors: Floats | None) -> Iterator[Setting]:
    solve = LastSolved()
    priors = ((0.0, 0.0), *PRIORS) if vectors is not None else ((0.0, 0.0),)
    for ridge, share in priors:
        config = SequentialConfig(fading=FADING, text_ridge=ridge, text_share=share)
        yield Setting(repr(config), partial(Sequential, config, vectors, solve), FADED)


def _label(knobs: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in knobs.items())
