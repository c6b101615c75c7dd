"""One user's portrait, whole: what the terminal, the API, the pages and the admin all show."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from profiles.models import Interaction, Profile, Statement, User
from profiles.queries.evidence import happened_by
from profiles.queries.past import past_day
from profiles.queries.views import StatementView, evidence_of, view_of
from profiles.queries.wordings import Wording, wording_of

Status = Statement.Status


@dataclass(frozen=True, slots=True)
class SegmentView:
    """The user's segment; `distance` is from its centre, smaller is more typical."""

    number: int
    name: str
    description: str
    size: int
    distance: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the portrait was drawn from."""

    interactions: int
    reviews: int
    items: int


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything believed about one user, and why.

    `statements` come strongest belief first; those rejected or hidden are left out unless they
    were asked for. `behaviour` and `sentiment` are the figures of `profiles.modelling.behaviour`.
    `is_ready` is False until the statements have been worked out once. `wording` says who wrote
    the description, None where there is none.
    """

    workspace: str
    user: str
    name: str
    language: str
    is_paused: bool
    is_ready: bool
    as_of: datetime | None
    description: str
    wording: Wording | None
    statements: tuple[StatementView, ...]
    behaviour: dict[str, Any]
    sentiment: dict[str, Any]
    segment: SegmentView | None
    counts: Counts

    @property
    def likes(self) -> list[StatementView]:
        """The likes in use."""
        return [one for one in self.in_use if one.polarity > 0]

    @property
    def dislikes(self) -> list[StatementView]:
        """The dislikes in use."""
        return [one for one in self.in_use if one.polarity < 0]

    @property
    def in_use(self) -> list[StatementView]:
        """The statements that recommendations may use: what is hidden is not used either."""
        used = (Status.ACTIVE, Status.PINNED)
        return [one for one in self.statements if one.status in used and not one.is_hidden]

    @property
    def facts(self) -> list[StatementView]:
        """All statements but guesses: what is held of the user, in use or not."""
        return [one for one in self.statements if not one.is_guess]

    @property
    def latent(self) -> list[StatementView]:
        """What the user may come to like: guesses that nobody has answered, and no facts."""
        return [one for one in self.statements if one.is_guess and not one.is_hidden]

    @property
    def proposed(self) -> list[StatementView]:
        """The statements that wait for somebody to confirm them."""
        waiting = Status.PROPOSED
        return [
            one
            for one in self.statements
            if one.status == waiting and not one.is_hidden and not one.is_guess
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the portrait as plain values; dates stay datetimes."""
        return asdict(self)


def portrait_of(
    user: User, *, language: str = "", as_of: datetime | None = None, with_hidden: bool = False
) -> Portrait:
    """Return the user's portrait, in words of `language`. Five queries, whatever its size.

    Without a language it is in the user's own, and in English where that is not known.

    With `as_of`, statements, figures and counts are those of that moment (see `past_day`), in
    about 20 queries. Segment and description are kept for today alone, so there are none then.
    `with_hidden` adds what the user hid and what was rejected, for staff.
    """
    owner = User.objects.select_related("workspace").get(pk=user.pk)
    language = language or owner.language or "en"
    profile = Profile.objects.select_related("segment").filter(user_id=user.pk).first()
    wording = segment = None
    behaviour, sentiment = (profile.behaviour, profile.sentiment) if profile else ({}, {})
    if as_of is None:
        held = _held(owner, with_hidden=with_hidden)
        evidence = evidence_of(held)
        views = tuple(view_of(row, evidence[row.pk], language) for row in held)
        wording = wording_of(owner, profile, held, language) if profile else None
        segment = _segment_view(profile, language)
    else:
        then = past_day(owner, as_of, language, with_hidden=with_hidden)
        views, behaviour, sentiment = then.statements, then.behaviour, then.sentiment
    return Portrait(
        workspace=owner.workspace.name,
        user=owner.external_id,
        name=str(owner),
        language=language,
        is_paused=owner.is_paused,
        is_ready=owner.stated_revision > 0,
        as_of=as_of,
        description=wording.text if wording else "",
        wording=wording,
        statements=views,
        behaviour=behaviour,
        sentiment=sentiment,
        segment=segment,
        counts=_counts(owner, until=as_of),
    )


def _held(user: User, *, with_hidden: bool) -> list[Statement]:
    """The statements held now: the strongest and surest first. One query."""
    rows = Statement.objects.filter(user=user, tag__is_blocked=False, valid_until__isnull=True)
    if not with_hidden:
        rows = rows.filter(is_hidden=False).exclude(status=Status.REJECTED)
    order = ("-strength", "-confidence", "tag__key", "pk")
    return list(rows.select_related("tag__parent").order_by(*order))


def _segment_view(profile: Profile | None, language: str) -> SegmentView | None:
    if profile is None or profile.segment is None:
        return None
    segment, spoken = profile.segment, language[:2]
    return SegmentView(
        number=segment.number,
        name=str(segment.names.get(spoken) or segment),
        description=str(segment.description.get(spoken) or segment.description.get("en", "")),
        size=segment.size,
        distance=profile.segment_distance,
    )


def _counts(user: User, *, until: datetime | None) -> Counts:
    done = Interaction.objects.filter(user=user)
    if until is not None:
        done = happened_by(done, until)
    found = done.aggregate(
        interactions=Count("pk"), reviews=Count("review"), items=Count("item", distinct=True)
    )
    return Counts(**found)
