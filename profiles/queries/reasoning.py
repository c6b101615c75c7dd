"""From a workspace's rows to the statements its users' evidence asks for. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np
from django.db.models import Case, F, Q, When

from catalog.models import Tag
from core.arrays import Doubles, Ids
from language.clauses import passages
from language.sensitive import discloses
from language.sentiment import sentiment_of
from profiles.modelling.channels import Everybody, channels_of, everybody_of
from profiles.modelling.choosing import Line, Proposal, propose, trusting
from profiles.modelling.claims import Acts, Bearings, Mentions
from profiles.modelling.quotes import HUNDREDTHS, Judged, Passage, Review, quote_of
from profiles.modelling.replay import Past, past_of
from profiles.modelling.statements import StatementConfig
from profiles.models import Review as ReviewRow
from profiles.queries.calibrations import calibration_used
from profiles.queries.evidence import (
    Happenings,
    Spans,
    fingerprint_of,
    load_bearings,
    load_happenings,
    load_mentions,
    sample_of,
)
from profiles.queries.numbers import tags_by_number
from profiles.queries.rulings import PUT_AWAY

# Who wrote this many reviews is owed a statement that quotes one.
REVIEWS_OWED = 5


@dataclass(frozen=True, slots=True)
class Reasoned:
    """What some users' portraits should say, and what it was worked out from.

    `quotes` are by interaction id and tag id; a pair without words worth quoting is absent. The
    tags of `bearings` are numbers, as `profiles.queries.numbers` gives them.
    `version` names the rules and the calibration, as users' `stated_version` does.
    """

    happenings: Happenings
    bearings: Bearings
    proposals: dict[int, list[Proposal]]
    quotes: dict[tuple[int, int], str]
    past: Past
    version: str


def reason(
    workspace_id: int,
    user_ids: Sequence[int],
    config: StatementConfig,
    *,
    until: datetime | None = None,
) -> Reasoned:
    """Work out the statements of these users. At most 16 queries, however many users.

    With `until`, those that what had happened by then asks for, by the rules, the vocabulary
    and the everybody of today.
    """
    calibration = calibration_used(workspace_id)
    everybody = _everybody(*fingerprint_of(workspace_id))
    happenings = load_happenings(workspace_id, user_ids, until=until)
    acts, curves = happenings.acts, calibration.curves
    config = trusting(config, curves.by_group)
    bearings = load_bearings(np.unique(acts.item).tolist())
    mentions, spans = load_mentions(workspace_id, user_ids)
    channels = channels_of(acts, bearings, mentions, everybody, config)
    proposals = propose(acts, channels, config, insist=_owed(happenings), curves=curves)
    past = past_of(acts, happenings.clock, bearings, mentions, everybody, config, curves)
    stated = {one.tag for each in proposals.values() for one in each}
    ids = tags_by_number(workspace_id, stated | {tag for _, tag in past.since})
    quotes = _quotes(acts, proposals, mentions, spans, ids)
    return Reasoned(
        happenings,
        bearings,
        proposals={
            user: [replace(one, tag=ids[one.tag]) for one in each if one.tag in ids]
            for user, each in proposals.items()
        },
        quotes={(act, ids[tag]): words for (act, tag), words in quotes.items()},
        past=replace(
            past,
            since={(user, ids[tag]): at for (user, tag), at in past.since.items() if tag in ids},
        ),
        version=calibration.version,
    )


@lru_cache(maxsize=8)
def _everybody(workspace_id: int, *fingerprint: Hashable) -> Everybody:
    """Draw the base from the sampled users.

    Kept for as long as the fingerprint is the same, since it costs as much as 300 users.
    """
    del fingerprint
    users = list(sample_of(workspace_id))
    acts = load_happenings(workspace_id, users).acts
    mentions, _ = load_mentions(workspace_id, users)
    return everybody_of(acts, load_bearings(np.unique(acts.item).tolist()), mentions)


def _owed(happenings: Happenings) -> frozenset[int]:
    written = Counter(happenings.acts.user[happenings.has_text].tolist())
    return frozenset(user for user, count in written.items() if count >= REVIEWS_OWED)


def _quotes(
    acts: Acts,
    proposals: Mapping[int, Sequence[Proposal]],
    mentions: Mentions,
    spans: Spans,
    ids: Mapping[int, int],
) -> dict[tuple[int, int], str]:
    """Choose the words for every line that has any and agrees with its statement.

    Tags are given by number; `ids` are their primary keys.
    Words in which somebody discloses their health, faith and the like are quoted nowhere, nor is
    a review that staff have hidden.
    """
    wanted = [
        (proposal, int(acts.id[line.act]))
        for each in proposals.values()
        for proposal in each
        if proposal.tag in ids
        for line in proposal.lines
        if _may_quote(acts, proposal, line)
    ]
    reviews = _load_reviews({act for _, act in wanted}, mentions, spans)
    names = _load_names({ids[proposal.tag] for proposal, _ in wanted})
    quotes: dict[tuple[int, int], str] = {}
    for proposal, act in wanted:
        words = act in reviews and quote_of(
            reviews[act],
            tag=proposal.tag,
            names=names.get(ids[proposal.tag], ()),
            polarity=proposal.polarity,
            feel=sentiment_of,
        )
        if words and not discloses(words, reviews[act].language):
            quotes[act, proposal.tag] = words
    return quotes


def _may_quote(acts: Acts, proposal: Proposal, line: Line) -> bool:
    return bool(acts.is_read[line.act]) and line.weight * proposal.polarity > 0


def _load_reviews(ids: Iterable[int], mentions: Mentions, spans: Spans) -> dict[int, Review]:
    judged = _judged_by_review(mentions, spans)
    reviews = ReviewRow.objects.filter(pk__in=list(ids)).exclude(standing__in=PUT_AWAY)
    is_current = Q(reading__content_hash=F("content_hash"))
    read = Case(When(is_current, then=F("reading__passages")), default=None)
    rows = reviews.annotate(read=read).values_list("pk", "clean_text", "text", "language", "read")
    return {
        pk: Review(
            text=text,
            raw=raw,
            language=language,
            passages=tuple(_passages(text, language, read)),
            judged=tuple(judged.get(pk, ())),
        )
        for pk, text, raw, language, read in rows
    }


def _passages(text: str, language: str, read: Sequence[int] | None) -> Iterable[Passage]:
    """Yield what can be quoted, as the head read it; by its place alone where none told."""
    if read is None:
        return (Passage(span.start, span.end) for span in passages(text, language))
    triples = zip(read[::3], read[1::3], read[2::3], strict=True)
    return (Passage(start, end, told / HUNDREDTHS) for start, end, told in triples)


def _judged_by_review(mentions: Mentions, spans: Spans) -> dict[int, list[Judged]]:
    judged: dict[int, list[Judged]] = defaultdict(list)
    columns: tuple[Ids | Doubles, ...] = (
        mentions.act,
        spans.start,
        spans.end,
        mentions.tag,
        mentions.polarity,
    )
    for act, start, end, tag, polarity in zip(*(each.tolist() for each in columns), strict=True):
        judged[act].append(Judged(start, end, tag, polarity))
    return judged


def _load_names(tag_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    rows = Tag.objects.filter(pk__in=list(tag_ids)).values_list("pk", "names")
    return {pk: tuple(str(name) for name in names.values()) for pk, names in rows}
