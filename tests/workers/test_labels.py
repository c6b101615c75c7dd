"""What a review that its writer judged is worth to who learns from it."""

from django.db.models import F

from profiles.models import Kind, Review
from profiles.queries.labelled import list_judged_reviews
from tests.factories import make_item, make_review, make_user


def test_a_verdicts_value_is_a_score_where_it_lies_between_0_and_1(workspace):
    Kind.objects.filter(workspace=workspace, name="review").update(
        polarity=1, value_middle=None, value_best=None
    )
    item = make_item(workspace)
    for number, value in enumerate((0.7, 7.0, None)):
        make_review(make_user(workspace, external_id=f"w{number}"), item, "Fine.", value=value)
    Review.objects.update(clean_text=F("text"))
    assert {row.writer: row.score for row in list_judged_reviews(workspace.pk)} == {
        "w0": 0.7,
        "w1": None,
        "w2": None,
    }
