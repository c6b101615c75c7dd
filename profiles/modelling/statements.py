"""From what interactions and words claim about tags to likes and dislikes, and how surely.

Two signs speak for a like. *Choice*: the tag takes a larger share of what the user took to
than of what everybody takes to. *Verdict*: where the user met the tag, they were pleased more
often than elsewhere. A dislike asks for the verdict to speak against the tag. Shares and not
counts, so that what everybody meets says nothing about anybody.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr, logit

from core.arrays import Bools, Doubles, Ids, Indices
from profiles.modelling.claims import Acts, Claims, group_starts
from profiles.modelling.shares import Base, Totals, sums, totals_of

# Fewer pieces of evidence are no two witnesses: the belief is a lone one.
LEAST_WITNESSES = 2


@dataclass(frozen=True, slots=True)
class StatementConfig:
    """What makes a statement.

    `choice_mass` and `verdict_mass` are the noise, in interactions, that any share carries whatever
    its size; `generosity_mass` is how long everybody's generosity stands in for the user's own.
    `prior_odds` are the odds that a tag is liked or disliked at all. `tag_verdict` is how far, 0 to
    1, a tag that pleases everybody must please this user more. `doubt` is the verdict, in standard
    deviations, that parts likes from dislikes. `reach` is the lift, in log-odds, of a strength of
    .76. `few` bounds the evidence by the number of items. `next_mass` is how many interactions what
    could be expected of the user anyway counts for, when the next verdict on a tag is foretold.
    `credit_left` is what an interaction may still say for a tag once a clearer tag of its item
    accounts for it. `least_evidence` is that of a proposal, and, where people say no as well as
    yes, of a statement in use, which also takes the credit for its interactions; where they only
    say yes it takes `active_evidence`, for there nothing but the evidence keeps out what everybody
    meets. Words need `least_items` independent pieces of evidence. Behaviour needs `least_for` of a
    like and `least_against` of a dislike, which are 1 where `trusting` finds that single
    interactions can be relied on. Confidences are calibrated: `least_confidence` is that of a
    proposed like, `active_confidence` that of one in use. What rests on words, which are easily
    misread, must be surer: `least_words`, `active_words`, and for dislikes `least_complaint`,
    `active_complaint`. Other dislikes have lower bounds, since people meet only the best of what
    they dislike, and are seldom displeased again. Where people only say yes, it is a return to the
    tag that is foretold: `least_return` and `active_return`.
    """

    choice_mass: float = 2.0
    verdict_mass: float = 1.0
    generosity_mass: float = 4.0
    prior_odds: float = 0.9
    tag_verdict: float = 0.5
    doubt: float = 0.5
    reach: float = 2.0
    few: float = 0.4
    next_mass: float = 4.0
    credit_left: float = 0.4
    most_explaining: int = 12
    least_items: int = 2
    least_for: int = 2
    least_against: int = 2
    least_evidence: float = 0.5
    active_evidence: float = 0.58
    least_confidence: float = 0.4
    active_confidence: float = 0.55
    least_words: float = 0.7
    active_words: float = 0.75
    least_complaint: float = 0.5
    active_complaint: float = 0.6
    least_dislike: float = 0.25
    active_dislike: float = 0.35
    least_return: float = 0.2
    active_return: float = 0.25
    most_confidence: float = 0.95
    most_statements: int = 40

    def evidence_in_use(self, *, is_judging: bool) -> float:
        """Return the least evidence of a statement in use, from 0 to 1."""
        return self.least_evidence if is_judging else self.active_evidence


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is believed of each user and tag that meet, sorted by user and tag.

    The claims of pair g are rows `start[g]` to `end[g]`. `holds` is False where nothing clear
    was said, and `is_met` where fewer independent pieces of evidence speak for the polarity than
    are asked for. `is_lone` is True where fewer than two do, whatever is asked for. `odds` and
    `evidence` say how clearly this user differs from everybody, in log-odds and as a probability
    that few items keep low. `raw` is the confidence before calibration: where users say no as
    well as yes, how likely their next verdict on the tag is of the same sign; where they only say
    yes, it is the evidence.

    Shapes: all (G,). Units: polarity 1 or -1; strength, evidence and raw in [0, 1].
    """

    user: Ids
    tag: Ids
    polarity: Indices
    strength: Doubles
    odds: Doubles
    evidence: Doubles
    raw: Doubles
    holds: Bools
    is_met: Bools
    is_lone: Bools
    start: Indices
    end: Indices


def weigh_items(acts: Acts, claims: Claims, base: Base, config: StatementConfig) -> Weighed:
    """Weigh what interactions say about the tags of their items.

    The rest, which a tag is held against, is what the user met without the tag.
    """
    whole = totals_of(acts.user, acts.signed * acts.fade)
    pairs = _pairs(claims)
    rest = _rest(whole, pairs, borne=True)
    least = _Least(config.least_for, config.least_against)
    return _decide(pairs, rest, rest, base, config, least)


def weigh_words(acts: Acts, claims: Claims, base: Base, config: StatementConfig) -> Weighed:
    """Weigh what reviews say about aspects.

    A share is then the part of the user's reviews that praise (or blame) the aspect; the rest
    that its verdict is held against is whatever else the user judged.
    """
    read = np.where(acts.is_read, acts.fade, 0.0)
    praised = totals_of(acts.user, read)
    whole = Totals(praised.user, praised.liked, praised.liked)
    pairs = _pairs(claims)
    verdicts = _rest(totals_of(claims.user, claims.support), pairs, borne=False)
    chosen = _rest(whole, pairs, borne=True)
    least = _Least(config.least_items, config.least_items)
    return _decide(pairs, chosen, verdicts, base, config, least)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The sums of each user and tag that meet, for (+) and against (-). Shapes: all (G,)."""

    user: Ids
    tag: Ids
    start: Indices
    end: Indices
    liked: Doubles
    disliked: Doubles
    borne_liked: Doubles
    borne_disliked: Doubles
    pieces_liked: Indices
    pieces_disliked: Indices


@dataclass(frozen=True, slots=True)
class _Least:
    """How many independent pieces of evidence a like, and a dislike, must have."""

    liked: int
    disliked: int


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a pair's user liked and disliked beside the pair's tag. Shapes: all (G,)."""

    liked: Doubles
    disliked: Doubles


def _pairs(claims: Claims) -> _Pairs:
    start = group_starts(claims.user, claims.tag)
    end = np.append(start[1:], len(claims.user)).astype(np.intp)[: len(start)]
    liked = np.maximum(claims.support, 0.0)
    disliked = np.maximum(-claims.support, 0.0)
    return _Pairs(
        user=claims.user[start],
        tag=claims.tag[start],
        start=start,
        end=end,
        liked=sums(liked, start),
        disliked=sums(disliked, start),
        borne_liked=sums(np.where(liked > 0, claims.borne, 0.0), start),
        borne_disliked=sums(np.where(disliked > 0, claims.borne, 0.0), start),
        pieces_liked=_independent(claims, liked > 0, start),
        pieces_disliked=_independent(claims, disliked > 0, start),
    )


def _independent(claims: Claims, chosen: Bools, start: Indices) -> Indices:
    """Count the independent pieces of evidence among each pair's chosen rows.

    Two rows are independent when they differ in their items and in their pieces.
    """
    rows = np.flatnonzero(chosen)
    pair = np.searchsorted(start, rows, side="right") - 1
    return np.minimum(
        _distinct(pair, claims.item[rows], len(start)),
        _distinct(pair, claims.piece[rows], len(start)),
    )


def _distinct(pair: Indices, key: Ids, count: int) -> Indices:
    """Count the distinct keys of each of `count` pairs."""
    order = np.lexsort((key, pair))
    firsts = order[group_starts(pair[order], key[order])]
    return np.bincount(pair[firsts], minlength=count)


def _rest(whole: Totals, pairs: _Pairs, *, borne: bool) -> _Rest:
    at = np.searchsorted(whole.user, pairs.user)
    liked = pairs.borne_liked if borne else pairs.liked
    disliked = pairs.borne_disliked if borne else pairs.disliked
    return _Rest(
        liked=np.maximum(whole.liked[at] - liked, 0.0),
        disliked=np.maximum(whole.disliked[at] - disliked, 0.0),
    )


def _decide(
    pairs: _Pairs,
    chosen: _Rest,
    judged: _Rest,
    base: Base,
    config: StatementConfig,
    least: _Least,
) -> Weighed:
    """Choose each pair's polarity, strength and confidence.

    The two signs are independent, so their odds multiply:
        odds(like) = prior * odds(choice among the liked) * odds(verdict)
    """
    at = np.searchsorted(base.tag, pairs.tag)  # every tag that is claimed must be there
    likes = _choice(pairs.liked, chosen.liked, base.share_liked[at], config)
    dislikes = _choice(pairs.disliked, chosen.disliked, base.share_disliked[at], config)
    verdict = _verdict(pairs, judged, at, base, config)
    prior = float(np.log(config.prior_odds))
    like = prior + _log_odds(likes.score) + _log_odds(verdict.score)
    dislike = prior + _log_odds(dislikes.score) + _log_odds(-verdict.score)
    may_like = (pairs.pieces_liked >= least.liked) & (pairs.liked >= pairs.disliked)
    may_like &= verdict.score >= -config.doubt
    may_dislike = (pairs.pieces_disliked >= least.disliked) & (verdict.score <= -config.doubt)
    holds = may_like | may_dislike
    is_like = np.where(
        holds, may_like & (~may_dislike | (like >= dislike)), _leans_to_like(pairs, least)
    )
    lift = np.where(
        is_like,
        np.maximum(likes.lift, 0.0) + np.maximum(verdict.lift, 0.0),
        np.maximum(dislikes.lift, 0.0) + np.maximum(-verdict.lift, 0.0),
    )
    pieces = np.where(is_like, pairs.pieces_liked, pairs.pieces_disliked)
    # Few items are never sure, however clear: at most 1 - few / items.
    most = 1.0 - config.few / np.maximum(pieces, 1)
    odds = np.where(is_like, like, dislike)
    evidence = np.minimum(expit(odds), most)
    return Weighed(
        user=pairs.user,
        tag=pairs.tag,
        polarity=np.where(is_like, 1, -1),
        strength=np.tanh(lift / config.reach),
        odds=odds,
        evidence=evidence,
        raw=np.where(is_like, verdict.next, 1 - verdict.next) if base.is_judging else evidence,
        holds=holds,
        is_met=pieces >= np.where(is_like, least.liked, least.disliked),
        is_lone=pieces < LEAST_WITNESSES,
        start=pairs.start,
        end=pairs.end,
    )


def _leans_to_like(pairs: _Pairs, least: _Least) -> Bools:
    """Whether an unclear pair leans to a like: its heavier side, if independent pieces bear it."""
    bears_like = pairs.pieces_liked >= least.liked
    bears_dislike = pairs.pieces_disliked >= least.disliked
    return np.where(bears_like == bears_dislike, pairs.liked >= pairs.disliked, bears_like)


@dataclass(frozen=True, slots=True)
class _Sign:
    """How far a share is from what was expected, and what it is likely to be next.

    Shapes: all (G,). Units: score in standard deviations; lift in log-odds, shrunk; next in
    [0, 1].
    """

    score: Doubles
    lift: Doubles
    next: Doubles


def _choice(mass: Doubles, rest: Doubles, share: Doubles, config: StatementConfig) -> _Sign:
    """Hold the tag's share of a user's mass against its share of everybody's.

    The score is (n - N q) / sqrt(N q (1 - q) + choice_mass): more of the same never lowers it.
    """
    whole = mass + rest
    score = (mass - whole * share) / np.sqrt(whole * share * (1 - share) + config.choice_mass)
    prior = np.maximum(6.0, config.choice_mass / share)
    odds = np.log((mass + prior * share) / (rest + prior * (1 - share)))
    return _Sign(score=score, lift=odds - logit(share), next=expit(odds))


def _verdict(
    pairs: _Pairs, judged: _Rest, at: Indices, base: Base, config: StatementConfig
) -> _Sign:
    """Hold how often the tag pleased the user against how often anything does.

    How likely it is to please next is (liked + next_mass * expected) / (met + next_mass).
    """
    prior = config.generosity_mass
    own = (judged.liked + prior * base.all_pleased) / (judged.liked + judged.disliked + prior)
    tag_lift = logit(_inside(base.pleased[at])) - logit(base.all_pleased)
    expected = _inside(expit(logit(_inside(own)) + config.tag_verdict * tag_lift))
    met = pairs.liked + pairs.disliked
    spread = np.sqrt(met * expected * (1 - expected) + config.verdict_mass)
    weight = np.maximum(4.0, 1.0 / np.minimum(expected, 1 - expected))
    odds = np.log((pairs.liked + weight * expected) / (pairs.disliked + weight * (1 - expected)))
    return _Sign(
        score=(pairs.liked - met * expected) / spread,
        lift=odds - logit(expected),
        next=(pairs.liked + config.next_mass * expected) / (met + config.next_mass),
    )


def _inside(rate: Doubles) -> Doubles:
    return np.clip(rate, 0.02, 0.98)


def _log_odds(score: Doubles) -> Doubles:
    """The log-odds that a normal deviate lies below `score`."""
    return np.asarray(log_ndtr(score) - log_ndtr(-score))
