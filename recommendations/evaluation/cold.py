"""Items that nobody met yet, and users of whom nothing is known but what they declare."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from rich.table import Table
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, as_floats
from core.errors import InvalidError
from recommendations.engine.arrange import Shortlist, arrange
from recommendations.engine.blend import scaled
from recommendations.engine.learned import Content, Learned, Portrayed, source_rows
from recommendations.engine.log import Log, join, take
from recommendations.engine.metrics import Interval
from recommendations.engine.newcomers import choose_share, with_newcomers
from recommendations.engine.served import scores_of
from recommendations.engine.shortlist import best_of, most_of
from recommendations.engine.sources import score_popular
from recommendations.engine.splits import Split
from recommendations.engine.stated import fit_links
from recommendations.engine.strangers import EVERYBODYS, favoured
from recommendations.engine.validation import Cases, measure, ranks
from recommendations.engine.welcoming import DECLARED, declared_tags
from recommendations.evaluation.content import content_of
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.machine import hardware
from recommendations.evaluation.models import Fitted, Likeness
from recommendations.evaluation.portrait.figures import Figure, difference, ratio, rounded, value
from recommendations.evaluation.portrait.reading import read_texts
from recommendations.evaluation.portrait.vocabulary import item_tags
from recommendations.evaluation.run import Plan, split_of
from recommendations.queries.drawing import Drawer

HIDDEN_ITEMS, HIDDEN_USERS = 0.1, 0.2
BY_TAGS = ("tags", "said")
PLACES, DRAWS = 20, 2_000
NDCG_AT_20 = 1
USERS_AT_ONCE = 500
Progress = Callable[[str], None]


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


def measure_cold(data: FolderData, plan: Plan, progress: Progress) -> dict[str, Any]:
    """Learn without the hidden items and users, and rank the whole catalogue for everybody."""
    started = time.perf_counter()
    hiding = Hiding.of(split_of(data, "user", seed=plan.seed), seed=plan.seed)
    split = hiding.split
    tags = _tags_of(data, split, progress)
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


def _tags_of(data: FolderData, split: Split, progress: Progress) -> csr_array:
    """Return what items bear: their own tags or, where they bear none, those that a workspace makes
    of their words. Shapes: returns (I, G).
    """
    if data.tags.nnz:
        return csr_array(data.tags)
    nothing = np.empty(0, dtype=np.intp)
    return item_tags(data, read_texts(data, progress), split.train, nothing, None).sure


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
    test = take(hiding.split.test, hiding.users[hiding.split.test.users])
    cases = Cases.of(hiding.told, test)
    declared = declared_tags(hiding.told, tags, cases.users)
    tells = np.diff(declared.indptr) > 0
    if not tells.any():
        return {"users": 0, "why": "the items of this folder bear no tags"}
    cases, declared = cases.some(np.flatnonzero(tells)), csr_array(declared[tells])
    lists = strangers_lists(learned, content, declared, tags, barred=cases.met)
    ours = measure(cases, scores_of(lists, tags.shape[0]))[:, NDCG_AT_20]
    rng = np.random.default_rng(seed)
    told = learned.blend.strangers
    served = None if told is None else asdict(told)
    found: dict[str, Any] = {"users": len(cases), "declared": DECLARED, "served": served}
    found["ndcg@20"] = value(ours, rng)
    shuffled = rng.permutation(len(cases))
    others = strangers_lists(
        learned, content, csr_array(declared[shuffled]), tags, barred=cases.met
    )
    control = measure(cases, scores_of(others, tags.shape[0]))[:, NDCG_AT_20]
    found["another's tags"] = value(control, rng)
    for name, scores in (("popular", learned.popular), ("recent", learned.recent)):
        flat = as_floats(np.broadcast_to(scores, cases.met.shape))
        theirs = measure(cases, flat)[:, NDCG_AT_20]
        found[name] = value(theirs, rng)
        found[f"over {name}"] = ratio(ours, theirs, rng)
        found[f"less {name}"] = difference(ours, theirs, rng)
    return found


def strangers_lists(
    learned: Learned, content: Content, declared: csr_array, tags: csr_array, *, barred: csr_array
) -> Ids:
    """Make the lists that strangers would be shown who declare tags; padded with -1.

    Shapes: declared (B, G); tags (I, G); barred (B, I); returns (B, 20).
    """
    lists = np.full((barred.shape[0], PLACES), -1, dtype=np.int64)
    for start in range(0, len(lists), USERS_AT_ONCE):
        part = slice(start, start + USERS_AT_ONCE)
        closed = csr_array(barred[part])
        nothing = csr_array(closed.shape, dtype=np.float32)
        texts, portrayed = Content(vectors=content.vectors), Portrayed(declared[part], tags)
        rows = source_rows(learned, nothing, texts, portrayed=portrayed)
        if not learned.blend.asks("portrait", 0):
            rows.pop("portrait")
        rows["said"] = as_floats((portrayed.stated @ tags.T).toarray())
        for row in range(closed.shape[0]):
            own = {source: scores[row] for source, scores in rows.items()}
            met = closed.indices[closed.indptr[row] : closed.indptr[row + 1]].astype(np.int64)
            shown = _list_of(learned, own, content.vectors, met)
            lists[start + row, : len(shown)] = shown
    return lists


def _list_of(learned: Learned, own: dict[str, Floats], vectors: Floats | None, closed: Ids) -> Ids:
    everything = np.arange(len(learned.popular))
    named = [
        best_of(everything, scores, barred=closed, most=most_of(name, PLACES))
        for name, scores in (own | dict.fromkeys(BY_TAGS, _in_order(learned, own))).items()
    ]
    items = np.unique(np.concatenate(named))
    scored = [score_popular(items, scores[items], source=name) for name, scores in own.items()]
    laid = np.zeros((len(items), 1), np.float32) if vectors is None else as_floats(vectors[items])
    shortlist = Shortlist(items, laid, np.asarray(laid.any(axis=1)))
    arranged = arrange(scored, shortlist, learned.blend, met=0, barred=closed, length=PLACES)
    return arranged.blended.items[arranged.picks]


def _in_order(learned: Learned, own: dict[str, Floats]) -> Floats:
    """Put what bears the declared tags in the order in which a request names it."""
    told = learned.blend.strangers
    if told is None:
        return own["said"]
    general = {name: scaled(own[name], "max") for name in EVERYBODYS}
    return favoured(scaled(own["said"], "max"), general, told)


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
    return first, second


def _shown(one: Figure) -> str:
    return f"{one['value']:.4f} ({one['low']:.4f} {one['high']:.4f})"
