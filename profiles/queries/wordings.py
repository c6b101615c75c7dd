"""A portrait in words as it stands at this moment, and who wrote it. Reads only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from catalog.models import Tag
from language.phrasing import Said, compose, fitting
from language.write import Fact
from profiles import versions
from profiles.models import Profile, Statement, User
from profiles.queries.statements import IN_USE


@dataclass(frozen=True, slots=True)
class Wording:
    """A description. `how` is generator, mixed or template: who wrote its sentences.

    `statements` counts those that it tells; `model` is the generator's name or "template";
    `written_at` is None while the stored words are behind the statements, as for the seconds
    after a correction: then `text` was made just now.
    """

    text: str
    how: str
    model: str
    statements: int
    written_at: datetime | None


def wording_of(
    user: User, profile: Profile, statements: Iterable[Statement], language: str
) -> Wording:
    """Return the stored description, or where it is behind, one of `statements` as they are now.

    `user` comes with its workspace, `statements` with their tags and parents. No query.
    """
    stored = stored_in(profile.descriptions, language)
    if user.is_paused or _is_current(user, stored):
        return Wording(
            text=str(stored.get("text", "")),
            how=str(stored.get("how", "template")),
            model=str(stored.get("model", "")),
            statements=len(stored.get("claims", ())),
            written_at=_moment(stored.get("written_at")),
        )
    return worded_now(
        statements,
        stored,
        language=language,
        name=user.name or None,
        lifted=user.workspace.lifted_topics,
    )


def worded_now(
    statements: Iterable[Statement],
    stored: dict[str, Any],
    *,
    language: str,
    lifted: Collection[str],
    name: str | None = None,
    address: Literal["they", "you"] = "they",
) -> Wording:
    """Word the statements in use, with those sentences of a generator that still fit. No query."""
    spoken = language[:2]
    facts = [fact_of(row, spoken) for row in statements if _is_told(row)]
    said = fitting(said_in(stored), facts, language=spoken, lifted=lifted)
    written, how = compose(facts, said, language=spoken, name=name, address=address)
    writer = stored.get("writer") or [""]
    model = "template" if how == "template" else str(writer[0])
    return Wording(written.text, how, model, len(written.claims), None)


def stored_in(descriptions: dict[str, Any], language: str) -> dict[str, Any]:
    """Return what is stored of a description in this language, else in English."""
    return dict(descriptions.get(language[:2]) or descriptions.get("en") or {})


def said_in(stored: dict[str, Any]) -> list[Said]:
    """Return the sentences of a generator that passed, as they were stored."""
    return [Said(kind, list(tags), text) for kind, tags, text in stored.get("sentences", ())]


def fact_of(row: Statement, language: str) -> Fact:
    """Return a statement as the writer needs it. A guess that somebody confirmed is none."""
    parent = row.tag.parent
    is_confirmed = row.level == Statement.Level.LATENT and row.reviewed_at is not None
    return Fact(
        tag=row.tag.name_in(language),
        polarity=row.polarity,
        strength=row.strength,
        level=Statement.Level.OBSERVED.value if is_confirmed else row.level,
        parent=parent.name_in(language) if parent else None,
        is_aspect=row.tag.source == Tag.Source.ASPECT,
        confidence=row.confidence,
    )


def _is_told(row: Statement) -> bool:
    return row.status in IN_USE and not row.is_hidden


def _is_current(user: User, stored: dict[str, Any]) -> bool:
    is_of_today = user.described_version.split("+")[0] == versions.DESCRIPTIONS
    return bool(stored) and is_of_today and user.described_revision >= user.portrait_revision


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
