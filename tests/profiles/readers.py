"""A small reading room whose readers have plain tastes, with everything already read."""

import hashlib
from datetime import UTC, datetime, timedelta

from accounts.models import Workspace
from catalog.models import Item, ItemTag, ItemVector, Space, Tag
from profiles.models import AspectReading, Interaction, Reading, Review, User
from profiles.services.interactions import delete_interaction
from tests.factories import make_interaction, make_item, make_review, make_tag, make_user

NOW = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Room:
    """Eight books of crime, eight of love, eight of travel; readers are added by the tests."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.tags = {key: make_tag(workspace, key) for key in ("crime", "love", "travel")}
        self.items = {
            key: [self._book(tag, key, number) for number in range(8)]
            for key, tag in self.tags.items()
        }
        self.acting = make_tag(workspace, "acting", source=Tag.Source.ASPECT)

    def _book(self, tag: Tag, key: str, number: int) -> Item:
        item = make_item(self.workspace, f"{key}-{number}", title=f"{key} {number}")
        ItemTag.objects.create(workspace=self.workspace, item=item, tag=tag, model="t", version="1")
        return item

    def reader(self, external_id: str = "", **fields) -> User:
        return make_user(self.workspace, external_id, **fields)

    def rates(self, user: User, key: str, value: float, *numbers: int, after_days: int = 0) -> None:
        for number in numbers:
            at = START + timedelta(days=after_days + number)
            make_interaction(user, self.items[key][number], "rate", value=value, happened_at=at)
        self.raised(user)

    def writes(self, user: User, key: str, number: int, text: str, *, value: float) -> Review:
        at = START + timedelta(days=number)
        review = make_review(user, self.items[key][number], text, value=value, happened_at=at)
        digest = hashlib.sha256(text.encode()).hexdigest()
        Review.objects.filter(pk=review.pk).update(
            clean_text=text, language="en", content_hash=digest
        )
        reading = Reading.objects.create(
            workspace=self.workspace,
            review=review,
            sentiment=(value - 3) / 2,
            confidence=0.8,
            safety=1.0,
            content_hash=digest,
            model="t",
            version="1",
        )
        if "acting" in text:
            AspectReading.objects.create(
                workspace=self.workspace,
                reading=reading,
                tag=self.acting,
                polarity=(value - 3) / 2,
                start=0,
                end=len(text),
            )
        self.raised(user)
        return review

    def raised(self, user: User) -> None:
        User.objects.filter(pk=user.pk).update(evidence_revision=user.evidence_revision + 1)
        user.refresh_from_db()

    def crowd(self, count: int) -> list[User]:
        """Readers who love one subject each, in turn, and put the next one down."""
        keys = list(self.items)
        users = []
        for turn in range(count):
            user = self.reader(f"crowd-{turn}")
            liked, disliked = keys[turn % 3], keys[(turn + 1) % 3]
            self.rates(user, liked, 5, *range(5))
            self.rates(user, disliked, 1, *range(3), after_days=30)
            users.append(user)
        return users

    def space(self, name: str = "axes") -> Space:
        """An active space in which each subject is an axis."""
        space = Space.objects.create(
            workspace=self.workspace,
            name=name,
            encoder="by-hand",
            revision="1",
            dimensions=3,
            state=Space.State.ACTIVE,
        )
        for axis, items in enumerate(self.items.values()):
            vector = [float(axis == place) for place in range(3)]
            for item in items:
                ItemVector.objects.create(
                    workspace=self.workspace, space=space, item=item, vector=vector
                )
        return space


def drop(interaction: Interaction) -> None:
    """Delete an interaction by its own service."""
    found = delete_interaction(workspace=interaction.workspace, event_id=str(interaction.event_key))
    assert found
