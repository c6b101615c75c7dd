"""What an interaction says of its item, where the database is to know: see `strength.signed`."""

from django.db.models import F, Q

from profiles.modelling.strength import SENTIMENT_WEIGHT

# `profiles.modelling.strength.signed`, unfaded: of a query that reads `profiles_interaction` as
# `met`, its `kind`, and the `reading` of its review, which may be missing.
SIGNED = f"""kind.weight * CASE
    WHEN met.value IS NOT NULL AND kind.value_middle IS NOT NULL THEN greatest(-1, least(1,
        (met.value - kind.value_middle) / (kind.value_best - kind.value_middle)))
    WHEN kind.polarity <> 0 THEN kind.polarity
    ELSE {SENTIMENT_WEIGHT} * coalesce(reading.sentiment, 0) END"""


def verdicts(met: str = "") -> tuple[Q, Q]:
    """Return which interactions speak for their item, and which against it.

    As `strength.signed` has it, but by what the user did alone: a value on the kind's scale speaks
    first, else the kind does. The words of a review are no verdict, since sentiment is a guess.
    `met` is the path to the interaction, such as "review__interaction__".
    """
    value, middle, polarity = f"{met}value", f"{met}kind__value_middle", f"{met}kind__polarity"
    is_unrated = Q(**{f"{value}__isnull": True}) | Q(**{f"{middle}__isnull": True})
    return (
        Q(**{f"{value}__gt": F(middle)}) | (is_unrated & Q(**{f"{polarity}__gt": 0})),
        Q(**{f"{value}__lt": F(middle)}) | (is_unrated & Q(**{f"{polarity}__lt": 0})),
    )
