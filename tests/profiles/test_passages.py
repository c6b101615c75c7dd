"""What a trained head read in passages is kept, and quotes are chosen by it."""

import pytest

from profiles.models import Evidence, Reading, Review
from profiles.queries.readings import reviews_to_read
from profiles.services.readings import ReadingRow, store_readings
from profiles.services.statements import state_users
from tests.profiles.readers import NOW, Room

PRAISE, IRONY = "It moved me to tears, all of it.", "Oh great, wonderful, brilliant, superb."


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(12)
    return room


def read_by_a_head(review: Review, *felt: float) -> None:
    text = review.clean_text
    spans = [(0, len(PRAISE)), (len(PRAISE) + 1, len(text))]
    row = ReadingRow(
        review_id=review.pk,
        content_hash=review.content_hash,
        sentiment=0.9,
        confidence=0.9,
        safety=1.0,
        aspects=[],
        passages=[(*span, each) for span, each in zip(spans, felt, strict=True)],
    )
    assert store_readings([row], model="head", version="1") == 1


def quotes(room: Room, user) -> set[str]:
    state_users(room.workspace.pk, [user.pk], now=NOW)
    return set(Evidence.objects.exclude(quote="").values_list("quote", flat=True))


def test_a_quote_is_what_the_head_reads_as_the_statement_says(room):
    user = room.reader()
    text = f"{PRAISE} {IRONY}"
    written = [room.writes(user, "crime", number, text, value=5) for number in range(4)]
    assert quotes(room, user) == {IRONY}  # by the lexicon, until a head has told
    for review in written:
        review.refresh_from_db()
        read_by_a_head(review, 0.614, -0.9)
    assert Reading.objects.first().passages == [0, 32, 61, 33, 72, -90]
    assert quotes(room, user) == {PRAISE}
    Review.objects.update(content_hash="of another text")
    user.refresh_from_db()
    room.raised(user)
    assert quotes(room, user) == {IRONY}


def test_only_a_head_that_told_of_no_passages_reads_again(room):
    review = room.writes(room.reader(), "crime", 0, "A fine book.", value=5)
    Review.objects.update(cleaned_source="", source_hash="")
    due = reviews_to_read(room.workspace.pk, "1")
    assert list(due) == [review]
    Reading.objects.update(model="lexicon")
    assert not due.all()
    Reading.objects.update(model="head", passages=[])
    assert not due.all()
