"""Items that nobody met yet, and users of whom nothing is known but what they declare."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from rich.table import Table
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, Indices, as_floats
from core.errors import InvalidError
from recommendations.engine.learned import Content, Learned
from recommendations.engine.log import Log, join, take
from recommendations.engine.metrics import Interval
from recommendations.engine.newcomers import choose_share, with_newcomers
from recommendations.engine.served import scores_of
from recommendations.engine.splits import Split
from recommendations.engine.stated import fit_links
from recommendations.engine.validation import NDCG_AT_20, Cases, measure, ranks
from recommendations.engine.welcoming import DECLARED, declared_tags
from recommendations.evaluation.content import content_of
from recommendations.evaluation.figures import Figure, difference, ratio, rounded, value
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.machine import hardware
from recommendations.evaluation.models import Fitted, Likeness
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.portrait.vocabulary import item_tags
from recommendations.evaluation.run import Plan, split_of
from recommendations.evaluation.strangers import (
    PLACES,
    USERS_AT_ONCE,
    naming_sentences,
    reviewing_sentences,
    spoken_lists,
    strangers_lists,
)
from recommendations.queries.drawing import Drawer

HIDDEN_ITEMS, HIDDEN_USERS = 0.1, 0.2
DRAWS = 2_000
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Voice:
    """How texts become vectors of one space: those of items, a sentence inside a request, and many
    sentences where a worker encodes them. Shapes: (B, D), (D,) and (B, D), unit rows.
    """

    items: Callable[[Sequence[str]], Floats]
    sentence: Callable[[str], Floats]
    worker: Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class Hiding:
    """A split by user with a tenth of the items, and a fifth of the test users, never learnt from.

    Shapes: items (I,) and users (U,), who is hidden; `told` is what the hidden users did before
    the test.
    """

    split: Split
    items: Bools
    users: Bools
    told: Log

    @classmethod
    def of(cls, split: Split, *, seed: int) -> "Hiding":
        """Hide by chance."""
        rng = np.random.default_rng(seed)
        items = np.zeros(split.train.n_items, dtype=np.bool_)
        items[rng.permutation(len(items))[: int(HIDDEN_ITEMS * len(items))]] = True
        users = np.zeros(split.train.n_users, dtype=np.bool_)
        tested = np.unique(split.test.users)
        users[rng.permutation(tested)[: int(HIDDEN_USERS * len(tested))]] = True

        def known(log: Log) -> Log:
            return take(log, ~items[log.items] & ~users[log.users])

        before = join(split.train, split.validation)
        kept = Split(split.name, known(split.train), known(split.validation), split.test)
        return cls(kept, items, users, take(before, users[before.users]))


def measure_cold(
    data: FolderData, plan: Plan, progress: Progress, *, voice: Voice | None = None
) -> dict[str, Any]:
    """Learn without the hidden items and users, and rank the whole catalogue for everybody.

    Strangers who say a sentence are served where there is a `voice` to encode it with.
    """
    started = time.perf_counter()
    hiding = Hiding.of(split_of(data, "user", seed=plan.seed), seed=plan.seed)
    split = hiding.split
    tags, names = _tags_of(data, split, progress)
    content = replace(content_of(data.texts, tags, seed=plan.seed), portray=Drawer(tags))
    likeness = Likeness.of(split, content, plan.budget(split.name), progress)
    progress("links for new items")
    chosen = choose_share(likeness.learned, split.train, split.validation, content, seed=plan.seed)
    known = join(split.train, split.validation)
    lent = with_newcomers(likeness.learned, known, content, chosen["share"])
    lent = _with_links(lent, known, tags)
    found = {
        "data": {"name": data.name, "sha256": data.digest, "split": "user", "seed": plan.seed},
        "cold_items": _items(hiding, likeness, lent, progress, seed=plan.seed) | {"lent": chosen},
        "cold_users": _users(hiding, lent, content, tags, progress, seed=plan.seed),
    }
    if voice is not None:
        progress("strangers who say a sentence")
        found["cold_words"] = _speakers(data, hiding, lent, (tags, names), voice, seed=plan.seed)
    return {**found, "hardware": hardware(), "seconds": round(time.perf_counter() - started, 1)}


def _items(
    hiding: Hiding, likeness: Likeness, lent: Learned, progress: Progress, *, seed: int
) -> dict[str, Any]:
    known = join(hiding.split.train, hiding.split.validation)
    test = take(hiding.split.test, ~hiding.users[hiding.split.test.users])
    cases = Cases.of(known, test)
    is_cold = hiding.items[cases.wanted.indices]
    if not is_cold.any() or is_cold.all():
        raise InvalidError("No test user took to both known and hidden items: too little to judge.")
    ready = replace(likeness, learned=lent)
    models = {
        "ranked": (likeness.ranked(), ready.ranked()),
        "served": (likeness.served(), ready.served()),
    }
    found: dict[str, Any] = {
        "users": len(cases),
        "hidden_items": int(hiding.items.sum()),
        "wanted": {"warm": int((~is_cold).sum()), "cold": int(is_cold.sum())},
    }
    for name, (without, with_links) in models.items():
        progress(f"cold items, {name}")
        before, after = (_hits(cases, one) for one in (without, with_links))
        found[name] = _item_figures(cases, is_cold, before, after, np.random.default_rng(seed))
    return found


def _hits(cases: Cases, model: Fitted) -> Doubles:
    """Say which wanted items stand in the first twenty, in the order of `wanted`. Returns (P,)."""
    parts = cases.parts(USERS_AT_ONCE)
    found = np.concatenate([ranks(part, model.score(part)) for part in parts])
    return np.asarray(found <= PLACES, dtype=np.float64)


def _item_figures(
    cases: Cases, is_cold: Bools, before: Doubles, after: Doubles, rng: np.random.Generator
) -> dict[str, Any]:
    draws = _user_draws(len(cases), rng)

    def recall(hits: Doubles, rows: Bools) -> Doubles:
        return _shares(cases, hits, rows, draws)

    warm, cold = recall(after, ~is_cold), recall(after, is_cold)
    was_warm, was_cold = recall(before, ~is_cold), recall(before, is_cold)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "recall@20 of warm items": _figure(warm),
            "recall@20 of cold items": _figure(cold),
            "cold over warm": _figure(np.nan_to_num(cold / warm)),
            "without lent links": {"warm": _figure(was_warm), "cold": _figure(was_cold)},
            "share of warm recall lost": _figure(np.nan_to_num(1 - warm / was_warm)),
        }


def _user_draws(count: int, rng: np.random.Generator) -> Doubles:
    """Everybody once, and then bootstraps over users. Shapes: returns (1 + DRAWS, B)."""
    drawn = rng.multinomial(count, np.full(count, 1.0 / count), size=DRAWS)
    return np.concatenate([np.ones((1, count)), drawn])


def _shares(cases: Cases, hits: Doubles, rows: Bools, draws: Doubles) -> Doubles:
    """Return the share of hits among some wanted items, for each draw of users."""
    seekers = cases.seekers()[rows]
    wanted = np.bincount(seekers, minlength=len(cases))
    met = np.bincount(seekers, hits[rows], minlength=len(cases))
    return np.asarray((draws @ met) / np.maximum(draws @ wanted, 1.0))


def _figure(draws: Doubles) -> Figure:
    """The first draw is everybody; the others give the 95 % interval."""
    low, high = np.quantile(draws[1:], [0.025, 0.975])
    return rounded(Interval(float(draws[0]), float(low), float(high)))


def _tags_of(
    data: FolderData, split: Split, progress: Progress
) -> tuple[csr_array, tuple[str, ...]]:
    """Return what items bear, and its names: their own tags or, where they bear none, those that a
    workspace makes of their words. Shapes: returns (I, G), G.
    """
    if data.tags.nnz:
        return csr_array(data.tags), data.tag_names
    nothing = np.empty(0, dtype=np.intp)
    made = item_tags(data, read_texts(data, progress), split.train, nothing, None)
    return made.sure, made.tags


def _with_links(learned: Learned, known: Log, tags: csr_array) -> Learned:
    """Fit links from statements, as where users are portrayed."""
    drawn = Drawer(tags)(known, np.empty(0, dtype=np.int64))
    return replace(learned, links=fit_links(drawn.stated, tags, known, learned.links.config))


def _users(
    hiding: Hiding,
    learned: Learned,
    content: Content,
    tags: csr_array,
    progress: Progress,
    *,
    seed: int,
) -> dict[str, Any]:
    """Serve hidden users as strangers who name three tags, and no more is known of them.

    The tags are those of what they took to before the test, the most frequent for their rarity.
    What they took to then is not asked for again, of anybody's list.
    """
    progress("cold users")
    cases = _strangers(hiding)
    declared = declared_tags(hiding.told, tags, cases.users)
    tells = np.diff(declared.indptr) > 0
    if not tells.any():
        return {"users": 0, "why": "the items of this folder bear no tags"}
    cases, declared = cases.some(np.flatnonzero(tells)), csr_array(declared[tells])
    rng = np.random.default_rng(seed)
    told = learned.blend.strangers
    served = None if told is None else asdict(told)
    found: dict[str, Any] = {"users": len(cases), "declared": DECLARED, "served": served}

    def lists(rows: Indices) -> Ids:
        stated = csr_array(declared[rows])
        return strangers_lists(learned, content, stated, tags, barred=cases.met)

    return found | _held_against(learned, cases, lists, "another's tags", rng)


def _strangers(hiding: Hiding) -> Cases:
    return Cases.of(hiding.told, take(hiding.split.test, hiding.users[hiding.split.test.users]))


def _held_against(
    learned: Learned,
    cases: Cases,
    lists: Callable[[Indices], Ids],
    control: str,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Measure strangers' lists beside what is the same for everybody, and another's list.

    `lists` makes each user's list from what the stranger in that row says. Shapes: (B,) to (B, 20).
    """
    n_items = cases.met.shape[1]

    def merits(rows: Indices) -> Doubles:
        return measure(cases, scores_of(lists(rows), n_items))[:, NDCG_AT_20]

    ours = merits(np.arange(len(cases)))
    found = {"ndcg@20": value(ours, rng)}
    others = merits(rng.permutation(len(cases)))
    found[control] = value(others, rng)
    for name, scores in (("popular", learned.popular), ("recent", learned.recent)):
        flat = as_floats(np.broadcast_to(scores, cases.met.shape))
        theirs = measure(cases, flat)[:, NDCG_AT_20]
        found[name] = value(theirs, rng)
        found[f"over {name}"] = ratio(ours, theirs, rng)
        found[f"less {name}"] = difference(ours, theirs, rng)
    return found


def _speakers(
    data: FolderData,
    hiding: Hiding,
    learned: Learned,
    tags: tuple[csr_array, tuple[str, ...]],
    voice: Voice,
    *,
    seed: int,
) -> dict[str, Any]:
    """Serve hidden users as strangers of whom a request brings one sentence.

    It names the three tags that they would declare, or is their own: out of the newest review they
    wrote before the test of something they took to.
    """
    has_text = np.array([bool(text) for text in data.texts])
    if not has_text.any():
        return {"why": "the items of this folder have no texts to compare a sentence with"}
    vectors = voice.items(data.texts)
    vectors = as_floats(np.where(has_text[:, None], vectors, 0.0))
    everybody = _strangers(hiding)
    declared = declared_tags(hiding.told, tags[0], everybody.users)
    said = {
        "names tags": naming_sentences(declared, tags[1]),
        "own review": reviewing_sentences(data, hiding.told, everybody.users),
    }
    found: dict[str, Any] = {}
    for kind, spoken in said.items():
        rows = np.array([row for row, one in enumerate(spoken) if one], dtype=np.intp)
        found[kind] = {"users": len(rows)}
        if len(rows):
            cases, words = everybody.some(rows), [spoken[row] for row in rows]
            own = as_floats([voice.sentence(one) for one in words])
            rng = np.random.default_rng(seed)
            lists = partial(_spoken_of, learned, vectors, own, cases.met)
            found[kind] |= _held_against(learned, cases, lists, "another's sentence", rng)
            found[kind]["cosine to the worker's vector"] = _agreement(own, voice.worker(words))
    return found


def _spoken_of(
    learned: Learned, vectors: Floats, own: Floats, barred: csr_array, rows: Indices
) -> Ids:
    return spoken_lists(learned, vectors, as_floats(own[rows]), barred=barred)


def _agreement(quick: Floats, worker: Floats) -> dict[str, float]:
    cosines = (quick * worker).sum(axis=1)
    return {"least": round(float(cosines.min()), 5), "mean": round(float(cosines.mean()), 5)}


def cold_tables(found: dict[str, Any]) -> tuple[Table, ...]:
    """Lay the figures out for the terminal."""
    items, users = found["cold_items"], found["cold_users"]
    first = Table("recall@20", title=f"{found['data']['name']}: items that nobody met")
    shown = [name for name in items["ranked"] if name != "without lent links"]
    for name in ("ranked", "served"):
        first.add_column(name, justify="right")
    for name in shown:
        first.add_row(name, *(_shown(items[one][name]) for one in ("ranked", "served")))
    second = Table("cold users", "NDCG@20", title=f"{users['users']} strangers who declare tags")
    for name, one in users.items():
        if isinstance(one, dict) and "value" in one:
            second.add_row(name, _shown(one))
    words = found.get("cold_words", {})
    spoken = [(kind, one) for kind, one in words.items() if isinstance(one, dict) and one["users"]]
    return (first, second, *(_spoken_table(kind, one) for kind, one in spoken))


def _spoken_table(kind: str, found: dict[str, Any]) -> Table:
    table = Table("one sentence", "NDCG@20", title=f"{found['users']} strangers: {kind}")
    for name, one in found.items():
        if isinstance(one, dict) and "value" in one:
            table.add_row(name, _shown(one))
    return table


def _shown(one: Figure) -> str:
    return f"{one['value']:.4f} ({one['low']:.4f} {one['high']:.4f})"
