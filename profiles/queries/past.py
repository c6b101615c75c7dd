"""What was to be believed of a user on a past day, drawn again from what had happened by then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from catalog.models import Tag
from profiles.modelling.choosing import Proposal
from profiles.modelling.statements import StatementConfig
from profiles.models import Interaction, Statement, User
from profiles.queries.deeds import deeds_of, figures_from
from profiles.queries.reasoning import Reasoned, reason
from profiles.queries.rulings import is_put_away
from profiles.queries.views import EvidenceView, StatementView, evidence_of, view_of

Status, Level = Statement.Status, Statement.Level
CONFIG = StatementConfig()


@dataclass(frozen=True, slots=True)
class PastDay:
    """What was to be told of a user on a day: statements, strongest and surest first, and figures.

    `behaviour` and `sentiment` are the figures of `profiles.modelling.behaviour`.
    """

    statements: tuple[StatementView, ...]
    behaviour: dict[str, Any]
    sentiment: dict[str, Any]


def past_day(user: User, day: datetime, language: str, *, with_hidden: bool) -> PastDay:
    """Return the statements that held at `day`, and the figures of what had been done by then.

    What somebody had said by then (declared, confirmed, pinned, rejected) stands as it was
    stored. Everything else follows from the evidence up to that moment, by the rules and the
    vocabulary of today, so that days before the platform's first run have their portrait too.
    A view has the id of the stored statement that said the same then, or 0. About 20 queries.

    Of a user whose profiling is paused nothing is concluded: what was stored then is all there is.
    """
    rows = list(_stored(user))
    if user.is_paused:
        held = [row for row in rows if _held(row, day)]
        kept = evidence_of(held)
        views = [view_of(row, kept[row.pk], language) for row in held]
        return PastDay(_in_order(views, rows, with_hidden=with_hidden), {}, {})
    said = {row.tag_id: row for row in rows if _was_said(row, day)}
    reasoned = reason(user.workspace_id, [user.pk], CONFIG, until=day)
    proposals = [one for one in reasoned.proposals.get(user.pk, ()) if one.tag not in said]
    drawn = _Drawn.of(reasoned, proposals, rows, day)
    views = [drawn.view(proposal, language) for proposal in proposals]
    kept = evidence_of(list(said.values()))
    views += [view_of(row, kept[row.pk], language) for row in said.values()]
    figures = figures_from(reasoned, deeds_of(reasoned), user.pk)
    return PastDay(_in_order(views, rows, with_hidden=with_hidden), **figures)


def _in_order(
    views: list[StatementView], rows: list[Statement], *, with_hidden: bool
) -> tuple[StatementView, ...]:
    """Leave out what was rejected, and what is hidden by now, unless it is asked for."""
    if not with_hidden:
        hidden = {row.tag.key for row in rows if row.is_hidden and row.valid_until is None}
        views = [
            view
            for view in views
            if view.status != Status.REJECTED and not view.is_hidden and view.tag not in hidden
        ]
    return tuple(sorted(views, key=lambda view: (-view.strength, -view.confidence, view.tag)))


def _stored(user: User) -> Iterable[Statement]:
    rows = Statement.objects.filter(user=user, tag__is_blocked=False)
    return rows.exclude(level=Level.LATENT, reviewed_at=None).select_related("tag__parent")


def _held(row: Statement, day: datetime) -> bool:
    return row.valid_from <= day and (row.valid_until is None or row.valid_until > day)


def _was_said(row: Statement, day: datetime) -> bool:
    """Whether the row held at `day` as somebody's word."""
    began = row.reviewed_at if row.level != Level.DECLARED else row.valid_from
    return _held(row, day) and began is not None and began <= day


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What the views of a day's proposals are made from."""

    reasoned: Reasoned
    tags: Mapping[int, Tag]
    deeds: Mapping[int, Interaction]
    ids: Mapping[tuple[int, int], int]
    day: datetime

    @classmethod
    def of(
        cls, reasoned: Reasoned, proposals: list[Proposal], rows: list[Statement], day: datetime
    ) -> "_Drawn":
        tags = Tag.objects.select_related("parent").in_bulk([one.tag for one in proposals])
        acts = reasoned.happenings.acts
        wanted = {int(acts.id[line.act]) for one in proposals for line in one.lines}
        deeds = Interaction.objects.select_related("item", "kind", "review")
        ids = {(row.tag_id, row.polarity): row.pk for row in rows if _held(row, day)}
        return cls(reasoned, tags, deeds.in_bulk(wanted), ids, day)

    def view(self, proposal: Proposal, language: str) -> StatementView:
        tag = self.tags[proposal.tag]
        since = self.reasoned.past.since.get((proposal.user, proposal.tag))
        return StatementView(
            id=self.ids.get((proposal.tag, proposal.polarity), 0),
            tag=tag.key,
            name=tag.name_in(language),
            parent=tag.parent.name_in(language) if tag.parent else "",
            polarity=proposal.polarity,
            strength=proposal.strength,
            confidence=proposal.confidence,
            level=proposal.level,
            status=Status.ACTIVE if proposal.is_active else Status.PROPOSED,
            is_hidden=False,
            is_reviewed=False,
            valid_from=self.day if since is None else datetime.fromtimestamp(since, UTC),
            valid_until=None,
            evidence=tuple(self._evidence(proposal)),
        )

    def _evidence(self, proposal: Proposal) -> Iterable[EvidenceView]:
        for line in proposal.lines:
            deed = self.deeds[int(self.reasoned.happenings.acts.id[line.act])]
            is_for = line.weight * proposal.polarity > 0
            sentiment = self.reasoned.happenings.sentiment[line.act]
            yield EvidenceView(
                interaction=deed.pk,
                item=deed.item.external_id,
                title=deed.item.title,
                kind=deed.kind.name,
                value=deed.value,
                happened_at=deed.happened_at,
                weight=line.weight,
                quote=self.reasoned.quotes.get((deed.pk, proposal.tag), "") if is_for else "",
                sentiment=None if np.isnan(sentiment) else float(sentiment),
                is_hidden=is_put_away(getattr(getattr(deed, "review", None), "standing", None)),
            )
