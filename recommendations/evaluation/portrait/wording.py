"""Whether descriptions say what is stated and no more, and tell one user from another."""

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Ids
from language.claims_check import check
from language.sensitive import topic_of
from language.write import Fact, describe
from profiles.modelling.choosing import Proposal
from profiles.modelling.claims import Acts, Mentions
from recommendations.engine.log import Log
from recommendations.evaluation.figures import Figure, absent, share, value
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.drawing import Portraits, acts_of, mentions_of, rows_of
from recommendations.evaluation.portrait.reading import Texts
from recommendations.evaluation.portrait.vocabulary import INTEREST

OTHERS = 10
MOST_USERS = 1_000
LEAST_USUAL, MOST_USUAL = 1e-6, 0.95
LANGUAGES = ("en", "zh")
Claimed = list[tuple[int, int]]


def descriptions_row(
    data: FolderData, texts: Texts, portraits: Portraits, test: Log, *, seed: int = 0
) -> dict[str, Any]:
    """Return how far descriptions by the template are supported, and whether they tell users apart.

    Each is written from a user's statements in use, cut into claims again by the check that
    generated words go through, and every claim is held against the statements. A description is
    then held against what eleven users did, the right one among them, by a reader who counts rare
    tags for more: `picked` against the interactions that were known, `picked_by_later` against the
    test part, which no portrait saw.
    Drawn are at most MOST_USERS users who have a statement in use.
    """
    rng = np.random.default_rng(seed)
    users = [user for user in portraits.statements if _told(portraits, user)]
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
    reader = _Reader.of(portraits)
    acts, mentions = portraits.evidence.acts, portraits.evidence.mentions
    known, later = reader.standing(acts, mentions), _later(data, texts, portraits, test, reader)
    return {
        "supported": share(supported, claims),
        "picked": _picked(claimed, known, reader, rng),
        "picked_by_later": _picked(claimed, later, reader, rng),
        "described": len(drawn),
        "longest_in_words": longest,
    }


def _told(portraits: Portraits, user: int) -> list[Proposal]:
    """Return a user's statements in use but for those of tags that a workspace would block."""
    return [
        one
        for one in portraits.statements[user]
        if one.is_active and not topic_of([portraits.tags[one.tag]])
    ]


def _checked(portraits: Portraits, user: int, language: str) -> tuple[Claimed, int, int, int]:
    """Return the claims read back, how many are supported, how many there are, and the words."""
    stated = _told(portraits, user)
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
        confidence=one.confidence,
    )


def _later(
    data: FolderData, texts: Texts, portraits: Portraits, test: Log, reader: "_Reader"
) -> Doubles:
    rows = rows_of(data.log, test)
    return reader.standing(acts_of(data, texts, rows), mentions_of(texts, rows, portraits.tags))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Holds claims against what users did: the cosine of two signed, weighted sets of tags.

    A claim weighs -log of the share of everything that was judged which bears its tag, `usual`;
    only tags that are stated of somebody are looked at. Shapes: item_tags (I, G); usual (G,);
    is_stated (G,).
    """

    users: int
    item_tags: csr_array
    usual: Doubles
    is_stated: Bools

    @classmethod
    def of(cls, portraits: Portraits) -> "_Reader":
        """Learn how usual each tag is from what the portraits rest on."""
        users, tags = portraits.weights.shape
        is_stated = np.zeros(tags, dtype=bool)
        stated = chain.from_iterable(portraits.statements.values())
        is_stated[[one.tag for one in stated if one.is_active]] = True
        acts, mentions = portraits.evidence.acts, portraits.evidence.mentions
        reader = cls(users, portraits.item_tags, np.zeros(tags), is_stated)
        table, mass = reader._did(acts, mentions)
        usual = np.abs(table).sum(axis=0) / max(float(mass.sum()), 1e-9)
        return replace(reader, usual=np.clip(usual, LEAST_USUAL, MOST_USUAL))

    def weight(self, tag: int) -> float:
        """Return what a claim of this tag tells: more, the rarer it is."""
        return float(-np.log(self.usual[tag]))

    def standing(self, acts: Acts, mentions: Mentions) -> Doubles:
        """Return how users stand to tags by what they did and wrote, against everybody.

            (n - N q) / sqrt(N q (1 - q) + 1)

        of the tag's signed mass n among all N that the user judged, q its part of everybody's;
        each row of length 1, so that neither much nor little activity makes anybody fit. NaN for
        a user who did nothing. Shapes: returns (U, G).
        """
        table, mass = self._did(acts, mentions)
        part = table.sum(axis=0) / max(float(mass.sum()), 1e-9)
        spread = np.sqrt(mass[:, None] * (self.usual * (1 - self.usual)) + 1.0)
        apart = np.where(self.is_stated, (table - mass[:, None] * part) / spread, 0.0)
        length = np.linalg.norm(apart, axis=1)
        found = apart / np.maximum(length, 1e-9)[:, None]
        found[mass == 0] = np.nan
        return np.asarray(found)

    def _did(self, acts: Acts, mentions: Mentions) -> tuple[Doubles, Doubles]:
        """Sum what was judged by user and tag, and by user. Shapes: returns (U, G) and (U,)."""
        size = (self.users, self.item_tags.shape[0])
        did = csr_array((acts.settled().signed, (acts.user, acts.item)), shape=size)
        table = (did @ self.item_tags).toarray().astype(np.float64)
        writer = dict(zip(acts.id.tolist(), acts.user.tolist(), strict=True))
        owners: Ids = np.array([writer.get(act, -1) for act in mentions.act.tolist()], np.int64)
        ours = owners >= 0
        np.add.at(table, (owners[ours], mentions.tag[ours]), mentions.polarity[ours])
        mass = np.bincount(acts.user, np.abs(acts.signed), minlength=self.users)
        return table, mass.astype(np.float64)


def _picked(
    claimed: dict[int, Claimed], standing: Doubles, reader: _Reader, rng: np.random.Generator
) -> Figure:
    """Return how often the claims fit their own user best of eleven. Ties share the point."""
    able = np.array([user for user in claimed if np.isfinite(standing[user, 0])], dtype=np.int64)
    if len(able) <= OTHERS:
        return absent("Too few of the users described did anything there.")
    points = []
    for user in able.tolist():
        others = rng.choice(able[able != user], OTHERS, replace=False)
        tags = [tag for tag, _ in claimed[user]]
        told = np.array([polarity * reader.weight(tag) for tag, polarity in claimed[user]])
        found = standing[np.ix_([user, *others], tags)] @ told
        best = np.isclose(found, found.max())
        points.append(best[0] / best.sum())
    return {**value(np.array(points), rng), "count": len(points), "by_chance": round(1 / 11, 5)}
