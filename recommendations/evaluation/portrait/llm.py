"""Portraits against profiles that a large language model wrote, on the split they came with."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, as_floats
from recommendations.engine.learning import Budget, learn
from recommendations.engine.validation import NDCG_AT_20, measure
from recommendations.evaluation.content import content_of
from recommendations.evaluation.figures import difference, ratio, value
from recommendations.evaluation.portrait.believed import beliefs_of, in_use, shown
from recommendations.evaluation.portrait.drawing import draw
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.portrait.scoring import Crowd, Profiles, Scorer
from recommendations.evaluation.portrait.senses import Encode
from recommendations.evaluation.portrait.sufficiency import Believed, Drawn, best_showing
from recommendations.evaluation.portrait.vectors import vectors_of
from recommendations.evaluation.portrait.written import Written

ENOUGH_A_SECOND = 50
Pair = tuple[Profiles, Profiles]


def against_written(
    written: Written,
    *,
    seed: int = 0,
    vectors: Path | None = None,
    encode: Encode | None = None,
) -> Any:
    """Return NDCG@20 by our portraits alone against theirs, embedded by our encoder.

    Ours are the statements in use, as a workspace holds them, words compared by what they mean
    where `encode` is given; which 32 of a user are shown is chosen on validation.
    `tuned`: both go through a scorer of the same kind, tuned on the same validation users.
    `raw`: tags shared with the item against the cosine of the two texts, with nothing learnt.
    `proposed` is ours, tuned, with wider beliefs than serve; see `sufficiency`.
    `shuffled` are our portraits given to others. Theirs may use 384 numbers where ours have at
    most 32 statements. `users_a_second` is how fast all were drawn on this machine, from the tags
    of items to statements, the vectors of words being known.
    """
    rng = np.random.default_rng(seed)
    data, split = written.data, written.split
    content = content_of(data.texts, data.tags, seed=seed)
    learned = learn(split.train, split.validation, content=content, budget=Budget(origins=1))
    texts = read_texts(data, encode=encode)
    drawn = Drawn.of(data, texts, split, learned, seed=seed)
    started = time.perf_counter()
    draw(data, texts, split.train)
    speed = data.log.n_users / (time.perf_counter() - started)
    crowds = drawn.crowd(final=False), drawn.crowd(final=True)
    users, items = vectors_of(written.users, vectors), vectors_of(written.items, vectors)
    theirs = Profiles(csr_array(_centred(users)), None, _cosines(users, items))
    ours, choice = _ours(drawn, in_use, crowds[0])
    tuned, scorer = _tuned(drawn, ours, crowds)
    moved = scorer.score(drawn.test, ours[1].shuffled(seed), crowds[1])
    shuffled = measure(drawn.test, moved)[:, NDCG_AT_20]
    embedded, _ = _tuned(drawn, (theirs, theirs), crowds)
    popular, _ = _tuned(drawn, (None, None), crowds)
    raw, raw_theirs = (_raw(drawn, one) for one in (ours[1], theirs))
    wider, _ = _tuned(drawn, _ours(drawn, beliefs_of, crowds[0])[0], crowds)
    return {
        "tuned": _held(tuned, embedded, rng),
        "raw": _held(raw, raw_theirs, rng),
        "proposed": _held(wider, embedded, rng),
        "popularity": value(popular, rng),
        "shuffled": value(shuffled, rng),
        "shuffled_minus_popularity": difference(shuffled, popular, rng),
        "users_a_second": {"value": round(speed, 1), "wanted": ENOUGH_A_SECOND},
        "test_users": len(drawn.test),
        "words_by": "spelling" if encode is None else "meaning",
        "statements_a_user": round(float(np.diff(ours[1].users.indptr).mean()), 2),
        "choices": {**choice, **scorer.as_json()},
    }


def _ours(drawn: Drawn, believed: Believed, crowd: Crowd) -> tuple[Pair, dict[str, Any]]:
    """Return portraits that hold what is believed so, to choose by and to be measured."""
    showing, rehearsal, _ = best_showing(drawn, crowd, believed)
    final = shown(drawn.final, believed(drawn.final), showing)
    return (rehearsal, Profiles(final, drawn.final.item_tags)), asdict(showing)


def _held(ours: Doubles, theirs: Doubles, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "ours": value(ours, rng),
        "theirs": value(theirs, rng),
        "ours_over_theirs": ratio(ours, theirs, rng),
        "ours_minus_theirs": difference(ours, theirs, rng),
    }


def _tuned(
    drawn: Drawn,
    profiles: tuple[Profiles | None, Profiles | None],
    crowds: tuple[Crowd, Crowd],
) -> tuple[Doubles, Scorer]:
    scorer = Scorer.learn(drawn.validation, profiles[0], crowds[0])
    scores = scorer.score(drawn.test, profiles[1], crowds[1])
    return measure(drawn.test, scores)[:, NDCG_AT_20], scorer


def _raw(drawn: Drawn, profiles: Profiles) -> Doubles:
    own = profiles.pointed_at(drawn.test.users)
    assert own is not None  # both kinds of profile point at items
    dense = own if isinstance(own, np.ndarray) else own.toarray()
    return measure(drawn.test, dense.astype(np.float32))[:, NDCG_AT_20]


def _centred(vectors: Floats) -> Floats:
    return as_floats(vectors - vectors.mean(axis=0))


def _cosines(users: Floats, items: Floats) -> Floats:
    return np.asarray(_centred(users) @ _centred(items).T, dtype=np.float32)
