"""Whether descriptions say what is stated and no more, and tell one user from another."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Ids
from language.claims_check import check
from language.write import Fact, describe
from profiles.modelling.choosing import Proposal
from profiles.modelling.claims import Acts, Mentions
from recommendations.engine.log import Log
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.drawing import Portraits, acts_of, mentions_of, rows_of
from recommendations.evaluation.portrait.figures import Figure, absent, share, value
from recommendations.evaluation.portrait.reading import Texts
from recommendations.evaluation.portrait.vocabulary import INTEREST

OTHERS = 10
MOST_USERS = 1_000
MOST_WORDS = 120
LANGUAGES = ("en", "zh")
Claimed = list[tuple[int, int]]


def descriptions_row(
    data: FolderData, texts: Texts, portraits: Portraits, test: Log, *, seed: int = 0
) -> dict[str, Any]:
    """Return how far descriptions by the template are supported, and whether they tell users apart.

    Each is written from a user's statements in use, cut into claims again by the check that
    generated words go through, and every claim is held against the statements. A description is
    then held against what eleven users did, the right one among them: `picked` against the
    interactions that were known, `picked_by_later` against the test part, which no portrait saw.
    Drawn are at most MOST_USERS users who have a statement in use.
    """
    rng = np.random.default_rng(seed)
    users = [user for user, stated in portraits.statements.items() if _in_use(stated)]
    if len(users) <= OTHERS:
        return absent("Too few users have a statement in use.")
    drawn = np.sort(rng.permutation(users)[:MOST_USERS])
    claimed: dict[int, Claimed] = {}
    supported, claims, longest = 0, 0, 0
    for user in drawn.tolist():
        for language in LANGUAGES:
            found, right, whole, words = _checked(portraits, user, language)
            supported, claims, longest = supported + right, claims + whole, max(longest, words)
            if language == "en":
                claimed[user] = found
    known = _standing(portraits, portraits.evidence.acts, portraits.evidence.mentions)
    return {
        "supported": share(supported, claims),
        "picked": _picked(claimed, known, rng),
        "picked_by_later": _picked(claimed, _later(data, texts, portraits, test), rng),
        "described": len(drawn),
        "longest_in_words": longest,
    }


def _in_use(stated: list[Proposal]) -> list[Proposal]:
    return [one for one in stated if one.is_active]


def _checked(portraits: Portraits, user: int, language: str) -> tuple[Claimed, int, int, int]:
    """Return the claims read back, how many are supported, how many there are, and the words."""
    stated = _in_use(portraits.statements[user])
    facts = [_fact(portraits, one) for one in stated]
    text = describe(facts, language=language).text
    sentences = check(text, facts, language=language)
    claims = [claim for sentence in sentences for claim in sentence.claims]
    tags = {fact.tag: one.tag for fact, one in zip(facts, stated, strict=True)}
    right = [claim for claim in claims if claim.problem is None]
    found = [(tags[claim.tag], claim.polarity) for claim in right]
    return found, len(right), len(claims), len(text.split())


def _fact(portraits: Portraits, one: Proposal) -> Fact:
    return Fact(
        tag=portraits.tags[one.tag].removeprefix(f"{INTEREST}: "),
        polarity=one.polarity,
        strength=one.strength,
        level=one.level,
        is_aspect=portraits.sources[one.tag] == "aspect",
    )


def _later(data: FolderData, texts: Texts, portraits: Portraits, test: Log) -> Doubles:
    rows = rows_of(data.log, test)
    return _standing(
        portraits, acts_of(data, texts, rows), mentions_of(texts, rows, portraits.tags)
    )


def _standing(portraits: Portraits, acts: Acts, mentions: Mentions) -> Doubles:
    """Return how users stand to tags by what they did and wrote, against everybody else.

    Each is the tag's part of all that the user judged, less what is usual, in usual deviations;
    NaN for a user who did nothing. Shapes: returns (U, G).
    """
    users, items = portraits.weights.shape[0], portraits.item_tags.shape[0]
    did = csr_array((acts.settled().signed, (acts.user, acts.item)), shape=(users, items))
    table = (did @ portraits.item_tags).toarray().astype(np.float64)
    writer = dict(zip(acts.id.tolist(), acts.user.tolist(), strict=True))
    owners: Ids = np.array([writer.get(act, -1) for act in mentions.act.tolist()], dtype=np.int64)
    ours = owners >= 0
    np.add.at(table, (owners[ours], mentions.tag[ours]), mentions.polarity[ours])
    mass = np.bincount(acts.user, np.abs(acts.signed), minlength=users)
    table /= np.where(mass > 0, mass, np.nan)[:, None]
    usual, spread = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    return np.asarray((table - usual) / np.maximum(spread, 1e-9))


def _picked(claimed: dict[int, Claimed], standing: Doubles, rng: np.random.Generator) -> Figure:
    """Return how often the claims fit their own user best of eleven. Ties share the point."""
    able = np.array([user for user in claimed if np.isfinite(standing[user, 0])], dtype=np.int64)
    if len(able) <= OTHERS:
        return absent("Too few of the users described did anything there.")
    points = []
    for user in able.tolist():
        others = rng.choice(able[able != user], OTHERS, replace=False)
        found = np.array([_fit(claimed[user], standing[one]) for one in (user, *others)])
        best = found == found.max()
        points.append(best[0] / best.sum())
    return {**value(np.array(points), rng), "count": len(points), "by_chance": round(1 / 11, 5)}


def _fit(claimed: Claimed, standing: Doubles) -> float:
    return float(sum(polarity * standing[tag] for tag, polarity in claimed))
